// A descriptor is used again for other pages before the IOMMU has let go of the first ones.
#include "wdk/d3dkmddi_iommu.h"

static NTSTATUS map(DXGKRNL_INTERFACE *dxgk, PMDL mdl, HANDLE *handle)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {mdl, NULL};
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &args);

    *handle = args.hMemoryHandle;
    return status;
}

static void unmap(DXGKRNL_INTERFACE *dxgk, HANDLE handle)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {handle};

    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &args);
}

NTSTATUS next_part_bad(DXGKRNL_INTERFACE *dxgk, PMDL whole, PMDL part, PUCHAR base)
{
    HANDLE handle;
    NTSTATUS status;

    IoBuildPartialMdl(whole, part, base, PAGE_SIZE);
    status = map(dxgk, part, &handle);
    if (!NT_SUCCESS(status))
        return status;
    MmPrepareMdlForReuse(part); // expect: MDL104
    IoBuildPartialMdl(whole, part, base + PAGE_SIZE, PAGE_SIZE); // expect: MDL104
    unmap(dxgk, handle);
    return status;
}

NTSTATUS next_part_ok(DXGKRNL_INTERFACE *dxgk, PMDL whole, PMDL part, PUCHAR base)
{
    HANDLE handle;
    NTSTATUS status;

    IoBuildPartialMdl(whole, part, base, PAGE_SIZE);
    status = map(dxgk, part, &handle);
    if (!NT_SUCCESS(status))
        return status;
    unmap(dxgk, handle);
    MmPrepareMdlForReuse(part);
    IoBuildPartialMdl(whole, part, base + PAGE_SIZE, PAGE_SIZE);
    return status;
}

NTSTATUS lock_again_bad(DXGKRNL_INTERFACE *dxgk, PMDL mdl)
{
    HANDLE handle;
    NTSTATUS status = map(dxgk, mdl, &handle);

    if (!NT_SUCCESS(status))
        return status;
    MmBuildMdlForNonPagedPool(mdl); // expect: MDL104
    unmap(dxgk, handle);
    return status;
}
