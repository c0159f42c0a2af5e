// clean: guards that run a lambda, dismissed or not, with captures by reference, by value and by initialiser.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS use(PMDL mdl);

template <class Function> class Cleanup {
public:
    explicit Cleanup(Function function) : m_function(function), m_isArmed(true) {}
    Cleanup(Cleanup &&other) : m_function(other.m_function), m_isArmed(other.m_isArmed) { other.m_isArmed = false; }
    ~Cleanup()
    {
        if (m_isArmed)
            m_function();
    }
    void dismiss() { m_isArmed = false; }

private:
    Function m_function;
    bool m_isArmed;
};

template <class Function> Cleanup<Function> on_exit(Function function)
{
    return Cleanup<Function>(function);
}

static NTSTATUS pin(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_ACCESS_VIOLATION;
    }
    return STATUS_SUCCESS;
}

NTSTATUS by_reference_ok(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (mdl == nullptr)
        return STATUS_INSUFFICIENT_RESOURCES;
    auto release = on_exit([&] { IoFreeMdl(mdl); });
    NTSTATUS status = pin(mdl);
    if (!NT_SUCCESS(status))
        return status;
    auto unlock = on_exit([&] { MmUnlockPages(mdl); });
    return use(mdl);
}

NTSTATUS by_value_ok(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (mdl == nullptr)
        return STATUS_INSUFFICIENT_RESOURCES;
    auto release = on_exit([=] { IoFreeMdl(mdl); });
    auto status = pin(mdl);
    if (NT_SUCCESS(status)) {
        auto unlock = on_exit([locked = mdl] { MmUnlockPages(locked); });
        status = use(mdl);
    }
    return status;
}

NTSTATUS dismissed_ok(PVOID buffer, PMDL *result)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    auto release = on_exit([&mdl] { IoFreeMdl(mdl); });
    NTSTATUS status = use(mdl);
    if (!NT_SUCCESS(status))
        return status;
    release.dismiss();
    *result = mdl;
    return STATUS_SUCCESS;
}

/* The guard follows the variable, not the value that it had. */
NTSTATUS armed_before_the_allocation_ok(PVOID buffer)
{
    PMDL mdl = nullptr;
    auto release = on_exit([&] {
        if (mdl != nullptr)
            IoFreeMdl(mdl);
    });
    mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    return mdl ? use(mdl) : STATUS_INSUFFICIENT_RESOURCES;
}

void called_by_name_and_at_once_ok(PVOID buffer)
{
    PMDL mdl = [buffer]() { return IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr); }();
    auto release = [&mdl] {
        if (mdl != nullptr)
            IoFreeMdl(mdl);
        mdl = nullptr;
    };
    release();
    release();
}

class Device {
public:
    NTSTATUS members_ok(PVOID buffer);

private:
    void close() { IoFreeMdl(m_mdl); m_mdl = nullptr; }
    PMDL m_mdl;
};

NTSTATUS Device::members_ok(PVOID buffer)
{
    m_mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (m_mdl == nullptr)
        return STATUS_INSUFFICIENT_RESOURCES;
    auto release = on_exit([this] { close(); });
    return use(m_mdl);
}

void generic_ok(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    auto with = [&](auto function) {
        if (mdl)
            function(mdl);
    };
    with([](PMDL given) { use(given); });
    with([](PMDL given) { IoFreeMdl(given); });
}
