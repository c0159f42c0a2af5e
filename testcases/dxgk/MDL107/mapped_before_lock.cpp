// The MDL goes to the IOMMU straight after its allocation; its page frames are not filled in yet.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS publish_bad(DXGKRNL_INTERFACE &dxgk, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    map.pMdl = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr); // step: MDL107
    if (!map.pMdl)
        return STATUS_NO_MEMORY;
    NTSTATUS status = dxgk.DxgkCbMapMdlToIoMmu(dxgk.DeviceHandle, &map); // expect: MDL107
    if (NT_SUCCESS(status)) {
        unmap.hMemoryHandle = map.hMemoryHandle;
        dxgk.DxgkCbUnmapMdlFromIoMmu(dxgk.DeviceHandle, &unmap);
    }
    IoFreeMdl(map.pMdl);
    return status;
}

NTSTATUS publish_ok(DXGKRNL_INTERFACE &dxgk, PVOID pool, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    map.pMdl = IoAllocateMdl(pool, length, FALSE, FALSE, nullptr);
    if (!map.pMdl)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(map.pMdl);
    NTSTATUS status = dxgk.DxgkCbMapMdlToIoMmu(dxgk.DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        unmap.hMemoryHandle = map.hMemoryHandle;
        dxgk.DxgkCbUnmapMdlFromIoMmu(dxgk.DeviceHandle, &unmap);
    }
    IoFreeMdl(map.pMdl);
    return status;
}
