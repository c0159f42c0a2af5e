/*
 * wrap_dxgk.c - DXGKRNL_INTERFACE wrapped in place: the callbacks that concern MDLs lead to the wrappers here, which find the real ones by the
 * adapter's handle.
 */
#define MDLGUARD_SHIM_NO_MACROS
#if defined(__MINGW32__)
#include "wdk/d3dkmddi_iommu.h"
#else
#define MDLGUARD_SHIM_INCLUDED_KIT
#include <ntddk.h>
#include <dispmprt.h>
#endif
#include "mdlguard/shim.h"

#include "wrap.h"

#define ADAPTERS 8
/* The line comes from MdlGuardHere. */
#define File NULL
#define Line 0

/* Wrapped tables: written while the adapter starts and stops, read in between. */
static DXGKRNL_INTERFACE wrapped[ADAPTERS];

static DXGKRNL_INTERFACE *find_adapter(HANDLE adapter)
{
    ULONG a;

    for (a = 0; a < ADAPTERS; a++)
        if (wrapped[a].Size != 0 && wrapped[a].DeviceHandle == adapter)
            return &wrapped[a];
    return NULL;
}

static NTSTATUS APIENTRY wrap_map(HANDLE arg0, DXGKARGCB_MAPMDLTOIOMMU *arg1)
{
    ENTER(DxgkCbMapMdlToIoMmu);
    NTSTATUS result = find_adapter(arg0)->DxgkCbMapMdlToIoMmu(arg0, arg1);
    LEAVE(DxgkCbMapMdlToIoMmu, result);
    return result;
}

static VOID APIENTRY wrap_unmap(HANDLE arg0, const DXGKARGCB_UNMAPMDLFROMIOMMU *arg1)
{
    ENTER(DxgkCbUnmapMdlFromIoMmu);
    find_adapter(arg0)->DxgkCbUnmapMdlFromIoMmu(arg0, arg1);
    LEAVE(DxgkCbUnmapMdlFromIoMmu, 0);
}

static NTSTATUS APIENTRY wrap_allocate(HANDLE arg0, DXGKARGCB_ALLOCATEPAGESFORMDL *arg1)
{
    ENTER(DxgkCbAllocatePagesForMdl);
    NTSTATUS result = find_adapter(arg0)->DxgkCbAllocatePagesForMdl(arg0, arg1);
    LEAVE(DxgkCbAllocatePagesForMdl, result);
    return result;
}

/* dxgkrnl frees the MDL: its address may be given out by somebody whose calls are not seen. */
static NTSTATUS APIENTRY wrap_free(HANDLE arg0, const DXGKARGCB_FREEPAGESFROMMDL *arg1)
{
    ENTER(DxgkCbFreePagesFromMdl);
    NTSTATUS result = find_adapter(arg0)->DxgkCbFreePagesFromMdl(arg0, arg1);
    LEAVE(DxgkCbFreePagesFromMdl, result);
    return result;
}

NTSTATUS NTAPI MdlGuardWrapDxgkInterface(DXGKRNL_INTERFACE *DxgkInterface)
{
    DXGKRNL_INTERFACE *slot = wrapped;

    while (slot < wrapped + ADAPTERS && slot->Size != 0)
        slot++;
    if (slot == wrapped + ADAPTERS)
        return STATUS_INSUFFICIENT_RESOURCES;
    *slot = *DxgkInterface;
    if (slot->Size == 0)
        slot->Size = sizeof(*slot);
    DxgkInterface->DxgkCbMapMdlToIoMmu = wrap_map;
    DxgkInterface->DxgkCbUnmapMdlFromIoMmu = wrap_unmap;
    DxgkInterface->DxgkCbAllocatePagesForMdl = wrap_allocate;
    DxgkInterface->DxgkCbFreePagesFromMdl = wrap_free;
    return STATUS_SUCCESS;
}

VOID NTAPI MdlGuardUnwrapDxgkInterface(DXGKRNL_INTERFACE *DxgkInterface)
{
    DXGKRNL_INTERFACE *slot = find_adapter(DxgkInterface->DeviceHandle);

    if (slot == NULL)
        return;
    DxgkInterface->DxgkCbMapMdlToIoMmu = slot->DxgkCbMapMdlToIoMmu;
    DxgkInterface->DxgkCbUnmapMdlFromIoMmu = slot->DxgkCbUnmapMdlFromIoMmu;
    DxgkInterface->DxgkCbAllocatePagesForMdl = slot->DxgkCbAllocatePagesForMdl;
    DxgkInterface->DxgkCbFreePagesFromMdl = slot->DxgkCbFreePagesFromMdl;
    slot->Size = 0;
}
