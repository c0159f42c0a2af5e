/* Two requests that show a program its own memory; the first takes it away in the wrong order. */
#include "buffer.h"

static PVOID MapForUser(PMDL Mdl)
{
    PVOID address;

    __try {
        address = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        address = NULL;
    }
    return address;
}

NTSTATUS RequestPeek(PVOID Memory, ULONG Length)
{
    PMDL mdl;
    PVOID address;
    NTSTATUS status = BufferLock(Memory, Length, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    address = MapForUser(mdl);
    if (address == NULL) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmUnlockPages(mdl); /* too early */
    MmUnmapLockedPages(address, mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS RequestPoke(PVOID Memory, ULONG Length)
{
    PMDL mdl;
    PVOID address;
    NTSTATUS status = BufferLock(Memory, Length, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    address = MapForUser(mdl);
    if (address != NULL)
        BufferUnmap(address, mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
