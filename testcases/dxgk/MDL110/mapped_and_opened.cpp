// The processor's view of a physical memory object, and an object that is opened on an adapter later.
#include "wdk/d3dkmddi_iommu.h"

class Memory {
public:
    explicit Memory(DXGKRNL_INTERFACE *dxgk) : m_dxgk(dxgk), m_object(nullptr), m_adapter(nullptr), m_view(nullptr), m_size(0) {}

    NTSTATUS Create(SIZE_T size)
    {
        DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT args = {};

        args.Size = size;
        NTSTATUS status = m_dxgk->DxgkCbCreatePhysicalMemoryObject(&args);
        if (NT_SUCCESS(status))
            m_object = args.hPhysicalMemoryObject;
        return status;
    }

    NTSTATUS Open()
    {
        DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT args = {m_object, m_dxgk->DeviceHandle, nullptr};
        NTSTATUS status = m_dxgk->DxgkCbOpenPhysicalMemoryObject(&args);
        if (NT_SUCCESS(status))
            m_adapter = args.hAdapterMemoryObject;
        return status;
    }

    NTSTATUS Map(SIZE_T size)
    {
        DXGKARGCB_MAP_PHYSICAL_MEMORY args = {};

        args.hPhysicalMemoryObject = m_object;
        args.Size = size;
        NTSTATUS status = m_dxgk->DxgkCbMapPhysicalMemory(&args);
        if (NT_SUCCESS(status)) {
            m_view = args.pMappedAddress;
            m_size = args.Size;
        }
        return status;
    }

    void Unmap()
    {
        DXGKARGCB_UNMAP_PHYSICAL_MEMORY args = {m_object, m_view, m_size};

        m_dxgk->DxgkCbUnmapPhysicalMemory(&args);
    }

    void Destroy()
    {
        DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT args = {m_object, m_adapter};

        m_dxgk->DxgkCbDestroyPhysicalMemoryObject(&args);
    }

    ULONG First() const { return *static_cast<ULONG *>(m_view); }

private:
    DXGKRNL_INTERFACE *m_dxgk;
    HANDLE m_object, m_adapter;
    void *m_view;
    SIZE_T m_size;
};

NTSTATUS peek_bad(DXGKRNL_INTERFACE *dxgk, ULONG *word)
{
    Memory memory(dxgk);
    NTSTATUS status = memory.Create(PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    status = memory.Map(PAGE_SIZE);
    if (NT_SUCCESS(status))
        *word = memory.First();
    memory.Destroy(); // expect: MDL110 "view"
    return status;
}

NTSTATUS peek_ok(DXGKRNL_INTERFACE *dxgk, ULONG *word)
{
    Memory memory(dxgk);
    NTSTATUS status = memory.Create(PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    status = memory.Map(PAGE_SIZE);
    if (NT_SUCCESS(status)) {
        *word = memory.First();
        memory.Unmap();
    }
    memory.Destroy();
    return status;
}

NTSTATUS late_bad(DXGKRNL_INTERFACE *dxgk, ULONG *word)
{
    Memory memory(dxgk);
    NTSTATUS status = memory.Create(PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    status = memory.Map(PAGE_SIZE);
    if (NT_SUCCESS(status)) {
        memory.Unmap();
        *word = memory.First(); // expect: MDL110
    }
    memory.Destroy();
    return status;
}

NTSTATUS open_ok(DXGKRNL_INTERFACE *dxgk)
{
    Memory memory(dxgk);
    NTSTATUS status = memory.Create(PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    status = memory.Open();
    memory.Destroy();
    return status;
}

NTSTATUS destroyed_twice_bad(DXGKRNL_INTERFACE *dxgk)
{
    Memory memory(dxgk);
    NTSTATUS status = memory.Create(PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    status = memory.Open();
    memory.Destroy();
    memory.Destroy(); // expect: MDL110 "destroyed twice"
    return status;
}
