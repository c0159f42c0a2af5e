// One __try holds the allocation, the lock and the copy: the handler cannot know how far it came unless it looks.
#include <wdm.h>

NTSTATUS VolumeApply(PVOID Data, ULONG Length);

NTSTATUS VolumeSet_ok(PVOID UserBuffer, ULONG Length)
{
    PMDL mdl = NULL;
    PVOID data;
    NTSTATUS status;

    __try {
        ProbeForRead(UserBuffer, Length, sizeof(UCHAR));
        mdl = IoAllocateMdl(UserBuffer, Length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        if (mdl != NULL)
            IoFreeMdl(mdl);
        return status;
    }
    data = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    status = data ? VolumeApply(data, Length) : STATUS_INSUFFICIENT_RESOURCES;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

/* The flag is set behind the call that may raise, so it is exact. */
NTSTATUS VolumeSetFlag_ok(PVOID UserBuffer, ULONG Length)
{
    PMDL mdl = NULL;
    PVOID data;
    BOOLEAN locked = FALSE;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    __try {
        mdl = IoAllocateMdl(UserBuffer, Length, FALSE, FALSE, NULL);
        if (mdl) {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            locked = TRUE;
            data = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
            if (data)
                status = VolumeApply(data, Length);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (locked)
        MmUnlockPages(mdl);
    if (mdl)
        IoFreeMdl(mdl);
    return status;
}

/* The handler frees the MDL, and so does the common exit, which finds it still in its variable. */
NTSTATUS VolumeSet_bad(PVOID UserBuffer, ULONG Length)
{
    PMDL mdl = NULL;
    PVOID data;
    BOOLEAN locked = FALSE;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    __try {
        mdl = IoAllocateMdl(UserBuffer, Length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            goto exit;
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        locked = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        if (mdl)
            IoFreeMdl(mdl); // step: MDL006
        goto exit;
    }
    data = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (data)
        status = VolumeApply(data, Length);
exit:
    if (locked)
        MmUnlockPages(mdl);
    if (mdl)
        IoFreeMdl(mdl); // expect: MDL006
    return status;
}
