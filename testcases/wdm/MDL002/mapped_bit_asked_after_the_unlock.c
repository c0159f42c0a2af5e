// A cleanup that unlocks first and then asks MdlFlags for the mapping is right, and one that asks the address is not.
// The unlock releases the system mapping and clears its bit.
#include <wdm.h>

typedef struct _SLOT {
    PMDL Mdl;
    PVOID View;
} SLOT;

NTSTATUS transmit(PVOID view);

static void release_by_flags(SLOT *slot)
{
    if (slot->Mdl->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(slot->Mdl);
    if (slot->Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
        MmUnmapLockedPages(slot->View, slot->Mdl);
    IoFreeMdl(slot->Mdl);
}

static void release_by_address_bad(SLOT *slot)
{
    if (slot->Mdl->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(slot->Mdl); // expect: MDL002
    if (slot->View != NULL)
        MmUnmapLockedPages(slot->View, slot->Mdl); // step: MDL002
    IoFreeMdl(slot->Mdl);
}

static NTSTATUS open_slot(SLOT *slot, PVOID buffer, ULONG length)
{
    slot->View = NULL;
    slot->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (slot->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(slot->Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(slot->Mdl);
        return GetExceptionCode();
    }
    slot->View = MmMapLockedPagesSpecifyCache(slot->Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    return STATUS_SUCCESS;
}

NTSTATUS send_ok(PVOID buffer, ULONG length)
{
    SLOT slot;
    NTSTATUS status = open_slot(&slot, buffer, length);

    if (!NT_SUCCESS(status))
        return status;
    if (slot.View != NULL)
        status = transmit(slot.View);
    release_by_flags(&slot);
    return status;
}

NTSTATUS send_late(PVOID buffer, ULONG length)
{
    SLOT slot;
    NTSTATUS status = open_slot(&slot, buffer, length);

    if (!NT_SUCCESS(status))
        return status;
    if (slot.View != NULL)
        status = transmit(slot.View);
    release_by_address_bad(&slot);
    return status;
}
