// clean: the address moves from the request to a worker's record, which unmaps it; the request's own teardown only frees.
#include <wdm.h>

typedef struct _REQUEST {
    PMDL Mdl;
    PVOID Address;
} REQUEST, *PREQUEST;

typedef struct _WORK {
    PMDL Mdl;
    PVOID Address;
} WORK, *PWORK;

NTSTATUS request_map(PREQUEST request)
{
    __try {
        request->Address = MmMapLockedPagesSpecifyCache(request->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

VOID request_hand_on(PREQUEST request, PWORK work)
{
    work->Mdl = request->Mdl;
    work->Address = request->Address;
}

VOID work_done(PWORK work, PREQUEST request)
{
    MmUnmapLockedPages(work->Address, work->Mdl);
    work->Address = NULL;
    request->Address = NULL;
}

VOID request_free(PREQUEST request)
{
    MmUnlockPages(request->Mdl);
    IoFreeMdl(request->Mdl);
}
