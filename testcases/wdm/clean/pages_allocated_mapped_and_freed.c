// clean: pages of the driver's own, once with an explicit unmap and once with the implicit one.
#include <wdm.h>

NTSTATUS measure(PVOID memory, SIZE_T bytes);

static PMDL allocate_below_4g(SIZE_T bytes)
{
    PHYSICAL_ADDRESS low, high, skip;
    PMDL mdl;

    low.QuadPart = 0;
    high.QuadPart = 0xffffffffLL;
    skip.QuadPart = 0;
    mdl = MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, 0);
    if (mdl != NULL && MmGetMdlByteCount(mdl) != bytes) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        mdl = NULL;
    }
    return mdl;
}

NTSTATUS measure_explicitly(SIZE_T bytes)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID memory;
    PMDL mdl = allocate_below_4g(bytes);

    if (mdl == NULL)
        return status;
    memory = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (memory != NULL) {
        status = measure(memory, bytes);
        MmUnmapLockedPages(memory, mdl);
    }
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}

NTSTATUS measure_implicitly(SIZE_T bytes)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID memory;
    PMDL mdl = allocate_below_4g(bytes);

    if (mdl == NULL)
        return status;
    memory = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (memory != NULL)
        status = measure(memory, bytes);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}
