/*
 * Physical memory objects and address descriptor lists of dxgkrnl (WDDM 2.9, Windows Server 2022), for d3dkmddi_iommu.h, which includes this.
 *
 * Written for mdlguard from the documented names and meanings, reduced to what has a lifetime: types, sizes and ways of allocation are left out of
 * the arguments. For analysis and tests.
 */
#ifndef MDLGUARD_WDK_D3DKMDDI_ADL_H
#define MDLGUARD_WDK_D3DKMDDI_ADL_H

typedef ULONG_PTR DXGK_PAGE_NUMBER;

/* Logical addresses of pages, for the device. */
typedef struct _DXGK_ADL {
    ULONG PageCount;
    ULONG Flags;
    const DXGK_PAGE_NUMBER *Pages;
} DXGK_ADL, *PDXGK_ADL;

typedef struct _DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT {
    HANDLE hAdapter; /* in: NULL when it is opened on an adapter later */
    SIZE_T Size;
    HANDLE hPhysicalMemoryObject; /* out */
    HANDLE hAdapterMemoryObject;  /* out: NULL without an adapter */
} DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT;

typedef struct _DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT {
    HANDLE hPhysicalMemoryObject;
    HANDLE hAdapterMemoryObject; /* in: closed as well; NULL when it was closed before */
} DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT;

typedef struct _DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT {
    HANDLE hPhysicalMemoryObject;
    HANDLE hAdapter;
    HANDLE hAdapterMemoryObject; /* out */
} DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT;

typedef struct _DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT {
    HANDLE hAdapterMemoryObject;
} DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT;

typedef struct _DXGKARGCB_MAP_PHYSICAL_MEMORY {
    HANDLE hPhysicalMemoryObject;
    SIZE_T Offset, Size;
    void *pMappedAddress; /* out */
} DXGKARGCB_MAP_PHYSICAL_MEMORY;

typedef struct _DXGKARGCB_UNMAP_PHYSICAL_MEMORY {
    HANDLE hPhysicalMemoryObject;
    void *pBaseAddress;
    SIZE_T Size;
} DXGKARGCB_UNMAP_PHYSICAL_MEMORY;

typedef struct _DXGKARGCB_ALLOCATE_ADL {
    HANDLE hAdapterMemoryObject;
    SIZE_T Offset, Size;
    DXGK_ADL *pAdl; /* out */
} DXGKARGCB_ALLOCATE_ADL;

typedef struct _DXGKARGCB_FREE_ADL {
    HANDLE hAdapterMemoryObject;
    DXGK_ADL *pAdl;
} DXGKARGCB_FREE_ADL;

typedef NTSTATUS(APIENTRY *DXGKCB_CREATEPHYSICALMEMORYOBJECT)(DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT *pArgs);
typedef VOID(APIENTRY *DXGKCB_DESTROYPHYSICALMEMORYOBJECT)(DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT *pArgs);
typedef NTSTATUS(APIENTRY *DXGKCB_OPENPHYSICALMEMORYOBJECT)(DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT *pArgs);
typedef VOID(APIENTRY *DXGKCB_CLOSEPHYSICALMEMORYOBJECT)(DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT *pArgs);
typedef NTSTATUS(APIENTRY *DXGKCB_MAPPHYSICALMEMORY)(DXGKARGCB_MAP_PHYSICAL_MEMORY *pArgs);
typedef VOID(APIENTRY *DXGKCB_UNMAPPHYSICALMEMORY)(DXGKARGCB_UNMAP_PHYSICAL_MEMORY *pArgs);
typedef NTSTATUS(APIENTRY *DXGKCB_ALLOCATEADL)(DXGKARGCB_ALLOCATE_ADL *pArgs);
typedef VOID(APIENTRY *DXGKCB_FREEADL)(DXGKARGCB_FREE_ADL *pArgs);

/* What the frame buffer is saved to before the GPU loses power: the MDL is dxgkrnl's until the unpin. */
typedef struct _DXGKARGCB_PINFRAMEBUFFERFORSAVE {
    UINT32 PhysicalAdapterIndex;
    SIZE_T CommitSize;
    PMDL pMdl; /* out */
} DXGKARGCB_PINFRAMEBUFFERFORSAVE;

typedef struct _DXGKARGCB_UNPINFRAMEBUFFERFORSAVE {
    UINT32 PhysicalAdapterIndex;
} DXGKARGCB_UNPINFRAMEBUFFERFORSAVE;

typedef NTSTATUS(APIENTRY *DXGKCB_PINFRAMEBUFFERFORSAVE)(HANDLE hAdapter, DXGKARGCB_PINFRAMEBUFFERFORSAVE *pArgs);
typedef NTSTATUS(APIENTRY *DXGKCB_UNPINFRAMEBUFFERFORSAVE)(HANDLE hAdapter, const DXGKARGCB_UNPINFRAMEBUFFERFORSAVE *pArgs);

#endif
