// Two loops in the wrong order: all pages are freed, then all views of them are removed.
#include <wdm.h>

#define PARTS 4

typedef struct _PART {
    PMDL Mdl;
    PVOID View;
} PART;

static NTSTATUS part_create(PART *part)
{
    PHYSICAL_ADDRESS low = {0}, high, skip = {0};

    high.QuadPart = -1;
    part->Mdl = MmAllocatePagesForMdlEx(low, high, skip, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (part->Mdl == NULL)
        return STATUS_NO_MEMORY;
    part->View = MmGetSystemAddressForMdlSafe(part->Mdl, NormalPagePriority);
    if (part->View == NULL) {
        MmFreePagesFromMdl(part->Mdl);
        ExFreePool(part->Mdl);
        return STATUS_NO_MEMORY;
    }
    return STATUS_SUCCESS;
}

NTSTATUS two_parts_bad(void)
{
    PART first, second;

    if (!NT_SUCCESS(part_create(&first)))
        return STATUS_NO_MEMORY;
    if (!NT_SUCCESS(part_create(&second))) {
        MmUnmapLockedPages(first.View, first.Mdl);
        MmFreePagesFromMdl(first.Mdl);
        ExFreePool(first.Mdl);
        return STATUS_NO_MEMORY;
    }
    MmFreePagesFromMdl(first.Mdl);  // expect: MDL003
    MmFreePagesFromMdl(second.Mdl); // expect: MDL003
    MmUnmapLockedPages(first.View, first.Mdl);
    MmUnmapLockedPages(second.View, second.Mdl);
    ExFreePool(first.Mdl);
    ExFreePool(second.Mdl);
    return STATUS_SUCCESS;
}

NTSTATUS all_parts_ok(PART parts[PARTS])
{
    ULONG made = 0;
    NTSTATUS status = STATUS_SUCCESS;

    while (made < PARTS) {
        status = part_create(&parts[made]);
        if (!NT_SUCCESS(status))
            break;
        made++;
    }
    while (made > 0) {
        made--;
        MmUnmapLockedPages(parts[made].View, parts[made].Mdl);
        MmFreePagesFromMdl(parts[made].Mdl);
        ExFreePool(parts[made].Mdl);
    }
    return status;
}
