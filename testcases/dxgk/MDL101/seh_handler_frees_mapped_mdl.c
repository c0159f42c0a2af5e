// Writing the result to the caller's record raises while the MDL is mapped to the IOMMU: the handler frees it as if nothing were.
#include "wdk/d3dkmddi_iommu.h"

static NTSTATUS ring_map(const DXGKRNL_INTERFACE *dxgk, PMDL mdl, HANDLE *memory)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status;

    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map); // step: MDL101
    if (NT_SUCCESS(status))
        *memory = map.hMemoryHandle;
    return status;
}

static void ring_unmap(const DXGKRNL_INTERFACE *dxgk, HANDLE memory)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};

    unmap.hMemoryHandle = memory;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
}

NTSTATUS ring_start_bad(const DXGKRNL_INTERFACE *dxgk, PVOID pool, ULONG length, PULONG user_result)
{
    HANDLE memory = NULL;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    status = ring_map(dxgk, mdl, &memory);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    __try {
        ProbeForWrite(user_result, sizeof(*user_result), sizeof(ULONG));
        *user_result = length;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(mdl); // expect: MDL101 "mapped to the IOMMU"
        return status;
    }
    ring_unmap(dxgk, memory);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS ring_start_ok(const DXGKRNL_INTERFACE *dxgk, PVOID pool, ULONG length, PULONG user_result)
{
    HANDLE memory = NULL;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    status = ring_map(dxgk, mdl, &memory);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    __try {
        ProbeForWrite(user_result, sizeof(*user_result), sizeof(ULONG));
        *user_result = length;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    ring_unmap(dxgk, memory);
    IoFreeMdl(mdl);
    return status;
}
