/*
 * adl_runs.c - physical memory objects and address descriptor lists on the host, through the adapter's wrapped table. Driver code: each function is a run.
 */
#include "wdk/d3dkmddi_iommu.h"

#include "runs.h"

#define LENGTH (3 * PAGE_SIZE)

typedef struct _MEMORY {
    DXGKRNL_INTERFACE Dxgk;
    HANDLE Object, Adapter;
    DXGK_ADL *Adl;
    PUCHAR View;
    SIZE_T ViewSize;
} MEMORY;

static BOOLEAN create(MEMORY *memory, BOOLEAN is_on_adapter)
{
    DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT args = {0};

    RtlZeroMemory(memory, sizeof(*memory));
    mdlguard_host_adapter(&memory->Dxgk);
    CHECK(NT_SUCCESS(MdlGuardWrapDxgkInterface(&memory->Dxgk)));
    args.hAdapter = is_on_adapter ? memory->Dxgk.DeviceHandle : NULL;
    args.Size = LENGTH;
    if (!NT_SUCCESS(memory->Dxgk.DxgkCbCreatePhysicalMemoryObject(&args)))
        return FALSE;
    memory->Object = args.hPhysicalMemoryObject;
    memory->Adapter = args.hAdapterMemoryObject;
    CHECK(is_on_adapter == (memory->Adapter != NULL));
    return TRUE;
}

static VOID destroy(MEMORY *memory, HANDLE adapter)
{
    DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT args = {memory->Object, adapter};

    memory->Dxgk.DxgkCbDestroyPhysicalMemoryObject(&args);
}

static NTSTATUS open_on_adapter(MEMORY *memory)
{
    DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT args = {memory->Object, memory->Dxgk.DeviceHandle, NULL};
    NTSTATUS status = memory->Dxgk.DxgkCbOpenPhysicalMemoryObject(&args);

    memory->Adapter = NT_SUCCESS(status) ? args.hAdapterMemoryObject : NULL;
    return status;
}

static VOID close_on_adapter(MEMORY *memory)
{
    DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT args = {memory->Adapter};

    memory->Dxgk.DxgkCbClosePhysicalMemoryObject(&args);
}

static BOOLEAN make_list(MEMORY *memory)
{
    DXGKARGCB_ALLOCATE_ADL args = {memory->Adapter, PAGE_SIZE, 2 * PAGE_SIZE, NULL};

    if (!NT_SUCCESS(memory->Dxgk.DxgkCbAllocateAdl(&args)))
        return FALSE;
    memory->Adl = args.pAdl;
    return TRUE;
}

static VOID free_list(MEMORY *memory)
{
    DXGKARGCB_FREE_ADL args = {memory->Adapter, memory->Adl};

    memory->Dxgk.DxgkCbFreeAdl(&args);
}

static BOOLEAN map_view(MEMORY *memory)
{
    DXGKARGCB_MAP_PHYSICAL_MEMORY args = {memory->Object, 0, LENGTH, NULL};

    if (!NT_SUCCESS(memory->Dxgk.DxgkCbMapPhysicalMemory(&args)))
        return FALSE;
    memory->View = (PUCHAR)args.pMappedAddress;
    memory->ViewSize = args.Size;
    return TRUE;
}

static VOID unmap_view(MEMORY *memory)
{
    DXGKARGCB_UNMAP_PHYSICAL_MEMORY args = {memory->Object, memory->View, memory->ViewSize};

    memory->Dxgk.DxgkCbUnmapPhysicalMemory(&args);
}

static int device_writes(const MEMORY *memory)
{
    return mdlguard_host_device_write(memory->Adl->Pages[1] * PAGE_SIZE, "frame", 6);
}

/* ---- right ---- */

void a_list_is_freed_before_the_object(void *context)
{
    MEMORY memory;

    (void)context;
    if (!create(&memory, TRUE))
        return;
    if (map_view(&memory)) {
        if (make_list(&memory)) {
            CHECK(memory.Adl->PageCount == 2);
            CHECK(device_writes(&memory) && memory.View[2 * PAGE_SIZE] == 'f');
            free_list(&memory);
        }
        unmap_view(&memory);
    }
    destroy(&memory, memory.Adapter);
    MdlGuardUnwrapDxgkInterface(&memory.Dxgk);
}

void an_object_is_opened_and_closed(void *context)
{
    MEMORY memory;

    (void)context;
    if (!create(&memory, FALSE))
        return;
    if (NT_SUCCESS(open_on_adapter(&memory))) {
        if (make_list(&memory))
            free_list(&memory);
        close_on_adapter(&memory);
    }
    destroy(&memory, NULL);
}

/* Opened once more, and given to the destroy this time. */
void an_object_is_opened_twice(void *context)
{
    MEMORY memory;

    (void)context;
    if (!create(&memory, FALSE))
        return;
    if (NT_SUCCESS(open_on_adapter(&memory)))
        close_on_adapter(&memory);
    open_on_adapter(&memory);
    destroy(&memory, memory.Adapter);
}

/* ---- wrong ---- */

void destroyed_with_a_list(void *context)
{
    MEMORY memory;

    (void)context;
    if (create(&memory, TRUE) && make_list(&memory))
        destroy(&memory, memory.Adapter);
}

void destroyed_with_a_view(void *context)
{
    MEMORY memory;

    (void)context;
    if (create(&memory, TRUE) && map_view(&memory))
        destroy(&memory, memory.Adapter);
}

void closed_with_a_list(void *context)
{
    MEMORY memory;

    (void)context;
    if (create(&memory, TRUE) && make_list(&memory))
        close_on_adapter(&memory);
}

void closed_and_given_to_the_destroy(void *context)
{
    MEMORY memory;

    (void)context;
    if (!create(&memory, TRUE))
        return;
    close_on_adapter(&memory);
    destroy(&memory, memory.Adapter);
}

void destroyed_twice(void *context)
{
    MEMORY memory;

    (void)context;
    if (!create(&memory, FALSE))
        return;
    destroy(&memory, NULL);
    destroy(&memory, NULL);
}

void a_list_is_freed_twice(void *context)
{
    MEMORY memory;

    (void)context;
    if (!create(&memory, TRUE) || !make_list(&memory))
        return;
    free_list(&memory);
    free_list(&memory);
}

void a_view_is_read_after_the_unmap(void *context)
{
    volatile UCHAR byte;
    MEMORY memory;

    (void)context;
    if (!create(&memory, TRUE) || !map_view(&memory))
        return;
    unmap_view(&memory);
    byte = memory.View[2 * PAGE_SIZE];
    (void)byte;
}

void opened_after_the_destroy(void *context)
{
    MEMORY memory;

    (void)context;
    if (!create(&memory, FALSE))
        return;
    destroy(&memory, NULL);
    open_on_adapter(&memory);
}

/* The device is stopped when its list is gone, though the memory is still there. */
void the_device_writes_after_the_list(void *context)
{
    DXGK_PAGE_NUMBER page;
    MEMORY memory;

    (void)context;
    if (!create(&memory, TRUE) || !make_list(&memory))
        return;
    page = memory.Adl->Pages[0];
    free_list(&memory);
    CHECK(!mdlguard_host_device_write(page * PAGE_SIZE, "late", 4));
    destroy(&memory, memory.Adapter);
}
