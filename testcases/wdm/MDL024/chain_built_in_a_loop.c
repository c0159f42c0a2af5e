// A loop puts MDLs in front of a chain; the end of the function frees the first of them only.
#include <wdm.h>

#define CHUNK 4096u

NTSTATUS wait_for_device(void);

NTSTATUS scatter_bad(PUCHAR pool, ULONG chunks)
{
    PMDL chain = NULL;
    ULONG i;
    NTSTATUS status;

    for (i = 0; i < chunks; i++) {
        PMDL mdl = IoAllocateMdl(pool + i * CHUNK, CHUNK, FALSE, FALSE, NULL); // expect: MDL024

        if (mdl == NULL)
            break;
        MmBuildMdlForNonPagedPool(mdl);
        mdl->Next = chain;
        chain = mdl;
    }
    status = wait_for_device();
    if (chain != NULL)
        IoFreeMdl(chain);
    return status;
}

NTSTATUS scatter_ok(PUCHAR pool, ULONG chunks)
{
    PMDL chain = NULL;
    ULONG i;
    NTSTATUS status;

    for (i = 0; i < chunks; i++) {
        PMDL mdl = IoAllocateMdl(pool + i * CHUNK, CHUNK, FALSE, FALSE, NULL);

        if (mdl == NULL)
            break;
        MmBuildMdlForNonPagedPool(mdl);
        mdl->Next = chain;
        chain = mdl;
    }
    status = wait_for_device();
    while (chain != NULL) {
        PMDL next = chain->Next;

        IoFreeMdl(chain);
        chain = next;
    }
    return status;
}
