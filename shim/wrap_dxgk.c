/*
 * wrap_dxgk.c - DXGKRNL_INTERFACE wrapped in place: the callbacks that concern MDLs lead to the wrappers here, which find the real ones by the
 * adapter's handle. Physical memory objects and what is made of them are handles, which the tracker follows like MDLs.
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

/* ---- physical memory objects and lists of addresses ---- */

#if defined(__MINGW32__) || (defined(DXGKDDI_INTERFACE_VERSION_WDDM2_9) && DXGKDDI_INTERFACE_VERSION >= DXGKDDI_INTERFACE_VERSION_WDDM2_9)
#define HAS_OBJECTS 1

/* These callbacks take no adapter: dxgkrnl's are the same for all. Copied from the first table that has them. */
static DXGKRNL_INTERFACE objects;

static NTSTATUS APIENTRY wrap_create(DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT *arg0)
{
    ENTER_HANDLE(DxgkCbCreatePhysicalMemoryObject);
    NTSTATUS result = objects.DxgkCbCreatePhysicalMemoryObject(arg0);
    LEAVE(DxgkCbCreatePhysicalMemoryObject, result);
    return result;
}

static VOID APIENTRY wrap_destroy(DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT *arg0)
{
    ENTER_HANDLE(DxgkCbDestroyPhysicalMemoryObject);
    objects.DxgkCbDestroyPhysicalMemoryObject(arg0);
    LEAVE(DxgkCbDestroyPhysicalMemoryObject, 0);
}

static NTSTATUS APIENTRY wrap_open(DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT *arg0)
{
    ENTER_HANDLE(DxgkCbOpenPhysicalMemoryObject);
    NTSTATUS result = objects.DxgkCbOpenPhysicalMemoryObject(arg0);
    LEAVE(DxgkCbOpenPhysicalMemoryObject, result);
    return result;
}

static VOID APIENTRY wrap_close(DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT *arg0)
{
    ENTER_HANDLE(DxgkCbClosePhysicalMemoryObject);
    objects.DxgkCbClosePhysicalMemoryObject(arg0);
    LEAVE(DxgkCbClosePhysicalMemoryObject, 0);
}

static NTSTATUS APIENTRY wrap_map_memory(DXGKARGCB_MAP_PHYSICAL_MEMORY *arg0)
{
    ENTER_HANDLE(DxgkCbMapPhysicalMemory);
    NTSTATUS result = objects.DxgkCbMapPhysicalMemory(arg0);
    call.bytes = arg0->Size;
    LEAVE(DxgkCbMapPhysicalMemory, result);
    return result;
}

static VOID APIENTRY wrap_unmap_memory(DXGKARGCB_UNMAP_PHYSICAL_MEMORY *arg0)
{
    ENTER_HANDLE(DxgkCbUnmapPhysicalMemory);
    objects.DxgkCbUnmapPhysicalMemory(arg0);
    LEAVE(DxgkCbUnmapPhysicalMemory, 0);
}

static NTSTATUS APIENTRY wrap_allocate_list(DXGKARGCB_ALLOCATE_ADL *arg0)
{
    ENTER_HANDLE(DxgkCbAllocateAdl);
    NTSTATUS result = objects.DxgkCbAllocateAdl(arg0);
    call.bytes = sizeof(*arg0->pAdl);
    LEAVE(DxgkCbAllocateAdl, result);
    return result;
}

static VOID APIENTRY wrap_free_list(DXGKARGCB_FREE_ADL *arg0)
{
    ENTER_HANDLE(DxgkCbFreeAdl);
    objects.DxgkCbFreeAdl(arg0);
    LEAVE(DxgkCbFreeAdl, 0);
}

/* A table that is shorter ends before them. */
static BOOLEAN has_objects(const DXGKRNL_INTERFACE *table)
{
    return table->Size >= FIELD_OFFSET(DXGKRNL_INTERFACE, DxgkCbClosePhysicalMemoryObject) + sizeof(table->DxgkCbClosePhysicalMemoryObject) &&
           table->DxgkCbCreatePhysicalMemoryObject != NULL;
}

static VOID set_objects(DXGKRNL_INTERFACE *table)
{
    if (!has_objects(table))
        return;
    if (objects.DxgkCbCreatePhysicalMemoryObject == NULL)
        objects = *table;
    table->DxgkCbCreatePhysicalMemoryObject = wrap_create;
    table->DxgkCbDestroyPhysicalMemoryObject = wrap_destroy;
    table->DxgkCbOpenPhysicalMemoryObject = wrap_open;
    table->DxgkCbClosePhysicalMemoryObject = wrap_close;
    table->DxgkCbMapPhysicalMemory = wrap_map_memory;
    table->DxgkCbUnmapPhysicalMemory = wrap_unmap_memory;
    table->DxgkCbAllocateAdl = wrap_allocate_list;
    table->DxgkCbFreeAdl = wrap_free_list;
}

static VOID reset_objects(DXGKRNL_INTERFACE *table, const DXGKRNL_INTERFACE *real)
{
    if (!has_objects(real))
        return;
    table->DxgkCbCreatePhysicalMemoryObject = real->DxgkCbCreatePhysicalMemoryObject;
    table->DxgkCbDestroyPhysicalMemoryObject = real->DxgkCbDestroyPhysicalMemoryObject;
    table->DxgkCbOpenPhysicalMemoryObject = real->DxgkCbOpenPhysicalMemoryObject;
    table->DxgkCbClosePhysicalMemoryObject = real->DxgkCbClosePhysicalMemoryObject;
    table->DxgkCbMapPhysicalMemory = real->DxgkCbMapPhysicalMemory;
    table->DxgkCbUnmapPhysicalMemory = real->DxgkCbUnmapPhysicalMemory;
    table->DxgkCbAllocateAdl = real->DxgkCbAllocateAdl;
    table->DxgkCbFreeAdl = real->DxgkCbFreeAdl;
}
#endif

/* ---- tables ---- */

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
#ifdef HAS_OBJECTS
    set_objects(DxgkInterface);
#endif
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
#ifdef HAS_OBJECTS
    reset_objects(DxgkInterface, slot);
#endif
    slot->Size = 0;
}
