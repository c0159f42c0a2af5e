// Both the failure branch and the end of the function unmap the handle.
#include "wdk/d3dkmddi_iommu.h"

class Blitter {
public:
    NTSTATUS blit_bad(PMDL mdl);
    NTSTATUS blit_ok(PMDL mdl);

private:
    NTSTATUS run();
    void unmap(HANDLE memory);

    DXGKRNL_INTERFACE m_dxgk;
};

void Blitter::unmap(HANDLE memory)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {};

    args.hMemoryHandle = memory;
    m_dxgk.DxgkCbUnmapMdlFromIoMmu(m_dxgk.DeviceHandle, &args);
}

NTSTATUS Blitter::blit_bad(PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    map.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        return status;
    status = run();
    if (status == STATUS_IO_TIMEOUT)
        unmap(map.hMemoryHandle);
    unmap(map.hMemoryHandle); // expect: MDL106
    return status;
}

NTSTATUS Blitter::blit_ok(PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    map.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        return status;
    status = run();
    unmap(map.hMemoryHandle);
    return status;
}
