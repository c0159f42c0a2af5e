// A pointer into the middle of the view outlives the pages.
#include <wdm.h>

typedef struct _TABLE_HEADER {
    ULONG Version;
    ULONG Entries;
} TABLE_HEADER;

NTSTATUS load_table(PVOID memory);

ULONG count_entries_bad(PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    TABLE_HEADER *header;
    PUCHAR memory;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return 0;
    memory = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (memory == NULL || !NT_SUCCESS(load_table(memory))) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        return 0;
    }
    header = (TABLE_HEADER *)(memory + 64);
    MmFreePagesFromMdl(mdl); // step: MDL014
    ExFreePool(mdl);
    return header->Entries; // expect: MDL014
}

ULONG count_entries_ok(PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    TABLE_HEADER *header;
    PUCHAR memory;
    ULONG entries = 0;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return 0;
    memory = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (memory != NULL && NT_SUCCESS(load_table(memory))) {
        header = (TABLE_HEADER *)(memory + 64);
        entries = header->Entries;
    }
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return entries;
}
