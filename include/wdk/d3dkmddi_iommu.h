/*
 * The part of the display driver kit that maps MDLs to the IOMMU (WDDM 2.4, Windows 10 version 1803), and physical memory
 * objects with their address descriptor lists (WDDM 3.0), declared so that display drivers can be parsed where no Windows
 * Driver Kit is installed: the arguments of the callbacks, the callbacks' pointer types and the members of
 * DXGKRNL_INTERFACE that lead to them.
 *
 * Written for mdlguard from the documented names and meanings. Names, members and types are those that a real driver
 * uses; the layout of DXGKRNL_INTERFACE is not: only the members named here exist. It is for analysis and for tests,
 * not for building a driver that runs.
 *
 * For mingw-w64's ddk headers, from C or C++. It includes <ntddk.h>; in C++ it has to come before any other ddk header.
 */
#ifndef MDLGUARD_WDK_D3DKMDDI_IOMMU_H
#define MDLGUARD_WDK_D3DKMDDI_IOMMU_H

/* mingw-w64 defines these two both in <intrin.h> and in <wdm.h>, which C++ does not allow: keep those of <wdm.h>. */
#if defined(__cplusplus) && defined(__GNUC__)
#ifndef __INTRINSIC_DEFINED_InterlockedBitTestAndSet
#define __INTRINSIC_DEFINED_InterlockedBitTestAndSet
#endif
#ifndef __INTRINSIC_DEFINED_InterlockedBitTestAndReset
#define __INTRINSIC_DEFINED_InterlockedBitTestAndReset
#endif
#endif

#include <ntddk.h>

#ifndef APIENTRY
#define APIENTRY NTAPI
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* How memory got from dxgkrnl is cached. */
typedef enum _DXGK_MEMORY_CACHING_TYPE {
    DXGK_MEMORY_CACHING_TYPE_NON_CACHED,
    DXGK_MEMORY_CACHING_TYPE_CACHED,
    DXGK_MEMORY_CACHING_TYPE_WRITE_COMBINED
} DXGK_MEMORY_CACHING_TYPE;

/* DxgkCbMapMdlToIoMmu: gives the GPU access to the pages of pMdl. hMemoryHandle is the mapping's only name. */
typedef struct _DXGKARGCB_MAPMDLTOIOMMU {
    PMDL pMdl;            /* in: filled, pages resident; must not change nor die before the unmap */
    HANDLE hMemoryHandle; /* out: for DxgkCbUnmapMdlFromIoMmu; not set when the call fails */
} DXGKARGCB_MAPMDLTOIOMMU, *PDXGKARGCB_MAPMDLTOIOMMU;

/* DxgkCbUnmapMdlFromIoMmu: ends what DxgkCbMapMdlToIoMmu made. No MDL here: dxgkrnl knows it by the handle. */
typedef struct _DXGKARGCB_UNMAPMDLFROMIOMMU {
    HANDLE hMemoryHandle; /* in */
} DXGKARGCB_UNMAPMDLFROMIOMMU, *PDXGKARGCB_UNMAPMDLFROMIOMMU;

/* DxgkCbAllocatePagesForMdl: new nonpaged pages, all of them or none, mapped to the IOMMU until they are freed. */
typedef struct _DXGKARGCB_ALLOCATEPAGESFORMDL {
    PHYSICAL_ADDRESS LowAddress;
    PHYSICAL_ADDRESS HighAddress;
    PHYSICAL_ADDRESS SkipBytes;
    SIZE_T TotalBytes;
    DXGK_MEMORY_CACHING_TYPE CacheType;
    ULONG Flags;          /* in: MM_ALLOCATE_xxx */
    HANDLE hMemoryHandle; /* out: for DxgkCbFreePagesFromMdl */
    PMDL pMdl;            /* out: belongs to dxgkrnl, dead after DxgkCbFreePagesFromMdl */
} DXGKARGCB_ALLOCATEPAGESFORMDL, *PDXGKARGCB_ALLOCATEPAGESFORMDL;

/* DxgkCbFreePagesFromMdl: ends the mapping and frees the pages and the descriptor. */
typedef struct _DXGKARGCB_FREEPAGESFROMMDL {
    HANDLE hMemoryHandle; /* in */
} DXGKARGCB_FREEPAGESFROMMDL, *PDXGKARGCB_FREEPAGESFROMMDL;

typedef NTSTATUS(APIENTRY *DXGKCB_MAPMDLTOIOMMU)(HANDLE hAdapter, DXGKARGCB_MAPMDLTOIOMMU *pMapMdlToIoMmu);
typedef VOID(APIENTRY *DXGKCB_UNMAPMDLFROMIOMMU)(HANDLE hAdapter,
                                                 const DXGKARGCB_UNMAPMDLFROMIOMMU *pUnmapMdlFromIoMmu);
typedef NTSTATUS(APIENTRY *DXGKCB_ALLOCATEPAGESFORMDL)(HANDLE hAdapter,
                                                       DXGKARGCB_ALLOCATEPAGESFORMDL *pAllocatePagesForMdl);
typedef NTSTATUS(APIENTRY *DXGKCB_FREEPAGESFROMMDL)(HANDLE hAdapter,
                                                    const DXGKARGCB_FREEPAGESFROMMDL *pFreePagesFromMdl);

/* ---- WDDM 3.0: physical memory objects and address descriptor lists ---- */

typedef UINT_PTR DXGK_PAGE_NUMBER;

typedef struct _DXGK_ADL_FLAGS {
    union {
        struct {
            UINT32 Contiguous : 1;
            UINT32 Reserved : 31;
        };
        UINT32 Value;
    };
} DXGK_ADL_FLAGS;

/* Where the device finds the pages: logical addresses, nothing for the processor. */
typedef struct _DXGK_ADL {
    UINT32 PageCount;
    DXGK_ADL_FLAGS Flags;
    union {
        DXGK_PAGE_NUMBER BasePageNumber; /* Contiguous */
        const DXGK_PAGE_NUMBER *Pages;
    };
} DXGK_ADL;

typedef enum _DXGK_PHYSICAL_MEMORY_TYPE {
    DXGK_PHYSICAL_MEMORY_TYPE_UNINITIALIZED,
    DXGK_PHYSICAL_MEMORY_TYPE_MDL,
    DXGK_PHYSICAL_MEMORY_TYPE_CONTIGUOUS_MEMORY,
    DXGK_PHYSICAL_MEMORY_TYPE_SECTION,
    DXGK_PHYSICAL_MEMORY_TYPE_IO_SPACE
} DXGK_PHYSICAL_MEMORY_TYPE;

typedef enum _DXGK_ACCESS_MODE { DXGK_ACCESS_MODE_USER, DXGK_ACCESS_MODE_KERNEL } DXGK_ACCESS_MODE;

/* DxgkCbCreatePhysicalMemoryObject: memory with a handle. With an adapter it is open on it at once. */
typedef struct _DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT {
    HANDLE hAdapter; /* in, optional */
    SIZE_T Size;
    ULONG_PTR Context;
    DXGK_PHYSICAL_MEMORY_TYPE Type;
    DXGK_MEMORY_CACHING_TYPE CacheType;
    union {
        struct {
            PHYSICAL_ADDRESS LowAddress, HighAddress, SkipBytes;
            UINT32 Flags;
        } Mdl;
        struct {
            PHYSICAL_ADDRESS LowestAcceptableAddress, HighestAcceptableAddress, BoundaryAddressMultiple;
        } ContiguousMemory;
        struct {
            PHYSICAL_ADDRESS BaseAddress;
        } IOSpace;
    };
    HANDLE hPhysicalMemoryObject; /* out */
    HANDLE hAdapterMemoryObject;  /* out; NULL without an adapter */
} DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT, *PDXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT;

/* DxgkCbDestroyPhysicalMemoryObject: no ADL may be left. Closes the adapter's handle as well, when it is given. */
typedef struct _DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT {
    HANDLE hPhysicalMemoryObject;
    HANDLE hAdapterMemoryObject; /* optional; not when it was closed */
} DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT, *PDXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT;

typedef struct _DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT {
    HANDLE hPhysicalMemoryObject;
    HANDLE hAdapter;
    HANDLE hAdapterMemoryObject; /* out */
} DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT, *PDXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT;

typedef struct _DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT {
    HANDLE hAdapterMemoryObject;
} DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT, *PDXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT;

/* DxgkCbMapPhysicalMemory: for the processor. Offset and Size come back rounded to pages. */
typedef struct _DXGKARGCB_MAP_PHYSICAL_MEMORY {
    HANDLE hPhysicalMemoryObject;
    DXGK_ACCESS_MODE AccessMode;
    SIZE_T Offset, Size; /* in and out */
    VOID *pMappedAddress; /* out */
} DXGKARGCB_MAP_PHYSICAL_MEMORY, *PDXGKARGCB_MAP_PHYSICAL_MEMORY;

typedef struct _DXGKARGCB_UNMAP_PHYSICAL_MEMORY {
    HANDLE hPhysicalMemoryObject;
    VOID *pBaseAddress;
    SIZE_T Size; /* as the map call gave it */
} DXGKARGCB_UNMAP_PHYSICAL_MEMORY, *PDXGKARGCB_UNMAP_PHYSICAL_MEMORY;

/* DxgkCbAllocateAdl: for the device. The memory is pinned until DxgkCbFreeAdl. */
typedef struct _DXGKARGCB_ALLOCATE_ADL {
    HANDLE hAdapterMemoryObject;
    SIZE_T Offset, Size;
    union {
        struct {
            UINT32 RequireContiguous : 1;
            UINT32 PreferContiguous : 1;
            UINT32 Reserved : 30;
        };
        UINT32 Value;
    } Flags;
    DXGK_ADL *pAdl; /* out */
} DXGKARGCB_ALLOCATE_ADL, *PDXGKARGCB_ALLOCATE_ADL;

typedef struct _DXGKARGCB_FREE_ADL {
    HANDLE hAdapterMemoryObject;
    DXGK_ADL *pAdl;
} DXGKARGCB_FREE_ADL, *PDXGKARGCB_FREE_ADL;

typedef NTSTATUS(APIENTRY *DXGKCB_CREATEPHYSICALMEMORYOBJECT)(DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT *pArgs);
typedef VOID(APIENTRY *DXGKCB_DESTROYPHYSICALMEMORYOBJECT)(DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT *pArgs);
typedef NTSTATUS(APIENTRY *DXGKCB_OPENPHYSICALMEMORYOBJECT)(DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT *pArgs);
typedef VOID(APIENTRY *DXGKCB_CLOSEPHYSICALMEMORYOBJECT)(DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT *pArgs);
typedef NTSTATUS(APIENTRY *DXGKCB_MAPPHYSICALMEMORY)(DXGKARGCB_MAP_PHYSICAL_MEMORY *pArgs);
typedef VOID(APIENTRY *DXGKCB_UNMAPPHYSICALMEMORY)(DXGKARGCB_UNMAP_PHYSICAL_MEMORY *pArgs);
typedef NTSTATUS(APIENTRY *DXGKCB_ALLOCATEADL)(DXGKARGCB_ALLOCATE_ADL *pArgs);
typedef VOID(APIENTRY *DXGKCB_FREEADL)(DXGKARGCB_FREE_ADL *pArgs);

/* What dxgkrnl knows about the device; only the members that a miniport needs to find its registers. */
typedef struct _DXGK_DEVICE_INFO {
    PVOID MiniportDeviceContext;
    PDEVICE_OBJECT PhysicalDeviceObject;
    PCM_RESOURCE_LIST TranslatedResourceList;
} DXGK_DEVICE_INFO, *PDXGK_DEVICE_INFO;

/* Registers and other device memory, not MDLs: mapped to system space, or to the current process. */
typedef NTSTATUS(APIENTRY *DXGKCB_GET_DEVICE_INFORMATION)(HANDLE DeviceHandle, PDXGK_DEVICE_INFO DeviceInfo);
typedef NTSTATUS(APIENTRY *DXGKCB_MAP_MEMORY)(HANDLE DeviceHandle, PHYSICAL_ADDRESS TranslatedAddress, ULONG Length,
                                              BOOLEAN InIoSpace, BOOLEAN MapToUserMode, MEMORY_CACHING_TYPE CacheType,
                                              PVOID *VirtualAddress);
typedef NTSTATUS(APIENTRY *DXGKCB_UNMAP_MEMORY)(HANDLE DeviceHandle, PVOID VirtualAddress);

/* What dxgkrnl hands to DxgkDdiStartDevice: callbacks, and DeviceHandle, which they take as hAdapter. */
typedef struct _DXGKRNL_INTERFACE {
    ULONG Size;
    ULONG Version;
    HANDLE DeviceHandle;
    DXGKCB_GET_DEVICE_INFORMATION DxgkCbGetDeviceInformation;
    DXGKCB_MAP_MEMORY DxgkCbMapMemory;
    DXGKCB_UNMAP_MEMORY DxgkCbUnmapMemory;
    DXGKCB_ALLOCATEPAGESFORMDL DxgkCbAllocatePagesForMdl;
    DXGKCB_FREEPAGESFROMMDL DxgkCbFreePagesFromMdl;
    DXGKCB_MAPMDLTOIOMMU DxgkCbMapMdlToIoMmu;
    DXGKCB_UNMAPMDLFROMIOMMU DxgkCbUnmapMdlFromIoMmu;
    DXGKCB_CREATEPHYSICALMEMORYOBJECT DxgkCbCreatePhysicalMemoryObject;
    DXGKCB_DESTROYPHYSICALMEMORYOBJECT DxgkCbDestroyPhysicalMemoryObject;
    DXGKCB_MAPPHYSICALMEMORY DxgkCbMapPhysicalMemory;
    DXGKCB_UNMAPPHYSICALMEMORY DxgkCbUnmapPhysicalMemory;
    DXGKCB_ALLOCATEADL DxgkCbAllocateAdl;
    DXGKCB_FREEADL DxgkCbFreeAdl;
    DXGKCB_OPENPHYSICALMEMORYOBJECT DxgkCbOpenPhysicalMemoryObject;
    DXGKCB_CLOSEPHYSICALMEMORYOBJECT DxgkCbClosePhysicalMemoryObject;
} DXGKRNL_INTERFACE, *PDXGKRNL_INTERFACE;

#ifdef __cplusplus
}
#endif

#endif
