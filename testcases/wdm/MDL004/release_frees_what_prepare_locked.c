// Prepare locks the pages and keeps the MDL in the context; Release, another callback, frees it locked. Nothing else unlocks it.
#include <wdm.h>

typedef struct _JOB {
    PMDL Mdl;
    ULONG Length;
} JOB, *PJOB;

NTSTATUS prepare(PJOB job, PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess); // step: MDL004
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_ACCESS_VIOLATION;
    }
    job->Mdl = mdl;
    job->Length = length;
    return STATUS_SUCCESS;
}

VOID release_bad(PJOB job)
{
    if (job->Mdl != NULL)
        IoFreeMdl(job->Mdl); // expect: MDL004
    job->Mdl = NULL;
}
