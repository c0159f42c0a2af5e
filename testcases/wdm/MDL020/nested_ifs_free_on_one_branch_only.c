// Of three ways out of the nested ifs one does not free.
#include <wdm.h>

BOOLEAN dma_ok(PVOID pool);

NTSTATUS nested_bad(PVOID pool, ULONG length, BOOLEAN wide)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL); // expect: MDL020

    if (mdl != NULL) {
        MmBuildMdlForNonPagedPool(mdl);
        if (wide) {
            if (dma_ok(pool)) {
                IoFreeMdl(mdl);
            } else {
                status = STATUS_NOT_SUPPORTED;
            }
        } else {
            IoFreeMdl(mdl);
        }
    } else {
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    return status;
}

NTSTATUS nested_ok(PVOID pool, ULONG length, BOOLEAN wide)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl != NULL) {
        MmBuildMdlForNonPagedPool(mdl);
        if (wide && !dma_ok(pool))
            status = STATUS_NOT_SUPPORTED;
        IoFreeMdl(mdl);
    } else {
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    return status;
}
