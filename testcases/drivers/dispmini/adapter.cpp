/*
 * adapter.cpp - start and stop of the adapter, its fence page, and the door to the IOMMU. Everything here runs at
 * PASSIVE_LEVEL.
 */
#include "dispmini.h"

namespace mini {

void Adapter::Init(PDEVICE_OBJECT physicalDeviceObject)
{
    m_pdo = physicalDeviceObject;
    m_registers = nullptr;
    m_fenceView.Mapped = false;
    m_context = nullptr;
}

NTSTATUS Adapter::MapMdl(PMDL mdl, IommuView &view)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {};

    args.pMdl = mdl;
    NTSTATUS status = m_Interface.DxgkCbMapMdlToIoMmu(m_hAdapter, &args);
    if (!NT_SUCCESS(status)) {
        view.Mapped = false;
        return status;
    }
    view.Handle = args.hMemoryHandle;
    view.Mapped = true;
    return STATUS_SUCCESS;
}

NTSTATUS Adapter::MapMdl(const PageBlock &pages, IommuView &view)
{
    return MapMdl(pages.Mdl(), view);
}

void Adapter::UnmapMdl(IommuView &view)
{
    if (!view.Mapped) {
        return;
    }
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {};
    args.hMemoryHandle = view.Handle;
    m_Interface.DxgkCbUnmapMdlFromIoMmu(m_hAdapter, &args);
    view.Mapped = false;
}

/* The first memory resource holds the registers. */
NTSTATUS Adapter::MapRegisters()
{
    DXGK_DEVICE_INFO info = {};
    NTSTATUS status = m_Interface.DxgkCbGetDeviceInformation(m_hAdapter, &info);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (info.TranslatedResourceList == nullptr || info.TranslatedResourceList->Count == 0) {
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    const CM_PARTIAL_RESOURCE_LIST &list = info.TranslatedResourceList->List[0].PartialResourceList;
    for (ULONG i = 0; i < list.Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR &item = list.PartialDescriptors[i];
        if (item.Type == CmResourceTypeMemory && item.u.Memory.Length >= sizeof(Registers)) {
            void *address = nullptr;
            status = m_Interface.DxgkCbMapMemory(m_hAdapter, item.u.Memory.Start, sizeof(Registers), FALSE, FALSE,
                                                 MmNonCached, &address);
            m_registers = static_cast<Registers *>(address);
            return status;
        }
    }
    return STATUS_DEVICE_CONFIGURATION_ERROR;
}

void Adapter::UnmapRegisters()
{
    m_Interface.DxgkCbUnmapMemory(m_hAdapter, m_registers);
    m_registers = nullptr;
}

/* Polls EngineStatus for up to 100 ms. */
bool Adapter::WaitForEngine(ULONG mask, ULONG value)
{
    LARGE_INTEGER pause;

    pause.QuadPart = -10 * 1000; /* 1 ms, relative */
    for (ULONG tries = 0; tries < 100; tries++) {
        if ((READ_REGISTER_ULONG(&m_registers->EngineStatus) & mask) == value) {
            return true;
        }
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
    return false;
}

ULONGLONG AddressOfFirstPage(PMDL mdl)
{
    return static_cast<ULONGLONG>(MmGetMdlPfnArray(mdl)[0]) << PAGE_SHIFT;
}

void WriteAddress(ULONGLONG *address, ULONGLONG value)
{
    PULONG half = reinterpret_cast<PULONG>(address);

    WRITE_REGISTER_ULONG(half, static_cast<ULONG>(value));
    WRITE_REGISTER_ULONG(half + 1, static_cast<ULONG>(value >> 32));
}

/* The engine writes its first fence when it comes out of reset. */
NTSTATUS Adapter::StartFence()
{
    NTSTATUS status = m_fence.Create();

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = MapMdl(m_fence.Mdl(), m_fenceView); // step: MDL101
    if (!NT_SUCCESS(status)) {
        m_fence.Free();
        return status;
    }
    WriteAddress(&m_registers->FenceAddress, AddressOfFirstPage(m_fence.Mdl()));
    WRITE_REGISTER_ULONG(&m_registers->Control, ControlRun);
    if (!WaitForEngine(EngineReady, EngineReady) || m_fence.Value() == 0) {
        WRITE_REGISTER_ULONG(&m_registers->Control, ControlReset);
        m_fence.Free(); // expect: MDL101
        return STATUS_IO_TIMEOUT;
    }
    return STATUS_SUCCESS;
}

void Adapter::StopFence()
{
    WRITE_REGISTER_ULONG(&m_registers->Control, ControlReset);
    UnmapMdl(m_fenceView);
    m_fence.Free();
}

bool Adapter::FillPage(ULONGLONG address, ULONG pattern)
{
    WriteAddress(&m_registers->FillAddress, address);
    WRITE_REGISTER_ULONG(&m_registers->FillPattern, pattern);
    WRITE_REGISTER_ULONG(&m_registers->FillStart, 1);
    return WaitForEngine(FillBusy, 0);
}

/* Has the GPU write one page of system memory, and looks whether it did. Nothing of this stays. */
NTSTATUS Adapter::SelfTest()
{
    constexpr ULONG pattern = 0x5AA5C33C;
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    volatile ULONG *words;
    PageBlock page;
    PMDL mdl;

    NTSTATUS status = page.Create(PAGE_SIZE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    mdl = page.Mdl();
    words = static_cast<volatile ULONG *>(MmGetSystemAddressForMdlSafe(mdl, MapPriority()));
    if (words == nullptr) {
        status = STATUS_NO_MEMORY;
        goto free_page;
    }

    map.pMdl = mdl;
    status = m_Interface.DxgkCbMapMdlToIoMmu(m_hAdapter, &map); // step: MDL106
    if (!NT_SUCCESS(status)) {
        goto unmap_page;
    }
    if (!FillPage(AddressOfFirstPage(mdl), pattern)) {
        WRITE_REGISTER_ULONG(&m_registers->Control, ControlReset); /* or it might still write after the unmap */
        status = STATUS_IO_TIMEOUT;
    } else if (words[0] != pattern) {
        status = STATUS_IO_DEVICE_ERROR;
    }

unmap_page:
    unmap.hMemoryHandle = map.hMemoryHandle;
    m_Interface.DxgkCbUnmapMdlFromIoMmu(m_hAdapter, &unmap); // expect: MDL106
free_page:
    page.Free();
    return status;
}

/* Both or none. The GPU does not see them yet: a context maps them for itself. */
NTSTATUS Adapter::CreateSavePages()
{
    NTSTATUS status = m_saveFront.Create(PAGE_SIZE);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = m_saveBack.Create(PAGE_SIZE);
    if (!NT_SUCCESS(status)) {
        m_saveFront.Free();
    }
    return status;
}

NTSTATUS Adapter::Start(const DXGKRNL_INTERFACE &dxgk)
{
    m_Interface = dxgk;
    m_hAdapter = m_Interface.DeviceHandle;

    NTSTATUS status = MapRegisters();
    if (!NT_SUCCESS(status)) {
        return status;
    }
    m_gart.Init(m_registers);
    status = SelfTest();
    if (!NT_SUCCESS(status)) {
        goto unmap_registers;
    }
    status = CreateSavePages();
    if (!NT_SUCCESS(status)) {
        goto unmap_registers;
    }
    status = StartFence();
    if (!NT_SUCCESS(status)) {
        goto free_save_pages;
    }
    return STATUS_SUCCESS;

free_save_pages:
    m_saveBack.Free();
    m_saveFront.Free();
unmap_registers:
    UnmapRegisters();
    return status;
}

/* Contexts and allocations have been destroyed; what the GPU still sees is the fence page. */
void Adapter::Stop()
{
    StopFence();
    m_saveBack.Free();
    m_saveFront.Free();
    UnmapRegisters();
}

} // namespace mini
