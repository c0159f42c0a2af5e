// MmAllocatePagesForMdl gives what it can: fewer pages than were asked for is a success.
#include <wdm.h>

#ifndef MM_ALLOCATE_FULLY_REQUIRED
#define MM_ALLOCATE_FULLY_REQUIRED 4
#endif

static PVOID map(PMDL mdl)
{
    return MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
}

static PMDL allocate(SIZE_T bytes, ULONG flags)
{
    PHYSICAL_ADDRESS low = {0}, high = {.QuadPart = -1}, skip = {0};

    return MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, flags);
}

NTSTATUS clear_bad(PMDL *out, PVOID *address, SIZE_T bytes)
{
    PMDL mdl = allocate(bytes, 0); // step: MDL033

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    *out = mdl;
    *address = map(mdl);
    if (*address)
        RtlZeroMemory(*address, bytes); // expect: MDL033 "size"
    return STATUS_SUCCESS;
}

NTSTATUS clear_all_or_nothing_ok(PMDL *out, PVOID *address, SIZE_T bytes)
{
    *out = allocate(bytes, MM_ALLOCATE_FULLY_REQUIRED);
    if (!*out)
        return STATUS_INSUFFICIENT_RESOURCES;
    *address = map(*out);
    if (*address)
        RtlZeroMemory(*address, bytes);
    return STATUS_SUCCESS;
}

NTSTATUS clear_what_is_there_ok(PMDL *out, PVOID *address, SIZE_T bytes)
{
    *out = allocate(bytes, 0);
    if (!*out)
        return STATUS_INSUFFICIENT_RESOURCES;
    *address = map(*out);
    if (*address)
        RtlZeroMemory(*address, MmGetMdlByteCount(*out));
    return STATUS_SUCCESS;
}

static BOOLEAN is_whole(PMDL mdl, SIZE_T bytes)
{
    return MmGetMdlByteCount(mdl) >= bytes;
}

NTSTATUS refuse_ok(PMDL *out, PVOID *address, SIZE_T bytes)
{
    PMDL mdl = allocate(bytes, 0);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!is_whole(mdl, bytes)) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *out = mdl;
    *address = map(mdl);
    if (*address)
        RtlZeroMemory(*address, bytes);
    return STATUS_SUCCESS;
}
