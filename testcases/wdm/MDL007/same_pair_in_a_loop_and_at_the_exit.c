// clean: the loop unmaps and unlocks each piece and clears its flags; the exit does the same for a piece that failed half way.
#include <wdm.h>

#define PIECE (64u * 1024u)

NTSTATUS StreamPut(PVOID Data, ULONG Bytes);

NTSTATUS StreamCopy_ok(PUCHAR User, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = FALSE, mapped = FALSE;
    PVOID view = NULL;
    PMDL mdl = NULL;
    ULONG chunk;

    while (Bytes > 0) {
        chunk = Bytes < PIECE ? Bytes : PIECE;
        mdl = IoAllocateMdl(User, chunk, FALSE, FALSE, NULL);
        if (mdl == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            locked = TRUE;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        if (!NT_SUCCESS(status))
            break;
        view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        if (view == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        mapped = TRUE;
        status = StreamPut(view, chunk);
        if (!NT_SUCCESS(status))
            break;

        MmUnmapLockedPages(view, mdl);
        mapped = FALSE;
        MmUnlockPages(mdl);
        locked = FALSE;
        IoFreeMdl(mdl);
        mdl = NULL;
        User += chunk;
        Bytes -= chunk;
    }
    if (mapped)
        MmUnmapLockedPages(view, mdl);
    if (locked)
        MmUnlockPages(mdl);
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return status;
}

/* One MDL for all pieces, made anew in place: MmInitializeMdl in memory that was allocated for the largest. */
NTSTATUS StreamPin_ok(PUCHAR User, ULONG Bytes, ULONG Step)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(User, Step, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    do {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            locked = TRUE;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        if (!locked)
            break;
        status = StreamPut(MmGetMdlVirtualAddress(mdl), Step);
        if (!NT_SUCCESS(status))
            break;
        MmUnlockPages(mdl);
        locked = FALSE;
        Bytes = Bytes > Step ? Bytes - Step : 0;
    } while (Bytes != 0);
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
