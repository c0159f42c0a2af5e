// The pages come from a helper; the goto of the first check skips the release.
#include <wdm.h>

BOOLEAN engine_present(void);
NTSTATUS engine_start(PVOID ring);

static PMDL pages_allocate(SIZE_T bytes)
{
    PHYSICAL_ADDRESS zero = {0}, high;

    high.QuadPart = 0xffffffffLL;
    return MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmNonCached, MM_ALLOCATE_FULLY_REQUIRED);
}

static void pages_free(PMDL mdl)
{
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

NTSTATUS test_engine_bad(void)
{
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;
    PVOID ring;
    PMDL mdl = pages_allocate(PAGE_SIZE); // expect: MDL023

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    if (!engine_present())
        goto done;
    ring = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    status = ring != NULL ? engine_start(ring) : STATUS_INSUFFICIENT_RESOURCES;
    pages_free(mdl);
done:
    return status;
}

NTSTATUS test_engine_ok(void)
{
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;
    PVOID ring;
    PMDL mdl = pages_allocate(PAGE_SIZE);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    if (!engine_present())
        goto done;
    ring = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    status = ring != NULL ? engine_start(ring) : STATUS_INSUFFICIENT_RESOURCES;
done:
    pages_free(mdl);
    return status;
}
