// Adapter resources, frame buffers and contiguous memory have no MDL: what fails there leaves the driver's own mapping to be undone.
#include <wdm.h>

typedef struct { HANDLE hMemoryHandle; PVOID pMemory; SIZE_T NumBytes; } DXGKARGCB_ALLOCATECONTIGUOUSMEMORY;
typedef struct { PVOID pAdl; SIZE_T Size; } DXGKARGCB_PINFRAMEBUFFERFORSAVE2;
typedef struct { PVOID pBaseAddress; SIZE_T Offset; SIZE_T Size; } DXGKARGCB_MAPFRAMEBUFFERPOINTER;
typedef struct { PMDL pMdl; HANDLE hMemoryHandle; } DXGKARGCB_MAPMDLTOIOMMU;
typedef struct { HANDLE hMemoryHandle; } DXGKARGCB_UNMAPMDLFROMIOMMU;
typedef struct _DXGKRNL_INTERFACE {
    NTSTATUS (*DxgkCbAllocateContiguousMemory)(HANDLE adapter, DXGKARGCB_ALLOCATECONTIGUOUSMEMORY *args);
    NTSTATUS (*DxgkCbPinFrameBufferForSave2)(HANDLE adapter, DXGKARGCB_PINFRAMEBUFFERFORSAVE2 *args);
    NTSTATUS (*DxgkCbMapFrameBufferPointer)(HANDLE adapter, DXGKARGCB_MAPFRAMEBUFFERPOINTER *args);
    NTSTATUS (*DxgkCbMapMemory)(HANDLE device, PHYSICAL_ADDRESS at, ULONG length, BOOLEAN io, BOOLEAN user, int cache, PVOID *address);
    NTSTATUS (*DxgkCbMapMdlToIoMmu)(HANDLE adapter, DXGKARGCB_MAPMDLTOIOMMU *args);
    VOID (*DxgkCbUnmapMdlFromIoMmu)(HANDLE adapter, const DXGKARGCB_UNMAPMDLFROMIOMMU *args);
} DXGKRNL_INTERFACE;

static NTSTATUS others(DXGKRNL_INTERFACE *dxgk, HANDLE adapter, PHYSICAL_ADDRESS at)
{
    DXGKARGCB_ALLOCATECONTIGUOUSMEMORY memory = {NULL, NULL, PAGE_SIZE};
    DXGKARGCB_PINFRAMEBUFFERFORSAVE2 pin = {NULL, PAGE_SIZE};
    DXGKARGCB_MAPFRAMEBUFFERPOINTER frame = {NULL, 0, PAGE_SIZE};
    PVOID registers = NULL;
    NTSTATUS status = dxgk->DxgkCbAllocateContiguousMemory(adapter, &memory);

    if (NT_SUCCESS(status))
        status = dxgk->DxgkCbPinFrameBufferForSave2(adapter, &pin);
    if (NT_SUCCESS(status))
        status = dxgk->DxgkCbMapFrameBufferPointer(adapter, &frame);
    if (NT_SUCCESS(status))
        status = dxgk->DxgkCbMapMemory(adapter, at, PAGE_SIZE, FALSE, FALSE, 0, &registers);
    if (!NT_SUCCESS(status))
        return status;
    /* All four have written what they were asked for. */
    return memory.pMemory && pin.pAdl && frame.pBaseAddress && registers ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

NTSTATUS start_bad(DXGKRNL_INTERFACE *dxgk, HANDLE adapter, PMDL mdl, PHYSICAL_ADDRESS at)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {mdl, NULL};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap;
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(adapter, &map); // expect: MDL105

    if (!NT_SUCCESS(status))
        return status;
    if (NT_SUCCESS(others(dxgk, adapter, at))) {
        unmap.hMemoryHandle = map.hMemoryHandle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(adapter, &unmap);
    }
    return status;
}

NTSTATUS start_ok(DXGKRNL_INTERFACE *dxgk, HANDLE adapter, PMDL mdl, PHYSICAL_ADDRESS at)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {mdl, NULL};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap;
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(adapter, &map);

    if (!NT_SUCCESS(status))
        return status;
    status = others(dxgk, adapter, at);
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(adapter, &unmap);
    return status;
}
