// One loop makes the MDLs, another one hands them over: how their numbers of rounds hang together is not known, and no reason to report a leak.
#include <wdm.h>

typedef struct _PART {
    ULONG length;
    PMDL mdl;
} PART;

NTSTATUS queue(PMDL mdl);

static void free_parts(PART *parts, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        if (parts[i].mdl)
            IoFreeMdl(parts[i].mdl);
}

static NTSTATUS make_parts(PART *parts, ULONG count, PUCHAR buffer)
{
    for (ULONG i = 0; i < count; i++) {
        parts[i].mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
        if (!parts[i].mdl) {
            free_parts(parts, count);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        parts[i].length = PAGE_SIZE;
        MmBuildMdlForNonPagedPool(parts[i].mdl);
    }
    return STATUS_SUCCESS;
}

/* There are as many parts as LENGTH makes pages, which is the caller's affair. */
NTSTATUS write_ok(PUCHAR buffer, ULONG count, ULONG length)
{
    PART *parts = ExAllocatePoolWithTag(NonPagedPool, count * sizeof(PART), 'traP');
    ULONG done = 0, i = 0;

    if (!parts)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(parts, count * sizeof(PART));
    if (!NT_SUCCESS(make_parts(parts, count, buffer))) {
        ExFreePoolWithTag(parts, 'traP');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    while (done < length && i < count) {
        queue(parts[i].mdl);
        done += parts[i].length;
        i++;
    }
    ExFreePoolWithTag(parts, 'traP');
    return STATUS_SUCCESS;
}

/* The first one is left out whatever the numbers are. */
NTSTATUS write_from_second_bad(PUCHAR buffer, ULONG count, ULONG length)
{
    PART *parts = ExAllocatePoolWithTag(NonPagedPool, count * sizeof(PART), 'traP');
    ULONG done = 0, i = 1;

    if (!parts)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(parts, count * sizeof(PART));
    if (!NT_SUCCESS(make_parts(parts, count, buffer))) { // expect: MDL020
        ExFreePoolWithTag(parts, 'traP');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    while (done < length && i < count) {
        queue(parts[i].mdl);
        done += parts[i].length;
        i++;
    }
    ExFreePoolWithTag(parts, 'traP');
    return STATUS_SUCCESS;
}

/* There is one MDL, and no other loop: nothing says that LENGTH is not 0. */
NTSTATUS write_one_bad(PUCHAR buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020
    ULONG done = 0;

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    while (done < length) {
        queue(mdl);
        done += PAGE_SIZE;
    }
    return STATUS_SUCCESS;
}
