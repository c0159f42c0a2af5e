// The mapping succeeded and the step after it failed: the clean-up knows only the MDL.
#include "wdk/d3dkmddi_iommu.h"

struct Fence {
    PMDL mdl;
    HANDLE memory;
};

NTSTATUS fence_start(ULONG engine);

NTSTATUS fence_create_bad(const DXGKRNL_INTERFACE *dxgk, Fence &fence, PVOID pool)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    NTSTATUS status;

    fence.mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (!fence.mdl)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(fence.mdl);
    map.pMdl = fence.mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        fence.memory = map.hMemoryHandle;
        status = fence_start(0);
    }
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(fence.mdl); // expect: MDL101
        fence.mdl = nullptr;
    }
    return status;
}

NTSTATUS fence_create_ok(const DXGKRNL_INTERFACE *dxgk, Fence &fence, PVOID pool)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    NTSTATUS status;

    fence.memory = nullptr;
    fence.mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (!fence.mdl)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(fence.mdl);
    map.pMdl = fence.mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(fence.mdl);
        fence.mdl = nullptr;
        return status;
    }
    fence.memory = map.hMemoryHandle;
    status = fence_start(0);
    if (!NT_SUCCESS(status)) {
        DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {fence.memory};

        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
        IoFreeMdl(fence.mdl);
        fence.mdl = nullptr;
        fence.memory = nullptr;
    }
    return status;
}
