/*
 * The part of the display driver kit that maps MDLs to the IOMMU (WDDM 2.4, Windows 10 version 1803), declared so
 * that display drivers can be parsed where no Windows Driver Kit is installed: the arguments of the callbacks, the
 * callbacks' pointer types and the members of DXGKRNL_INTERFACE that lead to them.
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

#include "d3dkmddi_adl.h"

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
    DXGKCB_PINFRAMEBUFFERFORSAVE DxgkCbPinFrameBufferForSave;
    DXGKCB_UNPINFRAMEBUFFERFORSAVE DxgkCbUnpinFrameBufferForSave;
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
