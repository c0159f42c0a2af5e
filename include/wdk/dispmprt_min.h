/*
 * What a small WDDM display miniport implements: the arguments of its DDI functions, DRIVER_INITIALIZATION_DATA with
 * those functions, and DxgkInitialize, which registers them.
 *
 * Written for mdlguard from the documented names and meanings, reduced to what a driver of memory needs: no modes, no
 * children, no scheduling. Structures have only the members named here, so their layout is not that of the display
 * driver kit. For analysis and for tests, not for building a driver that runs. Needs the same as d3dkmddi_iommu.h.
 */
#ifndef MDLGUARD_WDK_DISPMPRT_MIN_H
#define MDLGUARD_WDK_DISPMPRT_MIN_H

#include "d3dkmddi_iommu.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned int UINT; /* not a type of the ddk headers */

#ifndef STATUS_GRAPHICS_NO_VIDEO_MEMORY
#define STATUS_GRAPHICS_NO_VIDEO_MEMORY ((NTSTATUS)0xC01E0100L)
#endif

#define DXGKDDI_INTERFACE_VERSION_WDDM2_4 0x9006

/* What the miniport is told about the adapter when it is started. */
typedef struct _DXGK_START_INFO {
    ULONG RequiredDmaQueueEntry;
    GUID AdapterGuid;
    LUID AdapterLuid;
} DXGK_START_INFO, *PDXGK_START_INFO;

/* One allocation of a DxgkDdiCreateAllocation call. */
typedef struct _DXGK_ALLOCATIONINFO {
    VOID *pPrivateDriverData;   /* in: from the user-mode display driver, already captured */
    UINT PrivateDriverDataSize; /* in: bytes */
    SIZE_T Size;                /* out: bytes, a multiple of the page size */
    HANDLE hAllocation;         /* out: the miniport's name for the allocation */
} DXGK_ALLOCATIONINFO;

/* Runs in the process that creates the allocations. All of them are made, or none. */
typedef struct _DXGKARG_CREATEALLOCATION {
    const VOID *pPrivateDriverData;
    UINT PrivateDriverDataSize;
    UINT NumAllocations;
    DXGK_ALLOCATIONINFO *pAllocationInfo;
    HANDLE hResource;
} DXGKARG_CREATEALLOCATION;

/* Runs in any process. The GPU does not use the allocations any more. */
typedef struct _DXGKARG_DESTROYALLOCATION {
    UINT NumAllocations;
    const HANDLE *pAllocationList;
    HANDLE hResource;
} DXGKARG_DESTROYALLOCATION;

typedef struct _DXGKARG_CREATEDEVICE {
    HANDLE hDevice; /* in: dxgkrnl's handle; out: the miniport's */
} DXGKARG_CREATEDEVICE;

typedef struct _DXGKARG_CREATECONTEXT {
    HANDLE hContext; /* in: dxgkrnl's handle; out: the miniport's */
    UINT NodeOrdinal;
    UINT EngineAffinity;
} DXGKARG_CREATECONTEXT;

typedef NTSTATUS(NTAPI *PDXGKDDI_ADD_DEVICE)(PDEVICE_OBJECT PhysicalDeviceObject, PVOID *MiniportDeviceContext);
typedef NTSTATUS(NTAPI *PDXGKDDI_START_DEVICE)(PVOID MiniportDeviceContext, DXGK_START_INFO *DxgkStartInfo,
                                               DXGKRNL_INTERFACE *DxgkInterface, ULONG *NumberOfVideoPresentSources,
                                               ULONG *NumberOfChildren);
typedef NTSTATUS(NTAPI *PDXGKDDI_STOP_DEVICE)(PVOID MiniportDeviceContext);
typedef NTSTATUS(NTAPI *PDXGKDDI_REMOVE_DEVICE)(PVOID MiniportDeviceContext);
typedef VOID(NTAPI *PDXGKDDI_UNLOAD)(VOID);
typedef NTSTATUS(APIENTRY *PDXGKDDI_CREATEALLOCATION)(HANDLE hAdapter, DXGKARG_CREATEALLOCATION *pCreateAllocation);
typedef NTSTATUS(APIENTRY *PDXGKDDI_DESTROYALLOCATION)(HANDLE hAdapter,
                                                       const DXGKARG_DESTROYALLOCATION *pDestroyAllocation);
typedef NTSTATUS(APIENTRY *PDXGKDDI_CREATEDEVICE)(HANDLE hAdapter, DXGKARG_CREATEDEVICE *pCreateDevice);
typedef NTSTATUS(APIENTRY *PDXGKDDI_DESTROYDEVICE)(HANDLE hDevice);
typedef NTSTATUS(APIENTRY *PDXGKDDI_CREATECONTEXT)(HANDLE hDevice, DXGKARG_CREATECONTEXT *pCreateContext);
typedef NTSTATUS(APIENTRY *PDXGKDDI_DESTROYCONTEXT)(HANDLE hContext);

/* The miniport's functions. What is left NULL is not supported. */
typedef struct _DRIVER_INITIALIZATION_DATA {
    ULONG Version; /* DXGKDDI_INTERFACE_VERSION_xxx */
    PDXGKDDI_ADD_DEVICE DxgkDdiAddDevice;
    PDXGKDDI_START_DEVICE DxgkDdiStartDevice;
    PDXGKDDI_STOP_DEVICE DxgkDdiStopDevice;
    PDXGKDDI_REMOVE_DEVICE DxgkDdiRemoveDevice;
    PDXGKDDI_UNLOAD DxgkDdiUnload;
    PDXGKDDI_CREATEALLOCATION DxgkDdiCreateAllocation;
    PDXGKDDI_DESTROYALLOCATION DxgkDdiDestroyAllocation;
    PDXGKDDI_CREATEDEVICE DxgkDdiCreateDevice;
    PDXGKDDI_DESTROYDEVICE DxgkDdiDestroyDevice;
    PDXGKDDI_CREATECONTEXT DxgkDdiCreateContext;
    PDXGKDDI_DESTROYCONTEXT DxgkDdiDestroyContext;
} DRIVER_INITIALIZATION_DATA, *PDRIVER_INITIALIZATION_DATA;

/* Called once, from DriverEntry. The data is copied. */
NTSTATUS NTAPI DxgkInitialize(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                              DRIVER_INITIALIZATION_DATA *DriverInitializationData);

#ifdef __cplusplus
}
#endif

#endif
