// clean: what a call through a base class reaches is decided by the object; delete finds the derived destructor.
#include "wdk/d3dkmddi_iommu.h"

class Logger {
public:
    virtual ~Logger() {}
    virtual void log(NTSTATUS status) { m_last = status; }
    NTSTATUS m_last;
};

class Mapping {
public:
    explicit Mapping(PMDL mdl) : m_mdl(mdl) {}
    virtual ~Mapping() = default;
    virtual NTSTATUS open() = 0;
    virtual void close() = 0;

protected:
    PMDL m_mdl;
};

class UserMapping : public Logger, public Mapping {
public:
    explicit UserMapping(PMDL mdl) : Mapping(mdl), m_address(nullptr) {}
    ~UserMapping() override { UserMapping::close(); }
    NTSTATUS open() override;
    void close() override;

private:
    PVOID m_address;
};

NTSTATUS UserMapping::open()
{
    __try {
        m_address = MmMapLockedPagesSpecifyCache(m_mdl, UserMode, MmCached, nullptr, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_UNSUCCESSFUL;
    }
    return m_address ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

void UserMapping::close()
{
    if (m_address != nullptr) {
        MmUnmapLockedPages(m_address, m_mdl);
        m_address = nullptr;
    }
}

class NoMapping : public Mapping {
public:
    using Mapping::Mapping;
    NTSTATUS open() override { return STATUS_SUCCESS; }
    void close() override {}
};

NTSTATUS reference_ok(PMDL locked)
{
    UserMapping object(locked);
    Mapping &mapping = object;
    NTSTATUS status = mapping.open();
    mapping.close();
    MmUnlockPages(locked);
    return status;
}

NTSTATUS deleted_ok(PMDL locked)
{
    Mapping *mapping = new UserMapping(locked);
    if (mapping == nullptr)
        return STATUS_NO_MEMORY;
    NTSTATUS status = mapping->open();
    delete mapping;
    MmUnlockPages(locked);
    IoFreeMdl(locked);
    return status;
}

/* One that wraps another keeps the base class's part of the work. */
class LoudMapping : public UserMapping {
public:
    explicit LoudMapping(PMDL mdl) : UserMapping(mdl) {}
    void close() override
    {
        log(STATUS_SUCCESS);
        UserMapping::close();
    }
};

NTSTATUS two_levels_ok(PMDL locked)
{
    LoudMapping mapping(locked);
    UserMapping *pointer = &mapping;
    NTSTATUS status = pointer->open();
    pointer->close();
    MmUnlockPages(locked);
    return status;
}
