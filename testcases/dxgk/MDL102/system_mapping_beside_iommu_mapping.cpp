// clean: a CPU view and an IOMMU mapping of the same locked pages: only the second has to be ended by hand.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS fill_and_send_ok(DXGKRNL_INTERFACE &dxgk, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    NTSTATUS status;
    PVOID view;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_NO_MEMORY;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view)
        RtlZeroMemory(view, length);
    map.pMdl = mdl;
    status = dxgk.DxgkCbMapMdlToIoMmu(dxgk.DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

        unmap.hMemoryHandle = map.hMemoryHandle;
        dxgk.DxgkCbUnmapMdlFromIoMmu(dxgk.DeviceHandle, &unmap);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
