// Fewer pages than asked for came back; they have to be given back all the same.
#include <wdm.h>

PMDL exactly_bad(SIZE_T bytes, PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, 0); // expect: MDL023

    if (mdl == NULL)
        return NULL;
    if (MmGetMdlByteCount(mdl) < bytes)
        return NULL;
    return mdl;
}

PMDL exactly_ok(SIZE_T bytes, PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, 0);

    if (mdl == NULL)
        return NULL;
    if (MmGetMdlByteCount(mdl) < bytes) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        return NULL;
    }
    return mdl;
}
