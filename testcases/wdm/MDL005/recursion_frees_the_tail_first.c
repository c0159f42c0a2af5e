// A chain is freed by recursion: the tail first is right, the head first reads Next out of a freed MDL.
#include <wdm.h>

#define PART_BYTES PAGE_SIZE

static VOID ChainFreeTailFirst_ok(PMDL Mdl)
{
    if (Mdl == NULL)
        return;
    ChainFreeTailFirst_ok(Mdl->Next);
    IoFreeMdl(Mdl);
}

static VOID ChainFreeHeadFirst_bad(PMDL Mdl)
{
    if (Mdl == NULL)
        return;
    IoFreeMdl(Mdl);
    ChainFreeHeadFirst_bad(Mdl->Next); // expect: MDL005
}

/* Counts on the way down and unlocks on the way back. */
static ULONG ChainUnlock_ok(PMDL Mdl)
{
    ULONG bytes;

    if (Mdl == NULL)
        return 0;
    bytes = MmGetMdlByteCount(Mdl) + ChainUnlock_ok(Mdl->Next);
    MmUnlockPages(Mdl);
    return bytes;
}

static PMDL ChainMake(PUCHAR Pool, ULONG Parts)
{
    PMDL mdl;

    if (Parts == 0)
        return NULL;
    mdl = IoAllocateMdl(Pool, PART_BYTES, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return NULL;
    MmBuildMdlForNonPagedPool(mdl);
    mdl->Next = ChainMake(Pool + PART_BYTES, Parts - 1);
    return mdl;
}

NTSTATUS SendChain(PMDL Head);

NTSTATUS ChainRoundTrip_ok(PUCHAR Pool, ULONG Parts)
{
    NTSTATUS status;
    PMDL head = ChainMake(Pool, Parts);

    if (head == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = SendChain(head);
    ChainFreeTailFirst_ok(head);
    return status;
}

NTSTATUS ChainTwice_bad(PUCHAR Pool)
{
    NTSTATUS status;
    PMDL head = ChainMake(Pool, 3);

    if (head == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = SendChain(head);
    if (!NT_SUCCESS(status))
        ChainFreeTailFirst_ok(head);
    ChainFreeTailFirst_ok(head); // expect: MDL005
    return status;
}

VOID FinishLocked_ok(PMDL Head, PULONG Bytes)
{
    *Bytes = ChainUnlock_ok(Head);
    ChainFreeTailFirst_ok(Head);
}
