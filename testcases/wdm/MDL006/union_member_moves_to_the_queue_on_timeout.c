// A queued entry holds an MDL or a copy in a union; after a timeout the entry, and the MDL in it, belong to the worker.
#include <wdm.h>

typedef enum _PAYLOAD_KIND { PayloadCopied, PayloadPinned } PAYLOAD_KIND;

typedef struct _WORK_ENTRY {
    LIST_ENTRY Link;
    KEVENT Done;
    PAYLOAD_KIND Kind;
    BOOLEAN Abandoned;
    NTSTATUS Status;
    union {
        struct {
            PVOID Copy;
            ULONG Bytes;
        } Copied;
        struct {
            PMDL Mdl;
            PVOID View;
        } Pinned;
    } u;
} WORK_ENTRY, *PWORK_ENTRY;

#define WORK_TAG 'kroW'

typedef struct _WORK_QUEUE {
    KSPIN_LOCK Lock;
    LIST_ENTRY Head;
} WORK_QUEUE, *PWORK_QUEUE;

static VOID EntryFree(PWORK_ENTRY Entry)
{
    if (Entry->Kind == PayloadPinned) {
        MmUnlockPages(Entry->u.Pinned.Mdl);
        IoFreeMdl(Entry->u.Pinned.Mdl);
    } else if (Entry->u.Copied.Copy != NULL) {
        ExFreePoolWithTag(Entry->u.Copied.Copy, WORK_TAG);
    }
    ExFreePoolWithTag(Entry, WORK_TAG);
}

static PWORK_ENTRY EntryCreate(PVOID Buffer, ULONG Bytes)
{
    PWORK_ENTRY entry = ExAllocatePoolWithTag(NonPagedPool, sizeof(*entry), WORK_TAG);

    if (entry == NULL)
        return NULL;
    RtlZeroMemory(entry, sizeof(*entry));
    KeInitializeEvent(&entry->Done, NotificationEvent, FALSE);
    entry->Kind = PayloadPinned;
    entry->u.Pinned.Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (entry->u.Pinned.Mdl == NULL)
        goto fail;
    __try {
        MmProbeAndLockPages(entry->u.Pinned.Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(entry->u.Pinned.Mdl);
        goto fail;
    }
    return entry;
fail:
    ExFreePoolWithTag(entry, WORK_TAG);
    return NULL;
}

static NTSTATUS EntryWait(PWORK_QUEUE Queue, PWORK_ENTRY Entry, PLARGE_INTEGER Timeout, PBOOLEAN Owned)
{
    KIRQL irql;
    NTSTATUS status;

    *Owned = TRUE;
    status = KeWaitForSingleObject(&Entry->Done, Executive, KernelMode, FALSE, Timeout);
    KeAcquireSpinLock(&Queue->Lock, &irql);
    if (status == STATUS_TIMEOUT && !KeReadStateEvent(&Entry->Done)) {
        Entry->Abandoned = TRUE;
        *Owned = FALSE;
    }
    KeReleaseSpinLock(&Queue->Lock, irql);
    return status;
}

NTSTATUS QueueAndWait_ok(PWORK_QUEUE Queue, PVOID Buffer, ULONG Bytes, PLARGE_INTEGER Timeout)
{
    NTSTATUS status;
    BOOLEAN owned;
    PWORK_ENTRY entry = EntryCreate(Buffer, Bytes);

    if (entry == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    ExInterlockedInsertTailList(&Queue->Head, &entry->Link, &Queue->Lock);
    status = EntryWait(Queue, entry, Timeout, &owned);
    if (owned) {
        status = entry->Status;
        EntryFree(entry);
    }
    return status;
}

VOID QueueWorkerDone_ok(PWORK_QUEUE Queue, PWORK_ENTRY Entry, NTSTATUS Status)
{
    KIRQL irql;
    BOOLEAN abandoned;

    KeAcquireSpinLock(&Queue->Lock, &irql);
    Entry->Status = Status;
    abandoned = Entry->Abandoned;
    if (!abandoned)
        KeSetEvent(&Entry->Done, IO_NO_INCREMENT, FALSE);
    KeReleaseSpinLock(&Queue->Lock, irql);
    if (abandoned)
        EntryFree(Entry);
}

/* The copy that replaces the pinned buffer lands in the same union: the MDL is not there any more. */
NTSTATUS EntryDetach_ok(PWORK_ENTRY Entry, ULONG Bytes)
{
    PMDL mdl = Entry->u.Pinned.Mdl;
    PVOID copy = ExAllocatePoolWithTag(NonPagedPool, Bytes, WORK_TAG);

    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    Entry->Kind = PayloadCopied;
    Entry->u.Copied.Copy = copy;
    Entry->u.Copied.Bytes = Bytes;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS QueueOrFail_bad(PWORK_QUEUE Queue, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;
    PWORK_ENTRY entry = EntryCreate(Buffer, Bytes);

    if (entry == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (IsListEmpty(&Queue->Head)) {
        MmUnlockPages(entry->u.Pinned.Mdl);
        IoFreeMdl(entry->u.Pinned.Mdl);
        EntryFree(entry); // expect: MDL005
        return STATUS_NO_SUCH_DEVICE;
    }
    ExInterlockedInsertTailList(&Queue->Head, &entry->Link, &Queue->Lock);
    status = KeWaitForSingleObject(&entry->Done, Executive, KernelMode, FALSE, NULL);
    EntryFree(entry);
    return status;
}
