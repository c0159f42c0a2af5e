// The termination handler unlocks on every way out, also on the one where the mapping is live.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS wait_for_fence(ULONG value);

NTSTATUS render_bad(DXGKRNL_INTERFACE &dxgk, PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_NO_MEMORY;
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr);

    if (!mdl)
        return status;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
            locked = TRUE;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = STATUS_INVALID_USER_BUFFER;
            __leave;
        }
        map.pMdl = mdl;
        status = dxgk.DxgkCbMapMdlToIoMmu(dxgk.DeviceHandle, &map);
        if (!NT_SUCCESS(status))
            __leave;
        status = wait_for_fence(1);
        if (!NT_SUCCESS(status))
            __leave;
        DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {map.hMemoryHandle};
        dxgk.DxgkCbUnmapMdlFromIoMmu(dxgk.DeviceHandle, &unmap);
    } __finally {
        if (locked)
            MmUnlockPages(mdl); // expect: MDL102
        IoFreeMdl(mdl);
    }
    return status;
}
