// Slots are filled and mapped one by one in a control code, and unlocked in a loop at the end, none of them unmapped.
#include <wdm.h>

#define SLOTS 16

typedef struct _SLOT {
    PMDL Mdl;
    PVOID Address;
} SLOT;

typedef struct _TABLE {
    SLOT Slot[SLOTS];
} TABLE, *PTABLE;

NTSTATUS slot_open(PTABLE table, ULONG index, PMDL locked)
{
    if (index >= SLOTS || table->Slot[index].Mdl != NULL)
        return STATUS_INVALID_PARAMETER;
    __try {
        table->Slot[index].Address = MmMapLockedPagesSpecifyCache(locked, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL002
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    table->Slot[index].Mdl = locked;
    return STATUS_SUCCESS;
}

VOID close_all_bad(PTABLE table)
{
    for (ULONG i = 0; i < SLOTS; i++) {
        if (table->Slot[i].Mdl == NULL)
            continue;
        MmUnlockPages(table->Slot[i].Mdl); // expect: MDL002
        IoFreeMdl(table->Slot[i].Mdl);
        table->Slot[i].Mdl = NULL;
    }
}
