// Both sides of a buffer library are annotated: the GPU still has the MDL when it is unpinned.
#include <wdm.h>
#include "mdlguard/annotations.h"

NTSTATUS BufPin(PVOID va, ULONG length, MDLGUARD_ACQUIRES(locked) PMDL *mdl);
VOID BufUnpin(MDLGUARD_RELEASES(locked) PMDL mdl);
NTSTATUS BufMapGpu(PMDL mdl, MDLGUARD_MAPS(iommu) HANDLE *handle);
VOID BufUnmapGpu(MDLGUARD_UNMAPS(iommu) HANDLE handle);

NTSTATUS transfer_bad(PVOID va)
{
    HANDLE handle;
    PMDL mdl;
    NTSTATUS status = BufPin(va, PAGE_SIZE, &mdl); // step: MDL102

    if (!NT_SUCCESS(status))
        return status;
    status = BufMapGpu(mdl, &handle); // step: MDL102
    if (!NT_SUCCESS(status)) {
        BufUnpin(mdl);
        return status;
    }
    BufUnpin(mdl); // expect: MDL102 "mapped to the IOMMU"
    BufUnmapGpu(handle);
    return STATUS_SUCCESS;
}

NTSTATUS transfer_ok(PVOID va)
{
    HANDLE handle;
    PMDL mdl;
    NTSTATUS status = BufPin(va, PAGE_SIZE, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    status = BufMapGpu(mdl, &handle);
    if (NT_SUCCESS(status))
        BufUnmapGpu(handle);
    BufUnpin(mdl);
    return status;
}
