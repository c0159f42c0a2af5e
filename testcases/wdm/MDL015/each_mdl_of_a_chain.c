// A walk over a chain copies from each MDL without looking whether it could be mapped: one mistake, whatever the number of MDLs is.
#include <wdm.h>

VOID gather_bad(PMDL mdl, PUCHAR to, ULONG room)
{
    while (mdl != NULL && room > 0) {
        PUCHAR from = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        ULONG bytes = min(room, MmGetMdlByteCount(mdl));

        RtlCopyMemory(to, from, bytes); // expect: MDL015
        to += bytes;
        room -= bytes;
        mdl = mdl->Next;
    }
}

VOID gather_with_offset_bad(PMDL mdl, PUCHAR to, ULONG room, ULONG offset)
{
    PUCHAR from;

    while (mdl != NULL && room > 0) {
        ULONG bytes = MmGetMdlByteCount(mdl) - offset;

        from = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        from += offset;
        bytes = min(room, bytes);
        RtlCopyMemory(to, from, bytes); // expect: MDL015
        to += bytes;
        room -= bytes;
        offset = 0;
        mdl = mdl->Next;
    }
}

ULONG gather_ok(PMDL mdl, PUCHAR to, ULONG room)
{
    ULONG total = 0;

    for (; mdl != NULL && total < room; mdl = mdl->Next) {
        PUCHAR from = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        ULONG bytes = min(room - total, MmGetMdlByteCount(mdl));

        if (from == NULL)
            break;
        RtlCopyMemory(to + total, from, bytes);
        total += bytes;
    }
    return total;
}
