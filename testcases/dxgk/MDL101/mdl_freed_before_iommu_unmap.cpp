// The MDL is freed while the IOMMU mapping still refers to it; the unmap follows too late.
#include "wdk/d3dkmddi_iommu.h"

class Ring {
public:
    explicit Ring(const DXGKRNL_INTERFACE &dxgk) : m_dxgk(dxgk) {}

    NTSTATUS run_once_bad(PVOID pool, ULONG length);
    NTSTATUS run_once_ok(PVOID pool, ULONG length);

private:
    NTSTATUS submit();

    DXGKRNL_INTERFACE m_dxgk;
};

NTSTATUS Ring::run_once_bad(PVOID pool, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, nullptr);

    if (mdl == nullptr)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    map.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map); // step: MDL101
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    status = submit();
    IoFreeMdl(mdl); // expect: MDL101
    unmap.hMemoryHandle = map.hMemoryHandle;
    m_dxgk.DxgkCbUnmapMdlFromIoMmu(m_dxgk.DeviceHandle, &unmap); // step: MDL101
    return status;
}

NTSTATUS Ring::run_once_ok(PVOID pool, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, nullptr);

    if (mdl == nullptr)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    map.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    status = submit();
    unmap.hMemoryHandle = map.hMemoryHandle;
    m_dxgk.DxgkCbUnmapMdlFromIoMmu(m_dxgk.DeviceHandle, &unmap);
    IoFreeMdl(mdl);
    return status;
}
