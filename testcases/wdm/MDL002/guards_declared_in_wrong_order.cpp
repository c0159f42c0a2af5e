// Objects are destroyed in reverse: what is declared first is undone last. Here the view outlives the lock.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS use(PMDL mdl);

class LockGuard {
public:
    explicit LockGuard(PMDL mdl) : m_mdl(mdl), m_locked(false) {}
    ~LockGuard()
    {
        if (m_locked)
            MmUnlockPages(m_mdl);
    }
    bool lock()
    {
        __try {
            MmProbeAndLockPages(m_mdl, UserMode, IoWriteAccess);
            m_locked = true;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
        }
        return m_locked;
    }

private:
    PMDL m_mdl;
    bool m_locked;
};

class ViewGuard {
public:
    explicit ViewGuard(PMDL mdl) : m_mdl(mdl) {}
    ~ViewGuard() { close(); }
    bool open()
    {
        __try {
            m_view = MmMapLockedPagesSpecifyCache(m_mdl, UserMode, MmCached, nullptr, FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
        }
        return m_view != nullptr;
    }
    void close()
    {
        if (m_view != nullptr)
            MmUnmapLockedPages(m_view, m_mdl);
        m_view = nullptr;
    }

private:
    PMDL m_mdl;
    PVOID m_view = nullptr;
};

NTSTATUS view_first_bad(PMDL mdl)
{
    ViewGuard view(mdl);
    LockGuard lock(mdl);

    if (!lock.lock() || !view.open())
        return STATUS_ACCESS_VIOLATION;
    return use(mdl); // expect: MDL002
}

NTSTATUS lock_first_ok(PMDL mdl)
{
    LockGuard lock(mdl);
    ViewGuard view(mdl);

    if (!lock.lock() || !view.open())
        return STATUS_ACCESS_VIOLATION;
    return use(mdl);
}

NTSTATUS closed_early_ok(PMDL mdl)
{
    ViewGuard view(mdl);
    LockGuard lock(mdl);

    if (!lock.lock() || !view.open())
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = use(mdl);
    view.close();
    return status;
}

/* Members, too: `lock` is destroyed before `view`. */
struct Backwards {
    ViewGuard view;
    LockGuard lock;
};

NTSTATUS members_bad(PMDL mdl)
{
    Backwards guards{ViewGuard(mdl), LockGuard(mdl)};

    if (!guards.lock.lock() || !guards.view.open())
        return STATUS_ACCESS_VIOLATION;
    return use(mdl); // expect: MDL002
}

struct Forwards {
    LockGuard lock;
    ViewGuard view;
};

NTSTATUS members_ok(PMDL mdl)
{
    Forwards guards{LockGuard(mdl), ViewGuard(mdl)};

    if (!guards.lock.lock() || !guards.view.open())
        return STATUS_ACCESS_VIOLATION;
    return use(mdl);
}

NTSTATUS inner_scope_ok(PMDL mdl)
{
    LockGuard lock(mdl);
    NTSTATUS status = STATUS_ACCESS_VIOLATION;

    if (lock.lock()) {
        ViewGuard view(mdl);
        if (view.open())
            status = use(mdl);
    }
    return status;
}
