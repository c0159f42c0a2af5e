// Two MDLs are locked in one __try: when the second lock raises, the first one is locked and the second is not.
#include <wdm.h>

NTSTATUS both_bad(PMDL in, PMDL out)
{
    __try {
        MmProbeAndLockPages(in, UserMode, IoReadAccess);
        MmProbeAndLockPages(out, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(in); // expect: MDL004
        IoFreeMdl(out);
        return GetExceptionCode();
    }
    MmUnlockPages(out);
    MmUnlockPages(in);
    IoFreeMdl(out);
    IoFreeMdl(in);
    return STATUS_SUCCESS;
}

NTSTATUS both_by_flags_ok(PMDL in, PMDL out)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        MmProbeAndLockPages(in, UserMode, IoReadAccess);
        MmProbeAndLockPages(out, UserMode, IoWriteAccess);
        MmUnlockPages(out);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (in->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(in);
    IoFreeMdl(out);
    IoFreeMdl(in);
    return status;
}

NTSTATUS both_by_count_ok(PVOID a, PVOID b, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL in, out = NULL;
    ULONG locked = 0;

    in = IoAllocateMdl(a, length, FALSE, FALSE, NULL);
    if (in == NULL)
        goto done;
    out = IoAllocateMdl(b, length, FALSE, FALSE, NULL);
    if (out == NULL)
        goto done;
    __try {
        MmProbeAndLockPages(in, UserMode, IoReadAccess);
        locked++;
        MmProbeAndLockPages(out, UserMode, IoWriteAccess);
        locked++;
        status = STATUS_SUCCESS;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
done:
    if (locked > 1)
        MmUnlockPages(out);
    if (locked > 0)
        MmUnlockPages(in);
    if (out != NULL)
        IoFreeMdl(out);
    if (in != NULL)
        IoFreeMdl(in);
    return status;
}

/* The handler is entered with the second one not locked. */
NTSTATUS unlocks_both_bad(PVOID a, PVOID b, ULONG length)
{
    PMDL in, out;

    in = IoAllocateMdl(a, length, FALSE, FALSE, NULL);
    if (in == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    out = IoAllocateMdl(b, length, FALSE, FALSE, NULL);
    if (out == NULL) {
        IoFreeMdl(in);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(in, UserMode, IoReadAccess);
        __try {
            MmProbeAndLockPages(out, UserMode, IoWriteAccess);
        } __finally {
            if (AbnormalTermination())
                MmUnlockPages(out); // expect: MDL007
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        if (in->MdlFlags & MDL_PAGES_LOCKED)
            MmUnlockPages(in);
        IoFreeMdl(out);
        IoFreeMdl(in);
        return GetExceptionCode();
    }
    MmUnlockPages(out);
    MmUnlockPages(in);
    IoFreeMdl(out);
    IoFreeMdl(in);
    return STATUS_SUCCESS;
}
