// clean: destructors do the clean-up: on every way out, for members in reverse, through delete, in each round of a loop.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS use(PMDL mdl);
bool wanted(PMDL mdl);

class PinnedMdl {
public:
    PinnedMdl(PVOID buffer, ULONG length) : m_mdl(IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr)) {}
    PinnedMdl(const PinnedMdl &) = delete;
    PinnedMdl &operator=(const PinnedMdl &) = delete;
    ~PinnedMdl()
    {
        if (m_mdl == nullptr)
            return;
        if (m_locked)
            MmUnlockPages(m_mdl);
        IoFreeMdl(m_mdl);
    }
    NTSTATUS pin();
    PMDL get() const { return m_mdl; }

private:
    PMDL m_mdl;
    bool m_locked = false;
};

NTSTATUS PinnedMdl::pin()
{
    if (m_mdl == nullptr)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(m_mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    m_locked = true;
    return STATUS_SUCCESS;
}

class UserView {
public:
    explicit UserView(PMDL mdl) : m_mdl(mdl), m_address() {}
    ~UserView()
    {
        if (m_address != nullptr)
            MmUnmapLockedPages(m_address, m_mdl);
    }
    NTSTATUS map();

private:
    PMDL m_mdl;
    PVOID m_address;
};

NTSTATUS UserView::map()
{
    __try {
        m_address = MmMapLockedPagesSpecifyCache(m_mdl, UserMode, MmCached, nullptr, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_UNSUCCESSFUL;
    }
    return m_address ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS early_returns_ok(PVOID buffer, ULONG length)
{
    PinnedMdl mdl(buffer, length);
    NTSTATUS status = mdl.pin();
    if (!NT_SUCCESS(status))
        return status;
    UserView view{mdl.get()};
    status = view.map();
    if (!NT_SUCCESS(status))
        return status;
    return use(mdl.get());
}

NTSTATUS rounds_ok(PVOID *buffers, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        PinnedMdl mdl(buffers[i], PAGE_SIZE);
        if (!NT_SUCCESS(mdl.pin()))
            continue;
        UserView view(mdl.get());
        if (!NT_SUCCESS(view.map()))
            break;
        if (wanted(mdl.get()))
            return use(mdl.get());
    }
    return STATUS_NOT_FOUND;
}

NTSTATUS jump_back_ok(PVOID buffer)
{
    int tries = 0;
again:
    PinnedMdl mdl(buffer, PAGE_SIZE);
    NTSTATUS status = mdl.pin();
    if (!NT_SUCCESS(status) && tries++ == 0)
        goto again;
    return status;
}

void switch_ok(PVOID buffer, int kind)
{
    switch (kind) {
    case 1: {
        PinnedMdl mdl(buffer, PAGE_SIZE);
        if (!NT_SUCCESS(mdl.pin()))
            break;
        use(mdl.get());
        break;
    }
    default: break;
    }
}

/* Members are destroyed from the last to the first. */
struct Transfer {
    explicit Transfer(PVOID buffer) : mdl(buffer, PAGE_SIZE), view(mdl.get()) {}
    NTSTATUS start()
    {
        NTSTATUS status = mdl.pin();
        return NT_SUCCESS(status) ? view.map() : status;
    }

    PinnedMdl mdl;
    UserView view;
};

NTSTATUS members_ok(PVOID buffer)
{
    Transfer transfer(buffer);
    return transfer.start();
}

NTSTATUS deleted_ok(PVOID buffer)
{
    Transfer *transfer = new Transfer(buffer);
    if (transfer == nullptr)
        return STATUS_NO_MEMORY;
    NTSTATUS status = transfer->start();
    delete transfer;
    return status;
}

NTSTATUS array_ok(PVOID first, PVOID second)
{
    PinnedMdl pair[2] = {{first, PAGE_SIZE}, {second, PAGE_SIZE}};
    NTSTATUS status = pair[0].pin();
    return NT_SUCCESS(status) ? pair[1].pin() : status;
}
