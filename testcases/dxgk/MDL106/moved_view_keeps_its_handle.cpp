// A move constructor that leaves the handle in its source: both objects unmap it.
#include "wdk/d3dkmddi_iommu.h"

template <bool Clears> class IommuView {
public:
    IommuView(DXGKRNL_INTERFACE *dxgk, HANDLE memory) : m_dxgk(dxgk), m_memory(memory), m_isMapped(true) {}
    IommuView(IommuView &&other) noexcept
        : m_dxgk(other.m_dxgk), m_memory(other.m_memory), m_isMapped(other.m_isMapped)
    {
        if (Clears)
            other.m_isMapped = false;
    }
    ~IommuView()
    {
        if (!m_isMapped)
            return;
        DXGKARGCB_UNMAPMDLFROMIOMMU args = {m_memory};
        m_dxgk->DxgkCbUnmapMdlFromIoMmu(m_dxgk->DeviceHandle, &args);
    }

private:
    DXGKRNL_INTERFACE *m_dxgk;
    HANDLE m_memory;
    bool m_isMapped;
};

NTSTATUS moved_bad(DXGKRNL_INTERFACE *dxgk, PMDL locked)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {locked};
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &args);
    if (!NT_SUCCESS(status))
        return status;
    IommuView<false> view(dxgk, args.hMemoryHandle);
    IommuView<false> other(static_cast<IommuView<false> &&>(view));
    return status; // expect: MDL106
}

NTSTATUS moved_ok(DXGKRNL_INTERFACE *dxgk, PMDL locked)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {locked};
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &args);
    if (!NT_SUCCESS(status))
        return status;
    IommuView<true> view(dxgk, args.hMemoryHandle);
    IommuView<true> other(static_cast<IommuView<true> &&>(view));
    return status;
}
