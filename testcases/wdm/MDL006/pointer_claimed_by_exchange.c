// Whoever exchanges the pointer for NULL owns the MDL: the second claim gets NULL. A plain read claims nothing.
#include <wdm.h>

typedef struct _SLOT {
    PVOID volatile Mdl;
    PMDL Plain;
    LONG Users;
} SLOT, *PSLOT;

static VOID DestroyLocked(PMDL Mdl)
{
    MmUnlockPages(Mdl);
    IoFreeMdl(Mdl);
}

static VOID FreeAndClear(PMDL *Mdl)
{
    if (Mdl == NULL || *Mdl == NULL)
        return;
    IoFreeMdl(*Mdl);
    *Mdl = NULL;
}

VOID SlotCancel_ok(PSLOT Slot)
{
    PMDL mdl = InterlockedExchangePointer(&Slot->Mdl, NULL);

    if (mdl != NULL)
        DestroyLocked(mdl);
}

VOID SlotTwice_ok(PSLOT Slot)
{
    PMDL first = InterlockedExchangePointer(&Slot->Mdl, NULL);
    PMDL second = InterlockedExchangePointer(&Slot->Mdl, NULL);

    if (first != NULL)
        DestroyLocked(first);
    if (second != NULL)
        DestroyLocked(second);
}

VOID SlotSwap_ok(PSLOT Slot, PMDL Fresh)
{
    PMDL old = InterlockedExchangePointer(&Slot->Mdl, Fresh);

    if (old != NULL)
        DestroyLocked(old);
}

VOID SlotPlain_bad(PSLOT Slot)
{
    PMDL mdl = Slot->Plain;

    if (mdl != NULL)
        IoFreeMdl(mdl);
    if (InterlockedDecrement(&Slot->Users) == 0)
        FreeAndClear(&Slot->Plain); // expect: MDL006
}

VOID SlotPlain_ok(PSLOT Slot)
{
    PMDL mdl = Slot->Plain;

    Slot->Plain = NULL;
    if (mdl != NULL)
        IoFreeMdl(mdl);
    if (InterlockedDecrement(&Slot->Users) == 0)
        FreeAndClear(&Slot->Plain);
}
