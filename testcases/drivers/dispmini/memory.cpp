/*
 * memory.cpp - the two kinds of memory that the driver makes. Neither knows of the IOMMU: whoever has mapped the MDL
 * unmaps it before Free.
 */
#include "dispmini.h"

namespace mini {

void *Allocate(SIZE_T length)
{
    void *memory = ExAllocatePoolWithTag(NonPagedPoolNx, length, PoolTag);

    if (memory != nullptr) {
        RtlZeroMemory(memory, length);
    }
    return memory;
}

void Free(void *memory)
{
    ExFreePoolWithTag(memory, PoolTag);
}

/* A block of PAGE_SIZE begins on a page, so that the GPU gets to see nothing else of the pool. */
NTSTATUS FencePage::Create()
{
    void *memory = Allocate(PAGE_SIZE);

    if (memory == nullptr) {
        return STATUS_NO_MEMORY;
    }
    PMDL mdl = IoAllocateMdl(memory, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (mdl == nullptr) {
        mini::Free(memory);
        return STATUS_NO_MEMORY;
    }
    MmBuildMdlForNonPagedPool(mdl);
    m_value = static_cast<volatile ULONG *>(memory);
    m_mdl = mdl;
    return STATUS_SUCCESS;
}

void FencePage::Free()
{
    IoFreeMdl(m_mdl); // step: MDL101
    mini::Free(const_cast<ULONG *>(m_value));
    m_mdl = nullptr;
    m_value = nullptr;
}

NTSTATUS PageBlock::Create(SIZE_T length)
{
    PHYSICAL_ADDRESS low, high, skip;

    low.QuadPart = 0;
    high.QuadPart = -1;
    skip.QuadPart = 0;
    m_mdl = MmAllocatePagesForMdlEx(low, high, skip, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    return m_mdl != nullptr ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

void PageBlock::Free()
{
    if (m_mdl == nullptr) {
        return;
    }
    MmFreePagesFromMdl(m_mdl);
    ExFreePool(m_mdl);
    m_mdl = nullptr;
}

} // namespace mini
