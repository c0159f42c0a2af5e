// Whether there is a user view depends on the length, tested once before and once after; one copy of the test differs.
#include <wdm.h>

#define INLINE_LIMIT 512u

typedef struct _CLIENT {
    PVOID Window;
    ULONG Posted;
} CLIENT, *PCLIENT;

NTSTATUS ClientPost(PCLIENT Client, ULONG Length);

NTSTATUS ClientSend_ok(PCLIENT Client, PMDL Mdl, ULONG Length, KPROCESSOR_MODE Mode)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID window = NULL;

    __try {
        MmProbeAndLockPages(Mdl, Mode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    if (Length > INLINE_LIMIT) {
        __try {
            window = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            MmUnlockPages(Mdl);
            return GetExceptionCode();
        }
        Client->Window = window;
    }
    Client->Posted++;
    status = ClientPost(Client, Length);
    if (Length > INLINE_LIMIT)
        MmUnmapLockedPages(window, Mdl);
    MmUnlockPages(Mdl);
    return status;
}

NTSTATUS ClientSend_bad(PCLIENT Client, PMDL Mdl, ULONG Length, KPROCESSOR_MODE Mode)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID window = NULL;

    __try {
        MmProbeAndLockPages(Mdl, Mode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    if (Length >= INLINE_LIMIT) {
        __try {
            window = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            MmUnlockPages(Mdl);
            return GetExceptionCode();
        }
        Client->Window = window;
    }
    Client->Posted++;
    status = ClientPost(Client, Length);
    if (Length > INLINE_LIMIT)
        MmUnmapLockedPages(window, Mdl);
    MmUnlockPages(Mdl); // expect: MDL002
    return status;
}
