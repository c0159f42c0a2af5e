/*
 * allocation.cpp - allocations: memory of the application or pages of ours, and the two DDI functions that make and
 * destroy them in groups.
 */
#include "dispmini.h"
#include <excpt.h>

namespace mini {

void Allocation::Init(Adapter &adapter)
{
    m_adapter = &adapter;
    m_backing = Backing::None;
    m_mdl = nullptr;
    m_view.Mapped = false;
    m_range.Count = 0;
}

/* Locks memory of the current process for the GPU to read and write. On failure m_mdl is NULL. */
NTSTATUS Allocation::Pin(PVOID address, ULONG length)
{
    PMDL mdl = IoAllocateMdl(address, length, FALSE, FALSE, nullptr);

    m_mdl = nullptr;
    if (mdl == nullptr) {
        return STATUS_NO_MEMORY;
    }
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        NTSTATUS status = GetExceptionCode();
        IoFreeMdl(mdl);
        return status;
    }
    m_mdl = mdl;
    return STATUS_SUCCESS;
}

void Allocation::Unpin()
{
    MmUnlockPages(m_mdl);
    IoFreeMdl(m_mdl);
    m_mdl = nullptr;
}

NTSTATUS Allocation::CreateFromUser(PVOID address, ULONG length)
{
    NTSTATUS status = Pin(address, length);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = m_adapter->MapMdl(m_mdl, m_view); // step: MDL102
    if (!NT_SUCCESS(status)) {
        Unpin();
        return status;
    }
    status = m_adapter->Aperture().Insert(m_mdl, m_range);
    if (!NT_SUCCESS(status)) {
        goto unlock;
    }
    m_backing = Backing::User;
    return STATUS_SUCCESS;

unlock:
    MmUnlockPages(m_mdl); // expect: MDL102 "mapped to the IOMMU"
    m_adapter->UnmapMdl(m_view);
    IoFreeMdl(m_mdl);
    m_mdl = nullptr;
    return status;
}

NTSTATUS Allocation::CreateFromPages(SIZE_T length)
{
    NTSTATUS status = m_pages.Create(length);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = m_adapter->MapMdl(m_pages, m_view);
    if (!NT_SUCCESS(status)) {
        goto free_pages;
    }
    status = m_adapter->Aperture().Insert(m_pages.Mdl(), m_range);
    if (!NT_SUCCESS(status)) {
        goto unmap;
    }
    m_backing = Backing::Pages;
    return STATUS_SUCCESS;

unmap:
    m_adapter->UnmapMdl(m_view);
free_pages:
    m_pages.Free();
    return status;
}

NTSTATUS Allocation::Create(const AllocationRequest &request)
{
    if (request.Length == 0 || request.Length > MaximumAllocation || request.Length % PAGE_SIZE != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    switch (request.Kind) {
    case Backing::User:
        if (request.UserAddress % PAGE_SIZE != 0) {
            return STATUS_INVALID_PARAMETER;
        }
        return CreateFromUser(reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(request.UserAddress)),
                              static_cast<ULONG>(request.Length));
    case Backing::Pages:
        return CreateFromPages(static_cast<SIZE_T>(request.Length));
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/* First the GPU loses sight of the memory, then the IOMMU does, and only then may the memory change hands. */
void Allocation::Destroy()
{
    m_adapter->Aperture().Remove(m_range);
    m_adapter->UnmapMdl(m_view);
    if (m_backing == Backing::User) {
        Unpin();
    } else if (m_backing == Backing::Pages) {
        m_pages.Free();
    }
    m_backing = Backing::None;
}

static NTSTATUS CreateOne(Adapter &adapter, DXGK_ALLOCATIONINFO &info)
{
    const AllocationRequest *request = static_cast<const AllocationRequest *>(info.pPrivateDriverData);

    if (request == nullptr || info.PrivateDriverDataSize < sizeof(*request)) {
        return STATUS_INVALID_PARAMETER;
    }
    Allocation *allocation = static_cast<Allocation *>(Allocate(sizeof(Allocation)));
    if (allocation == nullptr) {
        return STATUS_NO_MEMORY;
    }
    allocation->Init(adapter);
    NTSTATUS status = allocation->Create(*request);
    if (!NT_SUCCESS(status)) {
        Free(allocation);
        return status;
    }
    info.Size = static_cast<SIZE_T>(request->Length);
    info.hAllocation = allocation;
    return STATUS_SUCCESS;
}

static void DestroyOne(HANDLE handle)
{
    Allocation *allocation = static_cast<Allocation *>(handle);

    allocation->Destroy();
    Free(allocation);
}

NTSTATUS Adapter::CreateAllocations(DXGKARG_CREATEALLOCATION &request)
{
    for (UINT i = 0; i < request.NumAllocations; i++) {
        NTSTATUS status = CreateOne(*this, request.pAllocationInfo[i]);

        if (!NT_SUCCESS(status)) {
            while (i > 0) {
                i--;
                DestroyOne(request.pAllocationInfo[i].hAllocation);
                request.pAllocationInfo[i].hAllocation = nullptr;
            }
            return status;
        }
    }
    return STATUS_SUCCESS;
}

void Adapter::DestroyAllocations(const DXGKARG_DESTROYALLOCATION &request)
{
    for (UINT i = 0; i < request.NumAllocations; i++) {
        DestroyOne(request.pAllocationList[i]);
    }
}

} // namespace mini
