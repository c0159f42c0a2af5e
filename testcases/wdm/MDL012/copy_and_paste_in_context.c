// The address of the input side is given together with the MDL of the output side.
#include <wdm.h>

typedef struct _PIPE {
    PMDL InMdl;
    PVOID InView;
    PMDL OutMdl;
    PVOID OutView;
} PIPE;

NTSTATUS pump(PVOID in, PVOID out);

static BOOLEAN open_views(PIPE *pipe)
{
    pipe->OutView = NULL;
    pipe->InView = MmGetSystemAddressForMdlSafe(pipe->InMdl, NormalPagePriority);
    if (pipe->InView == NULL)
        return FALSE;
    pipe->OutView = MmGetSystemAddressForMdlSafe(pipe->OutMdl, NormalPagePriority);
    return pipe->OutView != NULL;
}

static BOOLEAN lock_both(PIPE *pipe)
{
    __try {
        MmProbeAndLockPages(pipe->InMdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return FALSE;
    }
    __try {
        MmProbeAndLockPages(pipe->OutMdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmUnlockPages(pipe->InMdl);
        return FALSE;
    }
    return TRUE;
}

void run_pipe_bad(PIPE *pipe)
{
    if (!lock_both(pipe))
        return;
    if (open_views(pipe)) {
        pump(pipe->InView, pipe->OutView);
        MmUnmapLockedPages(pipe->InView, pipe->OutMdl); // expect: MDL012
    }
    MmUnlockPages(pipe->OutMdl);
    MmUnlockPages(pipe->InMdl);
}

void run_pipe_ok(PIPE *pipe)
{
    if (!lock_both(pipe))
        return;
    if (open_views(pipe)) {
        pump(pipe->InView, pipe->OutView);
        MmUnmapLockedPages(pipe->OutView, pipe->OutMdl);
        MmUnmapLockedPages(pipe->InView, pipe->InMdl);
    }
    MmUnlockPages(pipe->OutMdl);
    MmUnlockPages(pipe->InMdl);
}
