// The lambda that unmaps is declared before the one that unlocks, and so runs after it.
#include "wdk/d3dkmddi_iommu.h"

template <class Function> class ScopeExit {
public:
    explicit ScopeExit(Function &&function) : m_function(static_cast<Function &&>(function)) {}
    ScopeExit(const ScopeExit &) = delete;
    ~ScopeExit() { m_function(); }

private:
    Function m_function;
};

NTSTATUS copy(PMDL mdl);

NTSTATUS transfer_bad(DXGKRNL_INTERFACE *dxgk, PMDL locked)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {locked};
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        return status;
    ScopeExit unmap([&] {
        DXGKARGCB_UNMAPMDLFROMIOMMU args = {map.hMemoryHandle};
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &args);
    });
    ScopeExit unlock([locked] { MmUnlockPages(locked); });
    return copy(locked); // expect: MDL102
}

NTSTATUS transfer_ok(DXGKRNL_INTERFACE *dxgk, PMDL locked)
{
    ScopeExit unlock([locked] { MmUnlockPages(locked); });
    DXGKARGCB_MAPMDLTOIOMMU map = {locked};
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        return status;
    ScopeExit unmap([&] {
        DXGKARGCB_UNMAPMDLFROMIOMMU args = {map.hMemoryHandle};
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &args);
    });
    return copy(locked);
}
