// The slices of an allocation are mapped one by one; a failure has to unmap those that were done.
#include "wdk/d3dkmddi_iommu.h"

constexpr ULONG MaxSlices = 8;

struct Slice {
    PMDL Mdl;
    HANDLE Memory;
};

struct Surface {
    const DXGKRNL_INTERFACE *Dxgk;
    ULONG Count;
    Slice Slices[MaxSlices];
};

NTSTATUS FlipQueue(Surface *surface);

static NTSTATUS MapSlice(const DXGKRNL_INTERFACE &dxgk, Slice &slice)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    map.pMdl = slice.Mdl;
    NTSTATUS status = dxgk.DxgkCbMapMdlToIoMmu(dxgk.DeviceHandle, &map);
    slice.Memory = NT_SUCCESS(status) ? map.hMemoryHandle : nullptr;
    return status;
}

static void UnmapSlice(const DXGKRNL_INTERFACE &dxgk, Slice &slice)
{
    if (slice.Memory == nullptr)
        return;
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {slice.Memory};
    dxgk.DxgkCbUnmapMdlFromIoMmu(dxgk.DeviceHandle, &unmap);
    slice.Memory = nullptr;
}

NTSTATUS MapAll_ok(Surface *surface)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG done = 0;

    for (; done < surface->Count && NT_SUCCESS(status); done++) {
        status = MapSlice(*surface->Dxgk, surface->Slices[done]);
    }
    if (NT_SUCCESS(status))
        status = FlipQueue(surface);
    if (!NT_SUCCESS(status)) {
        while (done-- > 0)
            UnmapSlice(*surface->Dxgk, surface->Slices[done]);
    }
    return status;
}

void UnmapAll_ok(Surface *surface)
{
    for (auto &slice : surface->Slices)
        UnmapSlice(*surface->Dxgk, slice);
}

/* Two planes: the second one's failure forgets the first one's handle, which is only here. */
NTSTATUS MapPlanes_bad(const DXGKRNL_INTERFACE *dxgk, PMDL luma, PMDL chroma, HANDLE handles[2])
{
    DXGKARGCB_MAPMDLTOIOMMU first = {luma, nullptr}, second = {chroma, nullptr};
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &first); // expect: MDL105

    if (!NT_SUCCESS(status))
        return status;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &second);
    if (!NT_SUCCESS(status))
        return status;
    handles[0] = first.hMemoryHandle;
    handles[1] = second.hMemoryHandle;
    return STATUS_SUCCESS;
}

NTSTATUS MapPlanes_ok(const DXGKRNL_INTERFACE *dxgk, PMDL luma, PMDL chroma, HANDLE handles[2])
{
    DXGKARGCB_MAPMDLTOIOMMU first = {luma, nullptr}, second = {chroma, nullptr};
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &first);

    if (!NT_SUCCESS(status))
        return status;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &second);
    if (!NT_SUCCESS(status)) {
        DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {first.hMemoryHandle};
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
        return status;
    }
    handles[0] = first.hMemoryHandle;
    handles[1] = second.hMemoryHandle;
    return STATUS_SUCCESS;
}
