// A balloon keeps the numbers of the pages that it takes, frees their MDL, and later gives them back through an MDL that it fills itself.
#include <ntifs.h>

#define PAGES 64

typedef struct _BALLOON {
    PFN_NUMBER Numbers[PAGES];
    ULONG Count;
    struct {
        MDL Mdl;
        PFN_NUMBER Frames[PAGES];
    } Own;
} BALLOON, *PBALLOON;

NTSTATUS inflate_ok(PBALLOON balloon)
{
    PHYSICAL_ADDRESS low = {0}, high;
    PMDL mdl;

    high.QuadPart = -1;
    mdl = MmAllocatePagesForMdlEx(low, high, low, PAGES << PAGE_SHIFT, MmCached, MM_DONT_ZERO_ALLOCATION);
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    balloon->Count = MmGetMdlByteCount(mdl) >> PAGE_SHIFT;
    RtlCopyMemory(balloon->Numbers, MmGetMdlPfnArray(mdl), balloon->Count * sizeof(PFN_NUMBER));
    ExFreePool(mdl);
    return STATUS_SUCCESS;
}

/* The numbers have been read, but the MDL is lost with its pages. */
NTSTATUS inflate_bad(PBALLOON balloon, ULONG wanted)
{
    PHYSICAL_ADDRESS low = {0}, high;
    PMDL mdl;

    high.QuadPart = -1;
    mdl = MmAllocatePagesForMdlEx(low, high, low, PAGES << PAGE_SHIFT, MmCached, MM_DONT_ZERO_ALLOCATION); // expect: MDL023
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    balloon->Count = MmGetMdlByteCount(mdl) >> PAGE_SHIFT;
    RtlCopyMemory(balloon->Numbers, MmGetMdlPfnArray(mdl), balloon->Count * sizeof(PFN_NUMBER));
    if (balloon->Count < wanted)
        return STATUS_INSUFFICIENT_RESOURCES;
    ExFreePool(mdl);
    return STATUS_SUCCESS;
}

VOID deflate_ok(PBALLOON balloon)
{
    PMDL mdl = &balloon->Own.Mdl;

    RtlZeroMemory(mdl, sizeof(*mdl));
    mdl->Size = (SHORT)(sizeof(MDL) + sizeof(PFN_NUMBER) * balloon->Count);
    mdl->MdlFlags = MDL_PAGES_LOCKED;
    mdl->ByteCount = balloon->Count << PAGE_SHIFT;
    RtlCopyMemory(MmGetMdlPfnArray(mdl), balloon->Numbers, balloon->Count * sizeof(PFN_NUMBER));
    MmFreePagesFromMdl(mdl);
    balloon->Count = 0;
}
