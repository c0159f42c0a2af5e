// The helper that both callbacks tear down with unlocks without an unmap: one mistake, one finding, at the first call.
#include <wdm.h>

typedef struct _SHARE {
    LIST_ENTRY Link;
    PMDL Mdl;
    PVOID Address;
} SHARE, *PSHARE;

static VOID release(PSHARE share)
{
    MmUnlockPages(share->Mdl); // step: MDL002
    IoFreeMdl(share->Mdl);
    share->Mdl = NULL;
}

NTSTATUS attach(PSHARE share)
{
    __try {
        share->Address = MmMapLockedPagesSpecifyCache(share->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

VOID detach_bad(PSHARE share)
{
    release(share); // expect: MDL002
}

VOID cancel(PSHARE share, BOOLEAN last)
{
    if (last)
        release(share);
}
