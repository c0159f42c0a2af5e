// The pages are unlocked while the GPU can still reach them.
#include "wdk/d3dkmddi_iommu.h"

class Uploader {
public:
    NTSTATUS upload_bad(PVOID buffer, ULONG length);
    NTSTATUS upload_ok(PVOID buffer, ULONG length);

private:
    NTSTATUS copy(ULONG length);

    DXGKRNL_INTERFACE m_dxgk;
};

NTSTATUS Uploader::upload_bad(PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_NO_MEMORY;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    map.pMdl = mdl;
    status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map); // step: MDL102
    if (NT_SUCCESS(status)) {
        status = copy(length);
        MmUnlockPages(mdl); // expect: MDL102 "unlocked while it is mapped to the IOMMU"
        unmap.hMemoryHandle = map.hMemoryHandle;
        m_dxgk.DxgkCbUnmapMdlFromIoMmu(m_dxgk.DeviceHandle, &unmap);
    } else {
        MmUnlockPages(mdl);
    }
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS Uploader::upload_ok(PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_NO_MEMORY;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    map.pMdl = mdl;
    status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        status = copy(length);
        unmap.hMemoryHandle = map.hMemoryHandle;
        m_dxgk.DxgkCbUnmapMdlFromIoMmu(m_dxgk.DeviceHandle, &unmap);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
