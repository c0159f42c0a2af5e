// The MDL of a guest's memory that a channel maps is the library's: it goes with VmbChannelUnmapGpadl.
#include <wdm.h>

NTSTATUS VmbChannelMapGpadl(PVOID channel, ULONG flags, ULONG gpadl, PMDL *mdl);
VOID VmbChannelUnmapGpadl(PVOID channel, ULONG gpadl);
void look(PMDL mdl);

NTSTATUS guest_bad(PVOID channel, ULONG gpadl)
{
    PMDL mdl;
    NTSTATUS status = VmbChannelMapGpadl(channel, 0, gpadl, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    look(mdl);
    MmUnlockPages(mdl); // expect: MDL041
    return status;
}

NTSTATUS guest_ok(PVOID channel, ULONG gpadl)
{
    PMDL mdl;
    NTSTATUS status = VmbChannelMapGpadl(channel, 0, gpadl, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    look(mdl);
    VmbChannelUnmapGpadl(channel, gpadl);
    return status;
}
