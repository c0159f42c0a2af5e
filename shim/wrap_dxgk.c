/*
 * wrap_dxgk.c - DXGKRNL_INTERFACE wrapped in place: the callbacks that concern MDLs lead to the wrappers here, which find the real ones by the
 * adapter's handle. Physical memory objects and what is made of them are handles, which the tracker follows like MDLs.
 */
#define MDLGUARD_SHIM_NO_MACROS
#include "mdlguard/shim.h"
#if defined(__MINGW32__)
#include "wdk/d3dkmddi_iommu.h"
#else
#include <dispmprt.h>
#endif

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

/* Name, structure, and the size of what it maps. STATUS(...) may fail; PLAIN(...) returns nothing. */
#define OBJECT_CALLBACKS(STATUS, PLAIN)                                                                                \
    STATUS(CreatePhysicalMemoryObject, DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT, 0)                                     \
    PLAIN(DestroyPhysicalMemoryObject, DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT)                                       \
    STATUS(OpenPhysicalMemoryObject, DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT, 0)                                         \
    PLAIN(ClosePhysicalMemoryObject, DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT)                                           \
    STATUS(MapPhysicalMemory, DXGKARGCB_MAP_PHYSICAL_MEMORY, arg0->Size)                                               \
    PLAIN(UnmapPhysicalMemory, DXGKARGCB_UNMAP_PHYSICAL_MEMORY)                                                        \
    STATUS(AllocateAdl, DXGKARGCB_ALLOCATE_ADL, sizeof(*arg0->pAdl))                                                   \
    PLAIN(FreeAdl, DXGKARGCB_FREE_ADL)

/* wrap_CreatePhysicalMemoryObject ... */
#define DEFINE_STATUS(name, type, size)                                                                                \
    static NTSTATUS APIENTRY wrap_##name(type *arg0)                                                                   \
    {                                                                                                                  \
        ENTER_HANDLE(DxgkCb##name);                                                                                    \
        NTSTATUS result = objects.DxgkCb##name(arg0);                                                                  \
        call.bytes = (size);                                                                                           \
        LEAVE(DxgkCb##name, result);                                                                                   \
        return result;                                                                                                 \
    }
#define DEFINE_PLAIN(name, type)                                                                                       \
    static VOID APIENTRY wrap_##name(type *arg0)                                                                       \
    {                                                                                                                  \
        ENTER_HANDLE(DxgkCb##name);                                                                                    \
        objects.DxgkCb##name(arg0);                                                                                    \
        LEAVE(DxgkCb##name, 0);                                                                                        \
    }

OBJECT_CALLBACKS(DEFINE_STATUS, DEFINE_PLAIN)

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
#define WRAP(name, ...) table->DxgkCb##name = wrap_##name;
    OBJECT_CALLBACKS(WRAP, WRAP)
#undef WRAP
}

static VOID reset_objects(DXGKRNL_INTERFACE *table, const DXGKRNL_INTERFACE *real)
{
    if (!has_objects(real))
        return;
#define UNWRAP(name, ...) table->DxgkCb##name = real->DxgkCb##name;
    OBJECT_CALLBACKS(UNWRAP, UNWRAP)
#undef UNWRAP
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
