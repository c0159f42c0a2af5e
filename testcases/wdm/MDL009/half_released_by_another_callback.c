// The pages that one callback has allocated are freed by another one, which forgets the descriptor and the pointer to it.
#include <wdm.h>

typedef struct _CACHE {
    PMDL Forgotten;
    PMDL Kept;
    PMDL Whole;
} CACHE;

static const PHYSICAL_ADDRESS zero = {0};
static CACHE cache;

NTSTATUS NTAPI create_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PHYSICAL_ADDRESS high;

    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    high.QuadPart = MAXLONGLONG;
    cache.Forgotten = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED); // step: MDL009
    return cache.Forgotten ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI close_bad(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    if (cache.Forgotten == NULL)
        return STATUS_INVALID_DEVICE_STATE;
    MmFreePagesFromMdl(cache.Forgotten); // expect: MDL009
    cache.Forgotten = NULL;
    return STATUS_SUCCESS;
}

/* A third callback frees the descriptor. */
NTSTATUS NTAPI read_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PHYSICAL_ADDRESS high;

    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    high.QuadPart = MAXLONGLONG;
    cache.Kept = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    return cache.Kept ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI write_ok(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    if (cache.Kept != NULL)
        MmFreePagesFromMdl(cache.Kept);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI cleanup_ok(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    if (cache.Kept != NULL)
        ExFreePool(cache.Kept);
    cache.Kept = NULL;
    return STATUS_SUCCESS;
}

/* One way of a callback frees both, the other one nothing. */
NTSTATUS NTAPI power_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PHYSICAL_ADDRESS high;

    UNREFERENCED_PARAMETER(device);
    high.QuadPart = MAXLONGLONG;
    if (irp->Cancel && cache.Whole != NULL) {
        MmFreePagesFromMdl(cache.Whole);
        ExFreePool(cache.Whole);
        cache.Whole = NULL;
        return STATUS_SUCCESS;
    }
    cache.Whole = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    return cache.Whole ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNREFERENCED_PARAMETER(path);
    driver->MajorFunction[IRP_MJ_CREATE] = create_ok;
    driver->MajorFunction[IRP_MJ_CLOSE] = close_bad;
    driver->MajorFunction[IRP_MJ_READ] = read_ok;
    driver->MajorFunction[IRP_MJ_WRITE] = write_ok;
    driver->MajorFunction[IRP_MJ_CLEANUP] = cleanup_ok;
    driver->MajorFunction[IRP_MJ_POWER] = power_ok;
    return STATUS_SUCCESS;
}
