// When the second MDL cannot be had, the first one is forgotten.
#include <wdm.h>

NTSTATUS pair_bad(PVOID pool, PMDL pair[2])
{
    PMDL head = IoAllocateMdl(pool, 64, FALSE, FALSE, NULL); // expect: MDL020
    PMDL tail;

    if (head == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    tail = IoAllocateMdl((PUCHAR)pool + 64, 64, FALSE, FALSE, NULL);
    if (tail == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    pair[0] = head;
    pair[1] = tail;
    return STATUS_SUCCESS;
}

NTSTATUS pair_ok(PVOID pool, PMDL pair[2])
{
    PMDL head, tail;

    head = IoAllocateMdl(pool, 64, FALSE, FALSE, NULL);
    tail = IoAllocateMdl((PUCHAR)pool + 64, 64, FALSE, FALSE, NULL);
    if (head == NULL || tail == NULL)
        goto fail;
    pair[0] = head;
    pair[1] = tail;
    return STATUS_SUCCESS;

fail:
    if (tail != NULL)
        IoFreeMdl(tail);
    if (head != NULL)
        IoFreeMdl(head);
    return STATUS_INSUFFICIENT_RESOURCES;
}
