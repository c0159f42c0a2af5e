// The handler frees the MDL, and the message after it still reads the byte count from it.
#include <wdm.h>

NTSTATUS send_pages(PMDL mdl);

NTSTATUS send_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        locked = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(mdl); // step: MDL005
    }
    if (locked) {
        status = send_pages(mdl);
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return status;
    }
    DbgPrint("lock of %lu bytes failed\n", MmGetMdlByteCount(mdl)); // expect: MDL005
    return status;
}

NTSTATUS send_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        locked = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (locked) {
        status = send_pages(mdl);
        MmUnlockPages(mdl);
    } else {
        DbgPrint("lock of %lu bytes failed\n", MmGetMdlByteCount(mdl));
    }
    IoFreeMdl(mdl);
    return status;
}
