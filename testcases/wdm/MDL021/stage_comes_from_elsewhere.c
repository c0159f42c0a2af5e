// The same number in a request that is not only the driver's: its bytes are copied from a buffer, so that it may be any.
#include <wdm.h>

#define TAG 'qeRp'

enum stage { STAGE_MADE, STAGE_MAPPED, STAGE_LOCKED };

typedef struct _REQUEST {
    PMDL Mdl;
    enum stage Stage;
} REQUEST, *PREQUEST;

typedef struct _HEADER {
    ULONG Kind;
} HEADER, *PHEADER;

typedef struct _COUNTED {
    ULONG Kind;
} COUNTED;

static COUNTED counted;

PREQUEST request_create(const void *bytes)
{
    PREQUEST request = ExAllocatePoolWithTag(NonPagedPool, sizeof(*request), TAG);

    if (request == NULL)
        return NULL;
    RtlCopyMemory(request, bytes, sizeof(*request));
    request->Stage = STAGE_LOCKED;
    return request;
}

void header_fill(PHEADER header)
{
    header->Kind = 1;
}

void count(void)
{
    counted.Kind = 1;
    InterlockedIncrement((LONG *)&counted.Kind);
}

static PMDL lock(PVOID address, ULONG bytes)
{
    PMDL mdl = IoAllocateMdl(address, bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    return mdl;
}

static void unlock(PMDL mdl)
{
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

void copied_bad(PREQUEST request, PVOID address, ULONG bytes)
{
    PMDL mdl = lock(address, bytes); // expect: MDL021

    if (mdl != NULL && (request->Stage == STAGE_MADE || request->Stage == STAGE_LOCKED))
        unlock(mdl);
}

/* What a pointer of the system's leads to. */
void given_bad(PIRP irp, PVOID address, ULONG bytes)
{
    PHEADER header = irp->AssociatedIrp.SystemBuffer;
    PMDL mdl = lock(address, bytes); // expect: MDL021

    if (mdl != NULL && header->Kind <= 1)
        unlock(mdl);
}

void counted_bad(PVOID address, ULONG bytes)
{
    PMDL mdl = lock(address, bytes); // expect: MDL021

    if (mdl != NULL && counted.Kind <= 1)
        unlock(mdl);
}
