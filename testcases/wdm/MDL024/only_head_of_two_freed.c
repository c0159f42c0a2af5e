// Two MDLs are chained by hand; IoFreeMdl frees the one it is given and no other.
#include <wdm.h>

NTSTATUS poll_device(void);

NTSTATUS send_two_bad(PVOID header, PVOID body, ULONG length)
{
    NTSTATUS status;
    PMDL first, second;

    first = IoAllocateMdl(header, 64, FALSE, FALSE, NULL);
    if (first == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    second = IoAllocateMdl(body, length, FALSE, FALSE, NULL); // expect: MDL024
    if (second == NULL) {
        IoFreeMdl(first);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(first);
    MmBuildMdlForNonPagedPool(second);
    first->Next = second; // step: MDL024
    status = poll_device();
    IoFreeMdl(first);
    return status;
}

NTSTATUS send_two_ok(PVOID header, PVOID body, ULONG length)
{
    NTSTATUS status;
    PMDL first, second;

    first = IoAllocateMdl(header, 64, FALSE, FALSE, NULL);
    if (first == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    second = IoAllocateMdl(body, length, FALSE, FALSE, NULL);
    if (second == NULL) {
        IoFreeMdl(first);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(first);
    MmBuildMdlForNonPagedPool(second);
    first->Next = second;
    status = poll_device();
    IoFreeMdl(first->Next);
    IoFreeMdl(first);
    return status;
}
