// clean: locked, nonpaged, allocated and borrowed pages may all be mapped.
#include "wdk/d3dkmddi_iommu.h"

class Mapper {
public:
    NTSTATUS nonpaged_ok(PVOID pool, ULONG length);
    NTSTATUS allocated_ok(SIZE_T bytes);
    NTSTATUS borrowed_ok(PIRP irp);

private:
    NTSTATUS map_briefly(PMDL mdl);

    DXGKRNL_INTERFACE m_dxgk;
};

NTSTATUS Mapper::map_briefly(PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    map.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        return status;
    unmap.hMemoryHandle = map.hMemoryHandle;
    m_dxgk.DxgkCbUnmapMdlFromIoMmu(m_dxgk.DeviceHandle, &unmap);
    return STATUS_SUCCESS;
}

NTSTATUS Mapper::nonpaged_ok(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    NTSTATUS status = map_briefly(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS Mapper::allocated_ok(SIZE_T bytes)
{
    PHYSICAL_ADDRESS zero = {}, high = {};

    high.QuadPart = -1;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (!mdl)
        return STATUS_NO_MEMORY;
    NTSTATUS status = map_briefly(mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}

NTSTATUS Mapper::borrowed_ok(PIRP irp)
{
    return irp->MdlAddress ? map_briefly(irp->MdlAddress) : STATUS_INVALID_PARAMETER;
}
