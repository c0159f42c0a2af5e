// The stage that set-up has reached chooses where the switch of the tear-down is entered; one switch has two cases exchanged.
#include <wdm.h>

typedef enum _STAGE { StageNone, StageDescribed, StageBuilt, StageShared } STAGE;

typedef struct _AUDIO_RING {
    STAGE Stage;
    PVOID Pool;
    PMDL Mdl;
    PVOID UserVa;
} AUDIO_RING, *PAUDIO_RING;

NTSTATUS AudioProgram(PAUDIO_RING Ring);

#define RING_TAG 'gniR'

static VOID RingUndo(PAUDIO_RING Ring)
{
    switch (Ring->Stage) {
    case StageShared:
        MmUnmapLockedPages(Ring->UserVa, Ring->Mdl);
        Ring->UserVa = NULL;
        /* fall through */
    case StageBuilt:
    case StageDescribed:
        IoFreeMdl(Ring->Mdl);
        Ring->Mdl = NULL;
        /* fall through */
    case StageNone:
        break;
    }
    Ring->Stage = StageNone;
}

static VOID RingUndo_bad(PAUDIO_RING Ring)
{
    switch (Ring->Stage) {
    case StageShared:
    case StageBuilt:
    case StageDescribed:
        IoFreeMdl(Ring->Mdl); // expect: MDL001 "while its mapping is live"
        if (Ring->Stage != StageShared)
            break;
        /* fall through */
    default:
        if (Ring->UserVa != NULL)
            MmUnmapLockedPages(Ring->UserVa, Ring->Mdl); // step: MDL001
        break;
    }
    Ring->Stage = StageNone;
}

static NTSTATUS RingSetUp(PAUDIO_RING Ring, SIZE_T Bytes)
{
    Ring->Stage = StageNone;
    Ring->UserVa = NULL;
    Ring->Mdl = IoAllocateMdl(Ring->Pool, (ULONG)Bytes, FALSE, FALSE, NULL);
    if (Ring->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    Ring->Stage = StageDescribed;
    MmBuildMdlForNonPagedPool(Ring->Mdl);
    Ring->Stage = StageBuilt;
    __try {
        Ring->UserVa = MmMapLockedPagesSpecifyCache(Ring->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        Ring->Stage = StageShared;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS RingOpen_ok(PAUDIO_RING Ring, SIZE_T Bytes)
{
    NTSTATUS status = RingSetUp(Ring, Bytes);

    if (NT_SUCCESS(status))
        status = AudioProgram(Ring);
    if (!NT_SUCCESS(status))
        RingUndo(Ring);
    return status;
}

NTSTATUS RingOpenExchanged(PAUDIO_RING Ring, SIZE_T Bytes)
{
    NTSTATUS status = RingSetUp(Ring, Bytes);

    if (NT_SUCCESS(status))
        status = AudioProgram(Ring);
    if (!NT_SUCCESS(status))
        RingUndo_bad(Ring);
    return status;
}
