// clean: the handle goes to a member or to the caller: the mapping lives on and somebody can still end it.
#include "wdk/d3dkmddi_iommu.h"

class Backing {
public:
    NTSTATUS attach_ok(PMDL mdl);
    NTSTATUS attach_out_ok(PMDL mdl, HANDLE *memory);
    void detach_ok();

private:
    DXGKRNL_INTERFACE *m_dxgk;
    HANDLE m_memory;
    PMDL m_mdl;
};

NTSTATUS Backing::attach_ok(PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {mdl, nullptr};
    NTSTATUS status = m_dxgk->DxgkCbMapMdlToIoMmu(m_dxgk->DeviceHandle, &args);

    if (NT_SUCCESS(status)) {
        m_memory = args.hMemoryHandle;
        m_mdl = mdl;
    }
    return status;
}

NTSTATUS Backing::attach_out_ok(PMDL mdl, HANDLE *memory)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {mdl, nullptr};
    NTSTATUS status = m_dxgk->DxgkCbMapMdlToIoMmu(m_dxgk->DeviceHandle, &args);

    *memory = NT_SUCCESS(status) ? args.hMemoryHandle : nullptr;
    return status;
}

void Backing::detach_ok()
{
    if (m_memory) {
        DXGKARGCB_UNMAPMDLFROMIOMMU args = {m_memory};

        m_dxgk->DxgkCbUnmapMdlFromIoMmu(m_dxgk->DeviceHandle, &args);
        m_memory = nullptr;
        m_mdl = nullptr;
    }
}
