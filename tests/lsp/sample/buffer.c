/* The half of the sample that has no bug. */
#include "buffer.h"

NTSTATUS BufferLock(PVOID Memory, ULONG Length, PMDL *Mdl)
{
    PMDL mdl = IoAllocateMdl(Memory, Length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    *Mdl = mdl;
    return STATUS_SUCCESS;
}

VOID BufferUnmap(PVOID Address, PMDL Mdl)
{
    MmUnmapLockedPages(Address, Mdl);
}
