// The list is put back before the MDL is freed that it was built from.
#include <wdm.h>

ULONG StorPortFreeMdl(PVOID extension, PVOID mdl);
ULONG StorPortBuildScatterGatherList(PVOID extension, PVOID mdl, PVOID address, ULONG length, PVOID routine, PVOID context, BOOLEAN write,
                                     PVOID buffer, ULONG size);
ULONG StorPortPutScatterGatherList(PVOID extension, PVOID list, BOOLEAN write);

ULONG once_bad(PVOID extension, PVOID mdl, PVOID routine, PVOID buffer)
{
    ULONG status = StorPortBuildScatterGatherList(extension, mdl, NULL, 512, routine, NULL, TRUE, buffer, 64);

    if (status != 0)
        return status;
    StorPortFreeMdl(extension, mdl); // expect: MDL050
    return StorPortPutScatterGatherList(extension, buffer, TRUE);
}

ULONG once_ok(PVOID extension, PVOID mdl, PVOID routine, PVOID buffer)
{
    ULONG status = StorPortBuildScatterGatherList(extension, mdl, NULL, 512, routine, NULL, TRUE, buffer, 64);

    if (status == 0)
        StorPortPutScatterGatherList(extension, buffer, TRUE);
    return StorPortFreeMdl(extension, mdl);
}
