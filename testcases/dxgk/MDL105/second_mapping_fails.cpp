// Two MDLs are mapped; when the second cannot be, the first stays mapped.
#include "wdk/d3dkmddi_iommu.h"

struct Pair {
    HANDLE front;
    HANDLE back;
};

static NTSTATUS map_one(DXGKRNL_INTERFACE &dxgk, PMDL mdl, HANDLE &memory)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {};

    args.pMdl = mdl;
    NTSTATUS status = dxgk.DxgkCbMapMdlToIoMmu(dxgk.DeviceHandle, &args);
    if (NT_SUCCESS(status))
        memory = args.hMemoryHandle;
    return status;
}

static void unmap_one(DXGKRNL_INTERFACE &dxgk, HANDLE memory)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {memory};

    dxgk.DxgkCbUnmapMdlFromIoMmu(dxgk.DeviceHandle, &args);
}

NTSTATUS map_pair_bad(DXGKRNL_INTERFACE &dxgk, PMDL front, PMDL back, Pair &pair)
{
    HANDLE first, second;
    NTSTATUS status = map_one(dxgk, front, first); // expect: MDL105

    if (!NT_SUCCESS(status))
        return status;
    status = map_one(dxgk, back, second);
    if (!NT_SUCCESS(status))
        return status;
    pair.front = first;
    pair.back = second;
    return STATUS_SUCCESS;
}

NTSTATUS map_pair_ok(DXGKRNL_INTERFACE &dxgk, PMDL front, PMDL back, Pair &pair)
{
    HANDLE first, second;
    NTSTATUS status = map_one(dxgk, front, first);

    if (!NT_SUCCESS(status))
        return status;
    status = map_one(dxgk, back, second);
    if (!NT_SUCCESS(status)) {
        unmap_one(dxgk, first);
        return status;
    }
    pair.front = first;
    pair.back = second;
    return STATUS_SUCCESS;
}
