// What the host sees of a guest's memory goes by a handle; the MDL has to last until the handle is deleted.
#include <wdm.h>

NTSTATUS VmbChannelCreateGpadlFromMdl(PVOID channel, ULONG flags, PMDL mdl, ULONG offset, ULONG length, ULONG *handle);
void VmbChannelDeleteGpadl(PVOID channel, ULONG handle);
NTSTATUS VmbChannelPacketGetExternalData(PVOID packet, ULONG flags, PMDL *mdl);
void VmbChannelPacketComplete(PVOID packet, PVOID buffer, ULONG size);
NTSTATUS VmbPacketSend(PVOID packet, PVOID buffer, ULONG size, PMDL mdl, ULONG flags);
void talk(ULONG handle);

NTSTATUS show_bad(PVOID channel, PMDL mdl, ULONG bytes)
{
    ULONG handle;
    NTSTATUS status = VmbChannelCreateGpadlFromMdl(channel, 0, mdl, 0, bytes, &handle);

    if (!NT_SUCCESS(status))
        return status;
    talk(handle);
    MmUnlockPages(mdl); // expect: MDL050
    VmbChannelDeleteGpadl(channel, handle);
    return status;
}

NTSTATUS show_ok(PVOID channel, PMDL mdl, ULONG bytes)
{
    ULONG handle;
    NTSTATUS status = VmbChannelCreateGpadlFromMdl(channel, 0, mdl, 0, bytes, &handle);

    if (NT_SUCCESS(status)) {
        talk(handle);
        VmbChannelDeleteGpadl(channel, handle);
    }
    MmUnlockPages(mdl);
    return status;
}

NTSTATUS packet_bad(PVOID packet, PVOID next)
{
    PMDL mdl;
    NTSTATUS status = VmbChannelPacketGetExternalData(packet, 0, &mdl);

    if (status != STATUS_SUCCESS)
        return status;
    VmbPacketSend(next, NULL, 0, mdl, 0);
    MmUnlockPages(mdl); // expect: MDL041
    VmbChannelPacketComplete(packet, NULL, 0);
    return status;
}

NTSTATUS packet_ok(PVOID packet, PVOID next)
{
    PMDL mdl;
    NTSTATUS status = VmbChannelPacketGetExternalData(packet, 0, &mdl);

    if (status != STATUS_SUCCESS)
        return status;
    status = VmbPacketSend(next, NULL, 0, mdl, 0);
    VmbChannelPacketComplete(packet, NULL, 0);
    return status;
}
