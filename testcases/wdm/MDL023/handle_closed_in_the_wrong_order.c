// Who opens gets a PVOID, and the function that closes it frees the descriptor before the pages.
// Only the variable that the handle is copied to says that it is an MDL.
#include <wdm.h>

NTSTATUS device_run(PVOID device);

static PVOID pages_open(SIZE_T bytes)
{
    PHYSICAL_ADDRESS low, high;

    low.QuadPart = 0;
    high.QuadPart = -1;
    return MmAllocatePagesForMdlEx(low, high, low, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
}

static void pages_close(PVOID handle)
{
    PMDL mdl = handle;

    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

static void pages_close_late(PVOID handle)
{
    PMDL mdl = handle;

    ExFreePool(mdl);
    MmFreePagesFromMdl(mdl); // expect: MDL005
}

static PVOID buffer_open(PVOID buffer, ULONG length)
{
    return IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
}

static void buffer_close(PVOID handle)
{
    PMDL mdl = handle;

    ExFreePool(mdl);
}

NTSTATUS run_with_pages_ok(PVOID device)
{
    PVOID handle = pages_open(PAGE_SIZE);
    NTSTATUS status;

    if (handle == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = device_run(device);
    pages_close(handle);
    return status;
}

NTSTATUS run_with_pages_bad(PVOID device)
{
    PVOID handle = pages_open(PAGE_SIZE);
    NTSTATUS status;

    if (handle == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = device_run(device);
    pages_close_late(handle); // expect: MDL023
    return status;
}

NTSTATUS run_with_buffer_bad(PVOID device, PVOID buffer, ULONG length)
{
    PVOID handle = buffer_open(buffer, length);
    NTSTATUS status;

    if (handle == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = device_run(device);
    buffer_close(handle); // expect: MDL009
    return status;
}
