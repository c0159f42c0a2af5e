/*
 * runs.h - what the runs on the host share. Driver code.
 */
#ifndef MDLGUARD_TESTS_SHIM_RUNS_H
#define MDLGUARD_TESTS_SHIM_RUNS_H

#include <ntddk.h>

#include "mdlguard_host.h"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            KeBugCheckEx(__LINE__, 0, 0, 0, 0);                                                                        \
    } while (0)

/* NULL: a fault was injected. */
static inline PMDL locked_mdl(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    return mdl;
}

static inline VOID release_mdl(PMDL mdl)
{
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

#endif
