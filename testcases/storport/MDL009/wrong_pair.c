// Storport's own allocate, build and free belong together.
#include <wdm.h>

ULONG StorPortAllocateMdl(PVOID extension, PVOID buffer, ULONG bytes, PVOID *mdl);
ULONG StorPortBuildMdlForNonPagedPool(PVOID extension, PVOID mdl);
ULONG StorPortFreeMdl(PVOID extension, PVOID mdl);
ULONG StorPortGetOriginalMdl(PVOID extension, PVOID srb, PVOID *mdl);
ULONG StorPortGetPfns(PVOID extension, PVOID srb, PVOID mdl, PVOID *pfns, ULONG *count, ULONG *offset);

ULONG describe_bad(PVOID extension, PVOID buffer, ULONG bytes)
{
    PVOID mdl;
    ULONG status = StorPortAllocateMdl(extension, buffer, bytes, &mdl);

    if (status != 0)
        return status;
    StorPortBuildMdlForNonPagedPool(extension, mdl);
    IoFreeMdl(mdl); // expect: MDL009
    return 0;
}

ULONG describe_ok(PVOID extension, PVOID buffer, ULONG bytes)
{
    PVOID mdl;
    ULONG status = StorPortAllocateMdl(extension, buffer, bytes, &mdl);

    if (status != 0)
        return status;
    status = StorPortBuildMdlForNonPagedPool(extension, mdl);
    StorPortFreeMdl(extension, mdl);
    return status;
}

/* The request's own MDL is lent. */
ULONG look_bad(PVOID extension, PVOID srb, ULONG *count)
{
    PVOID mdl, pfns;
    ULONG offset;

    if (StorPortGetOriginalMdl(extension, srb, &mdl) != 0)
        return 1;
    StorPortGetPfns(extension, srb, mdl, &pfns, count, &offset);
    return StorPortFreeMdl(extension, mdl); // expect: MDL041
}

ULONG look_ok(PVOID extension, PVOID srb, ULONG *count)
{
    PVOID mdl, pfns;
    ULONG offset;

    if (StorPortGetOriginalMdl(extension, srb, &mdl) != 0)
        return 1;
    return StorPortGetPfns(extension, srb, mdl, &pfns, count, &offset);
}
