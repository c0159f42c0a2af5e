// Pages of the driver go back to the system while the GPU can still write to them.
#include "wdk/d3dkmddi_iommu.h"

class PageTable {
public:
    NTSTATUS rebuild_bad(SIZE_T bytes);
    NTSTATUS rebuild_ok(SIZE_T bytes);

private:
    PMDL allocate(SIZE_T bytes);
    void unmap(HANDLE memory);

    DXGKRNL_INTERFACE m_dxgk;
};

PMDL PageTable::allocate(SIZE_T bytes)
{
    PHYSICAL_ADDRESS low = {}, high = {}, skip = {};

    high.QuadPart = -1;
    return MmAllocatePagesForMdlEx(low, high, skip, bytes, MmWriteCombined, MM_ALLOCATE_FULLY_REQUIRED);
}

void PageTable::unmap(HANDLE memory)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {};

    args.hMemoryHandle = memory;
    m_dxgk.DxgkCbUnmapMdlFromIoMmu(m_dxgk.DeviceHandle, &args);
}

NTSTATUS PageTable::rebuild_bad(SIZE_T bytes)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    PMDL mdl = allocate(bytes);

    if (!mdl)
        return STATUS_NO_MEMORY;
    map.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map); // step: MDL103
    MmFreePagesFromMdl(mdl); // expect: MDL103
    if (NT_SUCCESS(status))
        unmap(map.hMemoryHandle);
    ExFreePool(mdl);
    return status;
}

NTSTATUS PageTable::rebuild_ok(SIZE_T bytes)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    PMDL mdl = allocate(bytes);

    if (!mdl)
        return STATUS_NO_MEMORY;
    map.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map);
    if (NT_SUCCESS(status))
        unmap(map.hMemoryHandle);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}
