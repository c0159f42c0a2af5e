// Init maps, Stop only notes that it stopped, Release unlocks and frees: the mapping outlives the object's pages.
#include "wdk/d3dkmddi_iommu.h"
#include <excpt.h>

class Stream {
public:
    NTSTATUS Init(PMDL locked);
    void Stop();
    void Release_bad();

private:
    PMDL m_mdl;
    PVOID m_address;
    bool m_running;
};

NTSTATUS Stream::Init(PMDL locked)
{
    m_mdl = locked;
    __try {
        m_address = MmMapLockedPagesSpecifyCache(m_mdl, UserMode, MmCached, nullptr, FALSE, NormalPagePriority); // step: MDL002
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    m_running = true;
    return STATUS_SUCCESS;
}

void Stream::Stop()
{
    m_running = false;
}

void Stream::Release_bad()
{
    if (m_mdl == nullptr)
        return;
    MmUnlockPages(m_mdl); // expect: MDL002 "user mapping"
    IoFreeMdl(m_mdl);
    m_mdl = nullptr;
}
