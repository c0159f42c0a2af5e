// clean: an owner like unique_ptr, with a policy: returned, moved, passed by value, reset, released to a caller.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS use(PMDL mdl);

template <class T> struct NoReference { typedef T Type; };
template <class T> struct NoReference<T &> { typedef T Type; };
template <class T> typename NoReference<T>::Type &&move(T &&object)
{
    return static_cast<typename NoReference<T>::Type &&>(object);
}

struct FreePolicy {
    static void close(PMDL mdl) { IoFreeMdl(mdl); }
};

template <class Policy> class Storage {
protected:
    Storage() : m_mdl(nullptr) {}
    explicit Storage(PMDL mdl) : m_mdl(mdl) {}
    void replace(PMDL mdl)
    {
        if (m_mdl != nullptr)
            Policy::close(m_mdl);
        m_mdl = mdl;
    }
    PMDL m_mdl;
};

template <class Policy> class Unique : protected Storage<Policy> {
    typedef Storage<Policy> Base;

public:
    Unique() {}
    explicit Unique(PMDL mdl) : Base(mdl) {}
    Unique(Unique &&other) : Base(other.release()) {}
    Unique(const Unique &) = delete;
    Unique &operator=(Unique &&other)
    {
        if (this != &other)
            reset(other.release());
        return *this;
    }
    ~Unique() { reset(); }
    PMDL get() const { return this->m_mdl; }
    PMDL operator->() const { return this->m_mdl; }
    explicit operator bool() const { return this->m_mdl != nullptr; }
    void reset(PMDL mdl = nullptr) { this->replace(mdl); }
    PMDL release()
    {
        PMDL mdl = this->m_mdl;
        this->m_mdl = nullptr;
        return mdl;
    }
};

using UniqueMdl = Unique<FreePolicy>;

static UniqueMdl make(PVOID buffer)
{
    return UniqueMdl(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr));
}

static UniqueMdl make_named(PVOID buffer)
{
    UniqueMdl mdl(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr));
    if (mdl && mdl->ByteCount > PAGE_SIZE)
        mdl.reset();
    return mdl;
}

static void consume(UniqueMdl mdl)
{
    if (mdl)
        use(mdl.get());
}

NTSTATUS returned_ok(PVOID buffer)
{
    UniqueMdl mdl = make(buffer), other = make_named(buffer);
    if (!mdl || !other)
        return STATUS_INSUFFICIENT_RESOURCES;
    return use(mdl.get());
}

NTSTATUS moved_ok(PVOID buffer)
{
    UniqueMdl first = make(buffer), second;
    second = move(first);
    UniqueMdl third(move(second));
    return third ? use(third.get()) : STATUS_INSUFFICIENT_RESOURCES;
}

void by_value_ok(PVOID buffer)
{
    UniqueMdl mdl = make(buffer);
    consume(move(mdl));
    consume(make(buffer));
}

NTSTATUS released_ok(PVOID buffer, PMDL *result)
{
    UniqueMdl mdl = make(buffer);
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    *result = mdl.release();
    return STATUS_SUCCESS;
}

void temporary_ok(PVOID buffer)
{
    if (make(buffer))
        use(nullptr);
    make(buffer);
    const UniqueMdl &bound = make(buffer);
    if (bound)
        use(bound.get());
}

struct Request {
    UniqueMdl data;
    UniqueMdl reply;
    ULONG length;
};

/* The moves and the destructor of Request are the compiler's. */
NTSTATUS members_moved_ok(PVOID buffer)
{
    Request first{make(buffer), make(buffer), 0};
    Request second(move(first));
    return second.data && second.reply ? use(second.data.get()) : STATUS_INSUFFICIENT_RESOURCES;
}
