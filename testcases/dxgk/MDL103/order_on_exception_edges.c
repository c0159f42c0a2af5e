// The right order on the way that succeeds, the wrong one in the handler and in the termination handler.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS device_start(PVOID device);

static PMDL pages_of(SIZE_T bytes)
{
    PHYSICAL_ADDRESS none = {0}, any;

    any.QuadPart = -1;
    return MmAllocatePagesForMdlEx(none, any, none, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
}

static void unmap(DXGKRNL_INTERFACE *dxgk, HANDLE handle)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {0};

    args.hMemoryHandle = handle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &args);
}

static void drop(PMDL mdl)
{
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

NTSTATUS handler_bad(DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status;

    map.pMdl = pages_of(length);
    if (map.pMdl == NULL)
        return STATUS_NO_MEMORY;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status)) {
        drop(map.pMdl);
        return status;
    }
    __try {
        ProbeForRead(buffer, length, 1);
        unmap(dxgk, map.hMemoryHandle);
        drop(map.pMdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        drop(map.pMdl); // expect: MDL103
        unmap(dxgk, map.hMemoryHandle);
    }
    return status;
}

NTSTATUS finally_bad(DXGKRNL_INTERFACE *dxgk, PVOID device, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN is_mapped = FALSE;

    __try {
        map.pMdl = pages_of(length);
        if (map.pMdl == NULL) {
            status = STATUS_NO_MEMORY;
            __leave;
        }
        status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
        if (!NT_SUCCESS(status))
            __leave;
        is_mapped = TRUE;
        status = device_start(device);
    } __finally {
        if (map.pMdl != NULL)
            drop(map.pMdl); // expect: MDL103
        if (is_mapped)
            unmap(dxgk, map.hMemoryHandle);
    }
    return status;
}

NTSTATUS finally_ok(DXGKRNL_INTERFACE *dxgk, PVOID device, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN is_mapped = FALSE;

    __try {
        map.pMdl = pages_of(length);
        if (map.pMdl == NULL) {
            status = STATUS_NO_MEMORY;
            __leave;
        }
        status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
        if (!NT_SUCCESS(status))
            __leave;
        is_mapped = TRUE;
        status = device_start(device);
    } __finally {
        if (is_mapped)
            unmap(dxgk, map.hMemoryHandle);
        if (map.pMdl != NULL)
            drop(map.pMdl);
    }
    return status;
}
