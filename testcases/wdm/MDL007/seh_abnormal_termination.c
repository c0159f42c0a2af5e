// AbnormalTermination() tells the ways out of a __try apart: 0 behind its end and __leave, not 0 behind a raise, return, goto, break and continue.
#include <wdm.h>

VOID use(PVOID address);
BOOLEAN is_done(ULONG round);

/* The pages are locked in the __finally when the lock did not raise: here only the end of the body comes without abnormal termination. */
void unlock_when_normal_ok(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __finally {
        if (!AbnormalTermination())
            MmUnlockPages(mdl);
    }
}

void unlock_when_abnormal_bad(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __finally {
            if (AbnormalTermination())
                MmUnlockPages(mdl); // expect: MDL007
        }
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return;
    }
    IoFreeMdl(mdl);
}

/* __leave is not abnormal. */
NTSTATUS leave_ok(PVOID buffer, ULONG length, PMDL *out)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL mdl;

    *out = NULL;
    mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        status = STATUS_SUCCESS;
        if (length > PAGE_SIZE)
            __leave;
        use(MmGetMdlVirtualAddress(mdl));
    } __finally {
        if (AbnormalTermination())
            IoFreeMdl(mdl);
    }
    *out = mdl;
    return status;
}

NTSTATUS leave_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        MmUnlockPages(mdl);
        if (length > PAGE_SIZE)
            __leave;
        use(MmGetMdlVirtualAddress(mdl));
    } __finally {
        if (!AbnormalTermination())
            MmUnlockPages(mdl); // expect: MDL007
        IoFreeMdl(mdl);
    }
    return STATUS_SUCCESS;
}

/* A return out of the body is abnormal: the MDL is unlocked once on each way. */
NTSTATUS return_ok(PMDL mdl, ULONG length)
{
    __try {
        if (length == 0)
            return STATUS_INVALID_PARAMETER;
        use(MmGetMdlVirtualAddress(mdl));
    } __finally {
        if (AbnormalTermination())
            MmUnlockPages(mdl);
    }
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS return_bad(PMDL mdl, ULONG length)
{
    __try {
        if (length == 0) {
            MmUnlockPages(mdl);
            return STATUS_INVALID_PARAMETER;
        }
    } __finally {
        if (AbnormalTermination())
            MmUnlockPages(mdl); // expect: MDL007
    }
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

/* So are goto, break and continue. */
NTSTATUS goto_bad(PMDL mdl, ULONG length)
{
    __try {
        if (length == 0)
            goto out;
        use(MmGetMdlVirtualAddress(mdl));
    } __finally {
        if (AbnormalTermination())
            MmUnlockPages(mdl);
    }
out:
    MmUnlockPages(mdl); // expect: MDL007
    return STATUS_SUCCESS;
}

NTSTATUS goto_ok(PMDL mdl, ULONG length)
{
    __try {
        if (length == 0)
            goto out;
        use(MmGetMdlVirtualAddress(mdl));
    } __finally {
        if (AbnormalTermination())
            MmUnlockPages(mdl);
    }
    MmUnlockPages(mdl);
out:
    return STATUS_SUCCESS;
}

void break_bad(PMDL mdl)
{
    ULONG round = 0;

    for (;;) {
        __try {
            if (is_done(round))
                break;
            round++;
        } __finally {
            if (AbnormalTermination())
                MmUnlockPages(mdl);
        }
    }
    MmUnlockPages(mdl); // expect: MDL007
}

void break_ok(PMDL mdl)
{
    ULONG round = 0;

    for (;;) {
        __try {
            if (is_done(round))
                break;
            round++;
        } __finally {
            if (AbnormalTermination())
                MmUnlockPages(mdl);
        }
    }
}

void continue_ok(PMDL mdl)
{
    for (ULONG round = 0; round < 3; round++) {
        __try {
            MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            return;
        }
        __try {
            if (is_done(round))
                continue;
            use(MmGetMdlVirtualAddress(mdl));
        } __finally {
            if (AbnormalTermination())
                MmUnlockPages(mdl);
        }
        MmUnlockPages(mdl);
    }
}

void continue_bad(PMDL mdl)
{
    for (ULONG round = 0; round < 3; round++) {
        __try {
            MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            return;
        }
        __try {
            if (is_done(round)) {
                MmUnlockPages(mdl);
                continue;
            }
            use(MmGetMdlVirtualAddress(mdl));
        } __finally {
            if (AbnormalTermination())
                MmUnlockPages(mdl); // expect: MDL007
        }
        MmUnlockPages(mdl);
    }
}
