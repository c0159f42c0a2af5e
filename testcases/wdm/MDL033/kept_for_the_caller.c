// The MDL is put where the caller finds it: that is no look at its size.
#include <wdm.h>

PVOID table_make_bad(SIZE_T bytes, PMDL *out)
{
    PHYSICAL_ADDRESS low = {0}, high = {.QuadPart = 0xffffffff}, skip = {0};
    PVOID table = NULL;

    *out = MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, 0);
    if (*out != NULL)
        table = MmGetSystemAddressForMdlSafe(*out, NormalPagePriority);
    if (table != NULL)
        RtlZeroMemory(table, bytes); // expect: MDL033
    return table;
}

PVOID table_make_ok(SIZE_T bytes, PMDL *out)
{
    PHYSICAL_ADDRESS low = {0}, high = {.QuadPart = 0xffffffff}, skip = {0};
    PVOID table = NULL;

    *out = MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, 0);
    if (*out != NULL && MmGetMdlByteCount(*out) < bytes) {
        MmFreePagesFromMdl(*out);
        ExFreePool(*out);
        *out = NULL;
    }
    if (*out != NULL)
        table = MmGetSystemAddressForMdlSafe(*out, NormalPagePriority);
    if (table != NULL)
        RtlZeroMemory(table, bytes);
    return table;
}
