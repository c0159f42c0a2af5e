// A chain of one's own is released in a walk that saves Next; the careless one unlocks the head in each turn.
#include <wdm.h>

NTSTATUS NetTransmit(PMDL Chain, ULONG Bytes);

static PMDL NetAppend(PMDL Tail, PVOID Data, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Data, Bytes, FALSE, FALSE, NULL);

    if (!mdl)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    if (Tail)
        Tail->Next = mdl;
    return mdl;
}

static void NetFreeChain(PMDL Chain)
{
    PMDL next;

    for (; Chain; Chain = next) {
        next = Chain->Next;
        Chain->Next = NULL;
        MmUnlockPages(Chain);
        IoFreeMdl(Chain);
    }
}

NTSTATUS NetSend_ok(PVOID Header, ULONG HeaderBytes, PVOID Body, ULONG BodyBytes)
{
    NTSTATUS status;
    PMDL head = NetAppend(NULL, Header, HeaderBytes);

    if (!head)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (BodyBytes && !NetAppend(head, Body, BodyBytes)) {
        NetFreeChain(head);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = NetTransmit(head, HeaderBytes + BodyBytes);
    NetFreeChain(head);
    return status;
}

NTSTATUS NetSend_bad(PVOID Header, ULONG HeaderBytes, PVOID Body, ULONG BodyBytes)
{
    NTSTATUS status;
    PMDL cursor, next;
    PMDL head = NetAppend(NULL, Header, HeaderBytes);

    if (!head)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!NetAppend(head, Body, BodyBytes)) {
        NetFreeChain(head);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = NetTransmit(head, HeaderBytes + BodyBytes);
    for (cursor = head; cursor; cursor = next) {
        next = cursor->Next;
        MmUnlockPages(head); // expect: MDL007
    }
    for (cursor = head; cursor; cursor = next) {
        next = cursor->Next;
        IoFreeMdl(cursor);
    }
    return status;
}
