// The owner moves into the callee and is destroyed there; the pointer that was kept leads nowhere.
#include "wdk/d3dkmddi_iommu.h"

class Owner {
public:
    explicit Owner(PMDL mdl) : m_mdl(mdl) {}
    Owner(Owner &&other) : m_mdl(other.m_mdl) { other.m_mdl = nullptr; }
    ~Owner()
    {
        if (m_mdl)
            IoFreeMdl(m_mdl);
    }
    PMDL get() const { return m_mdl; }
    explicit operator bool() const { return !!m_mdl; }

private:
    PMDL m_mdl;
};

void use(PMDL mdl);

static void consume(Owner owner)
{
    use(owner.get());
}

void kept_bad(PVOID buffer)
{
    Owner owner(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr));
    if (!owner)
        return;
    PMDL raw = owner.get();
    consume(static_cast<Owner &&>(owner));
    use(raw); // expect: MDL005
}

void kept_ok(PVOID buffer)
{
    Owner owner(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr));
    if (!owner)
        return;
    use(owner.get());
    consume(static_cast<Owner &&>(owner));
}

/* The temporary is gone at the semicolon. */
void temporary_bad(PVOID buffer)
{
    PMDL raw = Owner(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr)).get();
    if (raw)
        use(raw); // expect: MDL005
}

void bound_temporary_ok(PVOID buffer)
{
    const Owner &owner = Owner(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr));
    if (owner)
        use(owner.get());
}
