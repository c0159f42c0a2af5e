// The handle of an annotated map call that failed is unmapped.
#include <wdm.h>
#include "mdlguard/annotations.h"

NTSTATUS BufMapGpu(PMDL mdl, MDLGUARD_MAPS(iommu) HANDLE *handle);
VOID BufUnmapGpu(MDLGUARD_UNMAPS(iommu) HANDLE handle);

VOID flash_bad(PMDL mdl)
{
    HANDLE handle;
    NTSTATUS status = BufMapGpu(mdl, &handle);

    if (!NT_SUCCESS(status))
        DbgPrint("failed\n");
    BufUnmapGpu(handle); // expect: MDL106
}

VOID flash_ok(PMDL mdl)
{
    HANDLE handle;

    if (NT_SUCCESS(BufMapGpu(mdl, &handle)))
        BufUnmapGpu(handle);
}
