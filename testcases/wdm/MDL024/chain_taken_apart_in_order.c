// clean: the elements of a chain are freed through their own variables, or after being unlinked.
#include <wdm.h>

NTSTATUS notify(ULONG count);

NTSTATUS unlink_then_free_ok(PVOID a, PVOID b, ULONG length)
{
    NTSTATUS status;
    PMDL second;
    PMDL first = IoAllocateMdl(a, length, FALSE, FALSE, NULL);

    if (first == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    second = IoAllocateMdl(b, length, FALSE, FALSE, NULL);
    first->Next = second;
    status = notify(second != NULL ? 2 : 1);
    first->Next = NULL;
    IoFreeMdl(first);
    if (second != NULL)
        IoFreeMdl(second);
    return status;
}

NTSTATUS free_tail_first_ok(PVOID a, PVOID b, ULONG length)
{
    PMDL head = IoAllocateMdl(a, length, FALSE, FALSE, NULL);

    if (head == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    head->Next = IoAllocateMdl(b, length, FALSE, FALSE, NULL);
    if (head->Next != NULL) {
        notify(2);
        IoFreeMdl(head->Next);
        head->Next = NULL;
    }
    IoFreeMdl(head);
    return STATUS_SUCCESS;
}
