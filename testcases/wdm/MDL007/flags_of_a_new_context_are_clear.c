// A set-up notes in the context how far it came, and its way out asks those flags: that one was set before is no path.
// The context is new, so its members are zero. Nothing in this file says so: it is the creator of the context that does.
#include <wdm.h>

typedef struct _DMA_SLOT {
    PMDL Mdl;
    PVOID View;
    BOOLEAN Locked;
    ULONG Held;
    ULONG State;
} DMA_SLOT;

#define SLOT_IDLE 1
#define SLOT_BUSY 2

#define HOLDS_MDL 0x1
#define HOLDS_PAGES 0x2

NTSTATUS program(PVOID buffer);

NTSTATUS set_up_by_flag_ok(DMA_SLOT *slot, PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;

    slot->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (slot->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(slot->Mdl, UserMode, IoWriteAccess);
        slot->Locked = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status))
        status = program(buffer);
    if (!NT_SUCCESS(status)) {
        if (slot->Locked)
            MmUnlockPages(slot->Mdl);
        slot->Locked = FALSE;
        IoFreeMdl(slot->Mdl);
        slot->Mdl = NULL;
    }
    return status;
}

static void undo(DMA_SLOT *slot)
{
    if (slot->Held & HOLDS_PAGES)
        MmUnlockPages(slot->Mdl);
    if (slot->Held & HOLDS_MDL)
        IoFreeMdl(slot->Mdl);
    slot->Held = 0;
}

NTSTATUS set_up_by_bits_ok(DMA_SLOT *slot, PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;

    slot->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (slot->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    slot->Held |= HOLDS_MDL;
    __try {
        MmProbeAndLockPages(slot->Mdl, UserMode, IoWriteAccess);
        slot->Held |= HOLDS_PAGES;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status))
        status = program(buffer);
    if (!NT_SUCCESS(status))
        undo(slot);
    return status;
}

// The flag is set before the step that it speaks of.
NTSTATUS set_too_early_bad(DMA_SLOT *slot, PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;

    slot->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (slot->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    slot->Locked = TRUE;
    __try {
        MmProbeAndLockPages(slot->Mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status)) {
        if (slot->Locked)
            MmUnlockPages(slot->Mdl); // expect: MDL007
        slot->Locked = FALSE;
        IoFreeMdl(slot->Mdl);
        slot->Mdl = NULL;
    }
    return status;
}

// What a member holds when the function begins is another thing: here it says whether the slot may be used.
NTSTATUS begin_bad(DMA_SLOT *slot, PVOID buffer, ULONG length)
{
    PMDL mdl;

    if (slot->State != SLOT_IDLE)
        return STATUS_DEVICE_BUSY;
    mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    slot->State = SLOT_BUSY;
    MmBuildMdlForNonPagedPool(mdl);
    program(buffer);
    MmUnlockPages(mdl); // expect: MDL007
    IoFreeMdl(mdl);
    slot->State = SLOT_IDLE;
    return STATUS_SUCCESS;
}

// Nor does it excuse that something is left behind.
NTSTATUS forgotten_bad(DMA_SLOT *slot, PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL); // expect: MDL020

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (slot->Locked)
        return STATUS_DEVICE_BUSY;
    slot->Locked = TRUE;
    slot->Mdl = mdl;
    return STATUS_SUCCESS;
}
