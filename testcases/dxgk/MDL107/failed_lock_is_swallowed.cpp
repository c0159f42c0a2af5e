// The handler writes a message and goes on; then an MDL that was never filled is mapped.
#include "wdk/d3dkmddi_iommu.h"

static NTSTATUS map_to_gpu(DXGKRNL_INTERFACE *dxgk, PMDL mdl, HANDLE *memory)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {};

    args.pMdl = mdl;
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &args);
    *memory = NT_SUCCESS(status) ? args.hMemoryHandle : nullptr;
    return status;
}

NTSTATUS share_bad(DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length, PMDL *result, HANDLE *memory)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_NO_MEMORY;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        DbgPrint("lock failed: %08lx\n", (ULONG)GetExceptionCode());
    }
    *result = mdl;
    return map_to_gpu(dxgk, mdl, memory); // expect: MDL107
}

NTSTATUS share_ok(DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length, PMDL *result, HANDLE *memory)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_NO_MEMORY;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    status = map_to_gpu(dxgk, mdl, memory);
    if (!NT_SUCCESS(status)) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return status;
    }
    *result = mdl;
    return STATUS_SUCCESS;
}
