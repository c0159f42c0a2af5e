// While the GPU can reach the pages, the MDL that names them must stay as it was when it was mapped.
#include "wdk/d3dkmddi_iommu.h"

struct Surface {
    DXGKRNL_INTERFACE *dxgk;
    PMDL mdl;
    HANDLE handle;

    NTSTATUS Map();
    void Unmap();
};

NTSTATUS Surface::Map()
{
    DXGKARGCB_MAPMDLTOIOMMU args = {};
    NTSTATUS status;

    args.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &args);
    if (NT_SUCCESS(status))
        handle = args.hMemoryHandle;
    return status;
}

void Surface::Unmap()
{
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {handle};

    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &args);
}

NTSTATUS advance_bad(Surface *surface, ULONG done)
{
    NTSTATUS status = surface->Map();

    if (!NT_SUCCESS(status))
        return status;
    status = MmAdvanceMdl(surface->mdl, done); // expect: MDL104 "mapped to the IOMMU"
    surface->Unmap();
    return status;
}

NTSTATUS advance_ok(Surface *surface, ULONG done)
{
    NTSTATUS status = surface->Map();

    if (!NT_SUCCESS(status))
        return status;
    surface->Unmap();
    return MmAdvanceMdl(surface->mdl, done);
}

/* The page frame numbers are part of the MDL. */
NTSTATUS write_frames_bad(Surface *surface, const PFN_NUMBER *frames, ULONG count)
{
    NTSTATUS status = surface->Map();

    if (!NT_SUCCESS(status))
        return status;
    for (ULONG i = 0; i < count; i++)
        MmGetMdlPfnArray(surface->mdl)[i] = frames[i]; // expect: MDL104
    surface->Unmap();
    return status;
}

NTSTATUS write_frames_ok(Surface *surface, const PFN_NUMBER *frames, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        MmGetMdlPfnArray(surface->mdl)[i] = frames[i];
    return surface->Map();
}

NTSTATUS write_length_bad(Surface *surface, ULONG bytes)
{
    NTSTATUS status = surface->Map();

    if (NT_SUCCESS(status)) {
        surface->mdl->ByteCount = bytes; // expect: MDL104
        surface->Unmap();
    }
    return status;
}

/* Reading it is no change, nor is its place in a chain. */
NTSTATUS read_ok(Surface *surface, PMDL next, PFN_NUMBER *first)
{
    NTSTATUS status = surface->Map();

    if (NT_SUCCESS(status)) {
        *first = MmGetMdlPfnArray(surface->mdl)[0];
        surface->mdl->Next = next;
        surface->Unmap();
    }
    return status;
}
