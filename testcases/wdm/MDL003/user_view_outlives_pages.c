// Pages freed under a user mapping: the process goes on writing to memory that belongs to somebody else.
#include <wdm.h>

typedef struct _USER_AREA {
    PMDL Mdl;
    PVOID Address;
} USER_AREA;

static NTSTATUS area_create(USER_AREA *area, SIZE_T bytes)
{
    PHYSICAL_ADDRESS low = {0}, high, skip = {0};

    high.QuadPart = -1;
    area->Address = NULL;
    area->Mdl = MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (area->Mdl == NULL)
        return STATUS_NO_MEMORY;
    __try {
        area->Address =
            MmMapLockedPagesSpecifyCache(area->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmFreePagesFromMdl(area->Mdl);
        ExFreePool(area->Mdl);
        area->Mdl = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS short_lived_area_bad(void)
{
    USER_AREA area;
    NTSTATUS status = area_create(&area, 4 * PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    MmFreePagesFromMdl(area.Mdl); // expect: MDL003
    ExFreePool(area.Mdl);
    return STATUS_SUCCESS;
}

NTSTATUS short_lived_area_ok(void)
{
    USER_AREA area;
    NTSTATUS status = area_create(&area, 4 * PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    MmUnmapLockedPages(area.Address, area.Mdl);
    MmFreePagesFromMdl(area.Mdl);
    ExFreePool(area.Mdl);
    return STATUS_SUCCESS;
}
