// A physical memory object must not go while a list of its addresses exists: the pages would stay pinned, and dxgkrnl stops the machine.
#include "wdk/d3dkmddi_iommu.h"

void gpu_use(const DXGK_ADL *adl);

struct buffer {
    HANDLE object, adapter_object;
    DXGK_ADL *adl;
};

static NTSTATUS make(DXGKRNL_INTERFACE *dxgk, struct buffer *buffer, SIZE_T bytes)
{
    DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT create = {0};
    NTSTATUS status;

    create.hAdapter = dxgk->DeviceHandle;
    create.Size = bytes;
    status = dxgk->DxgkCbCreatePhysicalMemoryObject(&create);
    buffer->object = create.hPhysicalMemoryObject;
    buffer->adapter_object = create.hAdapterMemoryObject;
    return status;
}

static NTSTATUS list(DXGKRNL_INTERFACE *dxgk, struct buffer *buffer, SIZE_T bytes)
{
    DXGKARGCB_ALLOCATE_ADL args = {0};
    NTSTATUS status;

    args.hAdapterMemoryObject = buffer->adapter_object;
    args.Size = bytes;
    status = dxgk->DxgkCbAllocateAdl(&args);
    buffer->adl = args.pAdl;
    return status;
}

static void unlist(DXGKRNL_INTERFACE *dxgk, struct buffer *buffer)
{
    DXGKARGCB_FREE_ADL args = {buffer->adapter_object, buffer->adl};

    dxgk->DxgkCbFreeAdl(&args);
}

static void close_adapter(DXGKRNL_INTERFACE *dxgk, struct buffer *buffer)
{
    DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT args = {buffer->adapter_object};

    dxgk->DxgkCbClosePhysicalMemoryObject(&args);
}

static void destroy(DXGKRNL_INTERFACE *dxgk, HANDLE object, HANDLE adapter_object)
{
    DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT args = {object, adapter_object};

    dxgk->DxgkCbDestroyPhysicalMemoryObject(&args);
}

NTSTATUS use_once_bad(DXGKRNL_INTERFACE *dxgk, SIZE_T bytes)
{
    struct buffer buffer;
    NTSTATUS status = make(dxgk, &buffer, bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = list(dxgk, &buffer, bytes); // step: MDL110
    if (NT_SUCCESS(status))
        gpu_use(buffer.adl);
    destroy(dxgk, buffer.object, buffer.adapter_object); // expect: MDL110 "adl"
    return status;
}

NTSTATUS use_once_ok(DXGKRNL_INTERFACE *dxgk, SIZE_T bytes)
{
    struct buffer buffer;
    NTSTATUS status = make(dxgk, &buffer, bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = list(dxgk, &buffer, bytes);
    if (NT_SUCCESS(status)) {
        gpu_use(buffer.adl);
        unlist(dxgk, &buffer);
    }
    destroy(dxgk, buffer.object, buffer.adapter_object);
    return status;
}

/* Closed, and given to the destroy as well. */
NTSTATUS close_and_destroy_bad(DXGKRNL_INTERFACE *dxgk, SIZE_T bytes)
{
    struct buffer buffer;
    NTSTATUS status = make(dxgk, &buffer, bytes);

    if (!NT_SUCCESS(status))
        return status;
    close_adapter(dxgk, &buffer);
    destroy(dxgk, buffer.object, buffer.adapter_object); // expect: MDL110
    return status;
}

NTSTATUS close_and_destroy_ok(DXGKRNL_INTERFACE *dxgk, SIZE_T bytes)
{
    struct buffer buffer;
    NTSTATUS status = make(dxgk, &buffer, bytes);

    if (!NT_SUCCESS(status))
        return status;
    close_adapter(dxgk, &buffer);
    destroy(dxgk, buffer.object, NULL);
    return status;
}

/* The list is read when it is gone. */
NTSTATUS count_bad(DXGKRNL_INTERFACE *dxgk, struct buffer *buffer, SIZE_T bytes, ULONG *count)
{
    NTSTATUS status = make(dxgk, buffer, bytes);

    if (NT_SUCCESS(status))
        status = list(dxgk, buffer, bytes);
    if (!NT_SUCCESS(status))
        return status;
    unlist(dxgk, buffer);
    *count = buffer->adl->PageCount; // expect: MDL110
    return status;
}

NTSTATUS close_with_a_list_bad(DXGKRNL_INTERFACE *dxgk, struct buffer *buffer, SIZE_T bytes)
{
    NTSTATUS status = make(dxgk, buffer, bytes);

    if (NT_SUCCESS(status))
        status = list(dxgk, buffer, bytes);
    if (!NT_SUCCESS(status))
        return status;
    close_adapter(dxgk, buffer); // expect: MDL110
    return status;
}
