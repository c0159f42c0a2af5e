// clean: operator new of the class, of the program with pool arguments, and placement; the constructor runs only with memory.
#include "wdk/d3dkmddi_iommu.h"

void *operator new(size_t size, POOL_TYPE type, ULONG tag) noexcept
{
    return ExAllocatePoolWithTag(type, size, tag);
}

void *operator new(size_t, void *place) noexcept
{
    return place;
}

void operator delete(void *memory) noexcept
{
    if (memory)
        ExFreePool(memory);
}

NTSTATUS use(PMDL mdl);

class Buffer {
public:
    explicit Buffer(PVOID data) : m_mdl(IoAllocateMdl(data, PAGE_SIZE, FALSE, FALSE, nullptr)) {}
    ~Buffer()
    {
        if (m_mdl)
            IoFreeMdl(m_mdl);
    }
    PMDL m_mdl;
};

class Pooled : public Buffer {
public:
    using Buffer::Buffer;
    static void *operator new(size_t size) noexcept { return ExAllocatePoolWithTag(NonPagedPool, size, 'fuB '); }
    static void operator delete(void *memory) { ExFreePoolWithTag(memory, 'fuB '); }
};

NTSTATUS pool_ok(PVOID data)
{
    auto *buffer = new (NonPagedPool, 'fuB ') Buffer(data);
    if (buffer == nullptr)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = buffer->m_mdl ? use(buffer->m_mdl) : STATUS_INSUFFICIENT_RESOURCES;
    delete buffer;
    return status;
}

NTSTATUS class_ok(PVOID data)
{
    Pooled *buffer = new Pooled(data);
    if (!buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    delete buffer;
    return STATUS_SUCCESS;
}

NTSTATUS placement_ok(PVOID data, PVOID context)
{
    Buffer *buffer = new (context) Buffer(data);
    NTSTATUS status = buffer->m_mdl ? use(buffer->m_mdl) : STATUS_INSUFFICIENT_RESOURCES;
    buffer->~Buffer();
    return status;
}
