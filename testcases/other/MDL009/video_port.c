// The video port's lock makes an MDL, which its unlock takes back; what a serial controller lends stays its own.
#include <wdm.h>

PVOID VideoPortLockBuffer(PVOID extension, PVOID base, ULONG length, int operation);
VOID VideoPortUnlockBuffer(PVOID extension, PVOID mdl);
NTSTATUS SerCxRetrieveReceiveMdl(PVOID device, PMDL *mdl);
int SPB_TRANSFER_LIST_ENTRY_INIT_MDL(int direction, ULONG delay, PMDL mdl);
NTSTATUS FwpsAllocateCloneNetBufferList0(PVOID original, PVOID pool, PVOID buffers, ULONG flags, PVOID *clone);

void lock_bad(PVOID extension, PVOID base, ULONG length)
{
    PMDL mdl = VideoPortLockBuffer(extension, base, length, 0);

    if (!mdl)
        return;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl); // expect: MDL009
}

void lock_ok(PVOID extension, PVOID base, ULONG length)
{
    PVOID mdl = VideoPortLockBuffer(extension, base, length, 0);

    if (mdl)
        VideoPortUnlockBuffer(extension, mdl);
}

void unlock_bad(PVOID extension, PVOID base)
{
    PMDL mdl = IoAllocateMdl(base, 64, FALSE, FALSE, NULL);

    if (mdl)
        VideoPortUnlockBuffer(extension, mdl); // expect: MDL009
}

NTSTATUS receive_bad(PVOID device, PVOID *clone)
{
    PMDL mdl;
    NTSTATUS status = SerCxRetrieveReceiveMdl(device, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    SPB_TRANSFER_LIST_ENTRY_INIT_MDL(0, 0, mdl);
    IoFreeMdl(mdl); // expect: MDL041
    return FwpsAllocateCloneNetBufferList0(device, NULL, NULL, 0, clone);
}

NTSTATUS receive_ok(PVOID device, PVOID *clone)
{
    PMDL mdl;
    NTSTATUS status = SerCxRetrieveReceiveMdl(device, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    SPB_TRANSFER_LIST_ENTRY_INIT_MDL(0, 0, mdl);
    return FwpsAllocateCloneNetBufferList0(device, NULL, NULL, 0, clone);
}
