// Before C++17, too, a guard that a function returns is made in its place: it runs once, at the end of the block.
// args: -std=c++14
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS use(PMDL mdl);

template <class Function> class Guard {
public:
    explicit Guard(Function function) : m_function(function) {}
    Guard(Guard &&other) : m_function(other.m_function) {}
    ~Guard() { m_function(); }

private:
    Function m_function;
};

template <class Function> Guard<Function> on_exit(Function function)
{
    return Guard<Function>(function);
}

NTSTATUS by_reference_ok(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (mdl == nullptr)
        return STATUS_INSUFFICIENT_RESOURCES;
    auto release = on_exit([&] { IoFreeMdl(mdl); });
    return use(mdl);
}

NTSTATUS of_two_ok(PVOID buffer, BOOLEAN is_first)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (mdl == nullptr)
        return STATUS_INSUFFICIENT_RESOURCES;
    auto free = [mdl] { IoFreeMdl(mdl); };
    auto release = is_first ? on_exit(free) : Guard<decltype(free)>(free);
    return use(mdl);
}

NTSTATUS freed_by_hand_bad(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (mdl == nullptr)
        return STATUS_INSUFFICIENT_RESOURCES;
    auto release = on_exit([&] { IoFreeMdl(mdl); });
    NTSTATUS status = use(mdl);
    if (!NT_SUCCESS(status))
        IoFreeMdl(mdl);
    return status; // expect: MDL006
}
