// The guard is dismissed before the last step that can fail: on that way nobody unlocks.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS start(PMDL mdl);
void keep(PMDL mdl);

class LockGuard {
public:
    LockGuard() = default;
    LockGuard(const LockGuard &) = delete;
    ~LockGuard()
    {
        if (m_mdl)
            MmUnlockPages(m_mdl);
    }
    NTSTATUS lock(PMDL mdl)
    {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            return GetExceptionCode();
        }
        m_mdl = mdl;
        return STATUS_SUCCESS;
    }
    void dismiss() { m_mdl = nullptr; }

private:
    PMDL m_mdl{};
};

static NTSTATUS check(ULONG length)
{
    return length > PAGE_SIZE ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

NTSTATUS dismissed_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    LockGuard guard;
    NTSTATUS status = guard.lock(mdl);
    guard.dismiss();
    if (NT_SUCCESS(status))
        status = check(length);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl); // expect: MDL004
        return status;
    }
    keep(mdl);
    return status;
}

NTSTATUS dismissed_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status;
    {
        LockGuard guard;
        status = guard.lock(mdl);
        if (NT_SUCCESS(status))
            status = check(length);
        if (NT_SUCCESS(status)) {
            guard.dismiss();
            keep(mdl);
            return status;
        }
    }
    IoFreeMdl(mdl);
    return status;
}
