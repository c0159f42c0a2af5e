// A class with a destructor and no copy constructor: both copies free the MDL.
#include "wdk/d3dkmddi_iommu.h"

struct Owner {
    explicit Owner(PVOID buffer) : mdl(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr)) {}
    ~Owner()
    {
        if (mdl != nullptr)
            IoFreeMdl(mdl);
    }
    PMDL mdl;
};

struct Counted {
    explicit Counted(PVOID buffer) : mdl(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr)), owns(true) {}
    Counted(const Counted &other) : mdl(other.mdl), owns(false) {}
    ~Counted()
    {
        if (owns && mdl)
            IoFreeMdl(mdl);
    }
    PMDL mdl;
    bool owns;
};

void copied_bad(PVOID buffer)
{
    Owner first(buffer);
    Owner second = first;
} // expect: MDL006

void passed_bad(PVOID buffer, void (*look)(PMDL))
{
    Owner owner(buffer);
    auto inspect = [look](Owner copy) { look(copy.mdl); };
    if (owner.mdl)
        inspect(owner);
} // expect: MDL006

void copied_ok(PVOID buffer)
{
    Counted first(buffer);
    Counted second = first, third(second);
}

void freed_by_hand_bad(PVOID buffer)
{
    Owner *owner = new Owner(buffer);
    if (owner == nullptr)
        return;
    if (owner->mdl)
        IoFreeMdl(owner->mdl);
    delete owner; // expect: MDL006
}

void freed_by_hand_ok(PVOID buffer)
{
    Owner *owner = new Owner(buffer);
    if (owner == nullptr)
        return;
    if (owner->mdl)
        IoFreeMdl(owner->mdl);
    owner->mdl = nullptr;
    delete owner;
}
