// The video port lends the MDL of the request's buffer.
#include <wdm.h>

PVOID VideoPortGetMdl(PVOID extension, PVOID address);

void draw_bad(PVOID extension, PVOID address)
{
    PMDL mdl = VideoPortGetMdl(extension, address);

    if (mdl != NULL)
        IoFreeMdl(mdl); // expect: MDL041
}

PVOID draw_ok(PVOID extension, PVOID address)
{
    PMDL mdl = VideoPortGetMdl(extension, address);

    return mdl != NULL ? MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) : NULL;
}
