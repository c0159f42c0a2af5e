// The exit undoes what the last round of a loop has left half done: under bits of one word, behind two loops, for one MDL that is made anew in place.
#include <wdm.h>

#define PIECE (64u * 1024u)
#define LOCKED 1u
#define MAPPED 2u

typedef struct _STREAM {
    PMDL Mdl;
    PVOID View;
    BOOLEAN Locked;
} STREAM, *PSTREAM;

NTSTATUS PiecePut(PVOID Data, ULONG Bytes);

NTSTATUS bits_ok(PUCHAR User, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG flags = 0, offset;
    PVOID view = NULL;
    PMDL mdl = NULL;

    for (offset = 0; offset < Bytes; offset += PIECE) {
        mdl = IoAllocateMdl(User + offset, PIECE, FALSE, FALSE, NULL);
        if (mdl == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            goto out;
        }
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            flags |= LOCKED;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            goto out;
        }
        view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        if (view == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            goto out;
        }
        flags |= MAPPED;
        status = PiecePut(view, PIECE);
        if (!NT_SUCCESS(status))
            goto out;
        MmUnmapLockedPages(view, mdl);
        flags &= ~MAPPED;
        MmUnlockPages(mdl);
        flags &= ~LOCKED;
        IoFreeMdl(mdl);
        mdl = NULL;
    }
out:
    if (flags & MAPPED)
        MmUnmapLockedPages(view, mdl);
    if (flags & LOCKED)
        MmUnlockPages(mdl);
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return status;
}

/* The outer condition asks the status second: a round that failed must not be forgotten before that. */
NTSTATUS two_loops_ok(PUCHAR *User, ULONG Count, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = FALSE;
    PMDL mdl = NULL;

    for (ULONG n = 0; n < Count && NT_SUCCESS(status); n++) {
        for (ULONG offset = 0; offset < Bytes; offset += PIECE) {
            mdl = IoAllocateMdl(User[n] + offset, PIECE, FALSE, FALSE, NULL);
            if (mdl == NULL) {
                status = STATUS_INSUFFICIENT_RESOURCES;
                break;
            }
            __try {
                MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
                locked = TRUE;
            } __except (EXCEPTION_EXECUTE_HANDLER) {
                status = GetExceptionCode();
                break;
            }
            status = PiecePut(MmGetMdlVirtualAddress(mdl), PIECE);
            if (!NT_SUCCESS(status))
                break;
            MmUnlockPages(mdl);
            locked = FALSE;
            IoFreeMdl(mdl);
            mdl = NULL;
        }
    }
    if (locked)
        MmUnlockPages(mdl);
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return status;
}

/* The flag is cleared too late: a put that failed leaves an MDL that is unlocked under a flag that says otherwise. */
NTSTATUS two_loops_bad(PUCHAR *User, ULONG Count, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = FALSE;
    PMDL mdl = NULL;

    for (ULONG n = 0; n < Count && NT_SUCCESS(status); n++) {
        for (ULONG offset = 0; offset < Bytes; offset += PIECE) {
            mdl = IoAllocateMdl(User[n] + offset, PIECE, FALSE, FALSE, NULL);
            if (mdl == NULL) {
                status = STATUS_INSUFFICIENT_RESOURCES;
                break;
            }
            __try {
                MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
                locked = TRUE;
            } __except (EXCEPTION_EXECUTE_HANDLER) {
                status = GetExceptionCode();
                break;
            }
            status = PiecePut(MmGetMdlVirtualAddress(mdl), PIECE);
            MmUnlockPages(mdl);
            if (!NT_SUCCESS(status))
                break;
            locked = FALSE;
            IoFreeMdl(mdl);
            mdl = NULL;
        }
    }
    if (locked)
        MmUnlockPages(mdl); // expect: MDL007
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return status;
}

/* MmInitializeMdl is a macro that writes the members itself, the flags among them. */
NTSTATUS made_anew_ok(PSTREAM Stream, PUCHAR User, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;

    Stream->Locked = FALSE;
    Stream->Mdl = IoAllocateMdl(User, PIECE, FALSE, FALSE, NULL);
    if (Stream->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; i < Bytes / PIECE; i++) {
        MmInitializeMdl(Stream->Mdl, User + i * PIECE, PIECE);
        __try {
            MmProbeAndLockPages(Stream->Mdl, UserMode, IoReadAccess);
            Stream->Locked = TRUE;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            break;
        }
        Stream->View = MmGetSystemAddressForMdlSafe(Stream->Mdl, NormalPagePriority);
        if (Stream->View == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        status = PiecePut(Stream->View, PIECE);
        if (!NT_SUCCESS(status))
            break;
        MmUnlockPages(Stream->Mdl);
        Stream->Locked = FALSE;
    }
    if (Stream->Locked)
        MmUnlockPages(Stream->Mdl);
    IoFreeMdl(Stream->Mdl);
    Stream->Mdl = NULL;
    return status;
}
