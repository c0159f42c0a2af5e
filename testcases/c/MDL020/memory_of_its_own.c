// Memory from the pool or a look-aside list is the driver's own: an MDL that only it held is lost with the last pointer to it.
#include <ntddk.h>

PVOID ExAllocatePool2(ULONG64 flags, SIZE_T bytes, ULONG tag);
PVOID ExAllocatePoolZero(POOL_TYPE type, SIZE_T bytes, ULONG tag);
PVOID ExAllocatePoolQuotaZero(POOL_TYPE type, SIZE_T bytes, ULONG tag);

struct job { PMDL mdl; struct job *next; };

static BOOLEAN fill(struct job *job, PVOID buffer)
{
    job->mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    return job->mdl != NULL;
}

BOOLEAN zeroed_bad(PVOID buffer)
{
    struct job *job = ExAllocatePoolZero(NonPagedPool, sizeof(*job), 'boJD');

    if (job == NULL || job->mdl != NULL)
        return FALSE;
    return fill(job, buffer); // expect: MDL020
}

BOOLEAN zeroed_ok(PVOID buffer)
{
    struct job *job = ExAllocatePoolZero(NonPagedPool, sizeof(*job), 'boJD');
    BOOLEAN filled;

    if (job == NULL)
        return FALSE;
    filled = fill(job, buffer);
    if (job->mdl != NULL)
        IoFreeMdl(job->mdl);
    ExFreePoolWithTag(job, 'boJD');
    return filled;
}

/* What comes zeroed has no MDL to be freed on the way out. */
BOOLEAN early_ok(struct job **list, PVOID buffer, BOOLEAN go)
{
    struct job *job = ExAllocatePool2(0x40, sizeof(*job), 'boJD');

    if (job == NULL)
        return FALSE;
    if (!go || !fill(job, buffer)) {
        if (job->mdl != NULL)
            IoFreeMdl(job->mdl);
        ExFreePoolWithTag(job, 'boJD');
        return FALSE;
    }
    job->next = *list;
    *list = job;
    return TRUE;
}

BOOLEAN early_bad(struct job **list, PVOID buffer, BOOLEAN go)
{
    struct job *job = ExAllocatePool2(0x40, sizeof(*job), 'boJD');

    if (job == NULL)
        return FALSE;
    if (!fill(job, buffer) || !go) { // expect: MDL020
        ExFreePoolWithTag(job, 'boJD');
        return FALSE;
    }
    job->next = *list;
    *list = job;
    return TRUE;
}

BOOLEAN quota_bad(PVOID buffer)
{
    struct job *job;

    __try {
        job = ExAllocatePoolQuotaZero(PagedPool, sizeof(*job), 'boJD');
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return FALSE;
    }
    return job != NULL && fill(job, buffer); // expect: MDL020
}

BOOLEAN list_bad(PNPAGED_LOOKASIDE_LIST list, PVOID buffer)
{
    struct job *job = ExAllocateFromNPagedLookasideList(list);

    return job != NULL && fill(job, buffer); // expect: MDL020
}

BOOLEAN list_ok(PNPAGED_LOOKASIDE_LIST list, PVOID buffer)
{
    struct job *job = ExAllocateFromNPagedLookasideList(list);

    if (job == NULL)
        return FALSE;
    if (fill(job, buffer))
        IoFreeMdl(job->mdl);
    ExFreeToNPagedLookasideList(list, job);
    return TRUE;
}
