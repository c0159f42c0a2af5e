// How far a request has come is written down in it: what is stored there is one of three numbers all over the driver, and two tests cover them.
#include <wdm.h>

#define TAG 'qeRp'

enum stage { STAGE_MADE, STAGE_MAPPED, STAGE_LOCKED };

typedef struct _REQUEST {
    struct _REQUEST *Next;
    PMDL Mdl;
    enum stage Stage;
    UCHAR Marks;
} REQUEST, *PREQUEST;

static PREQUEST waiting;

NTSTATUS request_create(PVOID address, ULONG bytes)
{
    PREQUEST request = ExAllocatePoolWithTag(NonPagedPool, sizeof(*request), TAG);

    if (request == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(request, sizeof(*request));
    request->Mdl = IoAllocateMdl(address, bytes, FALSE, FALSE, NULL);
    if (request->Mdl == NULL) {
        ExFreePoolWithTag(request, TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(request->Mdl, UserMode, IoWriteAccess);
        request->Stage = STAGE_LOCKED;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        request->Stage = STAGE_MADE;
    }
    request->Marks = bytes > PAGE_SIZE ? 3 : 1;
    request->Next = waiting;
    waiting = request;
    return STATUS_SUCCESS;
}

void request_map(PREQUEST request)
{
    if (request->Stage == STAGE_LOCKED && MmGetSystemAddressForMdlSafe(request->Mdl, NormalPagePriority) != NULL)
        request->Stage = STAGE_MAPPED;
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

void every_stage_ok(PREQUEST request, PVOID address, ULONG bytes)
{
    PMDL mdl = lock(address, bytes);

    if (mdl != NULL && (request->Stage == STAGE_MADE || request->Stage == STAGE_MAPPED || request->Stage == STAGE_LOCKED))
        unlock(mdl);
}

void two_stages_bad(PREQUEST request, PVOID address, ULONG bytes)
{
    PMDL mdl = lock(address, bytes); // expect: MDL021

    if (mdl != NULL && (request->Stage == STAGE_MADE || request->Stage == STAGE_LOCKED))
        unlock(mdl);
}

void no_such_mark_ok(PREQUEST request, PVOID address, ULONG bytes)
{
    PMDL mdl = lock(address, bytes);

    if (mdl != NULL && request->Marks != 2)
        unlock(mdl);
}

void marked_bad(PREQUEST request, PVOID address, ULONG bytes)
{
    PMDL mdl = lock(address, bytes); // expect: MDL021

    if (mdl != NULL && request->Marks != 3)
        unlock(mdl);
}
