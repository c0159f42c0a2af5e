// clean
/*
 * gart.cpp - the GPU's aperture table: first fit over an array of entries. Allocations are few and large, so a search
 * from the start costs less than the table writes that follow it.
 */
#include "dispmini.h"

namespace mini {

void Gart::Init(Registers *registers)
{
    m_registers = registers;
    ExInitializeFastMutex(&m_lock);
    for (ULONG i = 0; i < GartEntries; i++) {
        m_used[i] = false;
        Write(i, 0);
    }
    Flush();
}

/* The bus splits a 64-bit access; the half with the valid bit is written last, and first when it is cleared. */
void Gart::Write(ULONG entry, ULONGLONG value)
{
    PULONG half = reinterpret_cast<PULONG>(&m_registers->Gart[entry]);

    if (value & GartValid) {
        WRITE_REGISTER_ULONG(half + 1, static_cast<ULONG>(value >> 32));
        WRITE_REGISTER_ULONG(half, static_cast<ULONG>(value));
    } else {
        WRITE_REGISTER_ULONG(half, static_cast<ULONG>(value));
        WRITE_REGISTER_ULONG(half + 1, static_cast<ULONG>(value >> 32));
    }
}

/* Reading the register back waits until the GPU has dropped its cached entries. */
void Gart::Flush()
{
    WRITE_REGISTER_ULONG(&m_registers->GartFlush, 1);
    (void)READ_REGISTER_ULONG(&m_registers->GartFlush);
}

bool Gart::FindFree(ULONG count, ULONG &first) const
{
    ULONG run = 0;

    for (ULONG i = 0; i < GartEntries; i++) {
        run = m_used[i] ? 0 : run + 1;
        if (run == count) {
            first = i + 1 - count;
            return true;
        }
    }
    return false;
}

NTSTATUS Gart::Insert(PMDL mdl, GartRange &range)
{
    const PFN_NUMBER *pages = MmGetMdlPfnArray(mdl);
    ULONG count = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl));
    ULONG first = 0;
    NTSTATUS status = STATUS_GRAPHICS_NO_VIDEO_MEMORY;

    range.First = 0;
    range.Count = 0;
    ExAcquireFastMutex(&m_lock);
    if (count != 0 && FindFree(count, first)) {
        /* The IOMMU maps one to one in this model, so the physical address is what the GPU puts on the bus. */
        for (ULONG i = 0; i < count; i++) {
            m_used[first + i] = true;
            Write(first + i, (static_cast<ULONGLONG>(pages[i]) << PAGE_SHIFT) | GartValid);
        }
        Flush();
        range.First = first;
        range.Count = count;
        status = STATUS_SUCCESS;
    }
    ExReleaseFastMutex(&m_lock);
    return status;
}

void Gart::Remove(GartRange &range)
{
    ExAcquireFastMutex(&m_lock);
    for (ULONG i = 0; i < range.Count; i++) {
        Write(range.First + i, 0);
        m_used[range.First + i] = false;
    }
    Flush();
    range.Count = 0;
    ExReleaseFastMutex(&m_lock);
}

} // namespace mini
