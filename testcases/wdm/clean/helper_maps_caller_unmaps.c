// clean: a helper maps with MmGetSystemAddressForMdlSafe, the caller unmaps.
#include <wdm.h>

static PVOID map_it(PMDL mdl)
{
    return MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
}

void map_in_helper_ok(PMDL locked)
{
    PULONG view = map_it(locked);

    if (view) {
        view[0] = 1;
        MmUnmapLockedPages(view, locked);
    }
    MmUnlockPages(locked);
}

NTSTATUS own_mdl_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PULONG view;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    view = map_it(mdl);
    if (view) {
        view[0] = 1;
        MmUnmapLockedPages(view, mdl);
    } else {
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
