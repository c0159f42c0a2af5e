// Each element of the list has a user mapping; the walk that empties the list unlocks every MDL without unmapping it.
#include <wdm.h>

typedef struct _NODE {
    LIST_ENTRY Link;
    PMDL Mdl;
    PVOID Address;
} NODE, *PNODE;

typedef struct _DEVICE {
    LIST_ENTRY Nodes;
    KSPIN_LOCK Lock;
} DEVICE, *PDEVICE;

NTSTATUS add(PDEVICE device, PMDL locked)
{
    PNODE node = ExAllocatePoolWithTag(NonPagedPool, sizeof(*node), 'edoN');

    if (node == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        node->Address = MmMapLockedPagesSpecifyCache(locked, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL002
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        ExFreePoolWithTag(node, 'edoN');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    node->Mdl = locked;
    InsertTailList(&device->Nodes, &node->Link);
    return STATUS_SUCCESS;
}

VOID empty_bad(PDEVICE device)
{
    while (!IsListEmpty(&device->Nodes)) {
        PLIST_ENTRY entry = RemoveHeadList(&device->Nodes);
        PNODE node = CONTAINING_RECORD(entry, NODE, Link);

        MmUnlockPages(node->Mdl); // expect: MDL002
        IoFreeMdl(node->Mdl);
        ExFreePoolWithTag(node, 'edoN');
    }
}
