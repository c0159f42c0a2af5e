// What a thread, an interrupt, the oplock package or a table was given is theirs: the MDL in it is lost only when they refused.
#include <ntifs.h>

struct job { PMDL mdl; HANDLE thread; };

void work(PVOID context);
BOOLEAN service(PKINTERRUPT interrupt, PVOID context);
void oplock_done(PVOID context, PIRP irp);

static struct job *job_create(PVOID buffer)
{
    struct job *job = ExAllocatePoolWithTag(NonPagedPool, sizeof(*job), 'boJD');

    if (job == NULL)
        return NULL;
    job->mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    if (job->mdl == NULL) {
        ExFreePoolWithTag(job, 'boJD');
        return NULL;
    }
    MmBuildMdlForNonPagedPool(job->mdl);
    return job;
}

static void job_free(struct job *job)
{
    IoFreeMdl(job->mdl);
    ExFreePoolWithTag(job, 'boJD');
}

NTSTATUS thread_ok(PVOID buffer)
{
    struct job *job = job_create(buffer);
    HANDLE thread = NULL;
    NTSTATUS status;

    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, work, job);
    if (!NT_SUCCESS(status))
        job_free(job);
    else if (thread != NULL)
        ZwClose(thread);
    return status;
}

NTSTATUS thread_bad(PVOID buffer)
{
    struct job *job = job_create(buffer); // expect: MDL020
    HANDLE thread = NULL;
    NTSTATUS status;

    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, work, job);
    if (NT_SUCCESS(status))
        ZwClose(thread);
    return status;
}

NTSTATUS interrupt_ok(PVOID buffer, PKINTERRUPT *interrupt, ULONG vector)
{
    struct job *job = job_create(buffer);
    NTSTATUS status;

    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = IoConnectInterrupt(interrupt, service, job, NULL, vector, 5, 5, Latched, FALSE, 1, FALSE);
    if (!NT_SUCCESS(status))
        job_free(job);
    return status;
}

NTSTATUS oplock_ok(POPLOCK oplock, PIRP irp, PVOID buffer)
{
    struct job *job = job_create(buffer);
    NTSTATUS status;

    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = FsRtlCheckOplock(oplock, irp, job, oplock_done, NULL);
    if (!NT_SUCCESS(status))
        job_free(job);
    return status;
}

NTSTATUS oplock_with_flags_ok(POPLOCK oplock, PIRP irp, PVOID buffer)
{
    struct job *job = job_create(buffer);
    NTSTATUS status;

    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = FsRtlCheckOplockEx(oplock, irp, 0, job, oplock_done, NULL);
    if (!NT_SUCCESS(status))
        job_free(job);
    return status;
}

NTSTATUS oplock_with_flags_bad(POPLOCK oplock, PIRP irp, PVOID buffer)
{
    struct job *job = job_create(buffer); // expect: MDL020

    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return FsRtlCheckOplockEx(oplock, irp, 0, job, oplock_done, NULL);
}
