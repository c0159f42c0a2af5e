// clean: a reserved mapping made in a helper is ended by its MDL and range, wherever the address went.
#include <wdm.h>

static NTSTATUS window_open(PVOID range, PMDL mdl, PVOID *out)
{
    PVOID window = MmMapLockedPagesWithReservedMapping(range, 'dlgM', mdl, MmCached);

    if (!window)
        return STATUS_INSUFFICIENT_RESOURCES;
    *out = window;
    return STATUS_SUCCESS;
}

NTSTATUS open_and_close_ok(PVOID range, PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PVOID window;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    status = window_open(range, mdl, &window);
    if (NT_SUCCESS(status)) {
        *(ULONG *)window = 1;
        MmUnmapReservedMapping(range, 'dlgM', mdl);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
