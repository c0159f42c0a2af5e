// Once the work item is queued, its context and the MDL in it belong to the worker; the queuing routine touches it again.
#include <wdm.h>

#define JOB_TAG 'boJM'

typedef struct _JOB {
    PIO_WORKITEM Item;
    PMDL Mdl;
    PVOID View;
    KDPC Dpc;
} JOB, *PJOB;

NTSTATUS JobExecute(PVOID Data, ULONG Bytes);

static VOID JobFree(PJOB Job)
{
    if (Job->Mdl != NULL) {
        MmUnlockPages(Job->Mdl);
        IoFreeMdl(Job->Mdl);
    }
    if (Job->Item != NULL)
        IoFreeWorkItem(Job->Item);
    ExFreePoolWithTag(Job, JOB_TAG);
}

static VOID NTAPI JobWorker(PDEVICE_OBJECT Device, PVOID Context)
{
    PJOB job = (PJOB)Context;
    PVOID data = MmGetSystemAddressForMdlSafe(job->Mdl, NormalPagePriority);

    UNREFERENCED_PARAMETER(Device);
    if (data != NULL)
        JobExecute(data, MmGetMdlByteCount(job->Mdl));
    JobFree(job);
}

static VOID NTAPI JobDpc(PKDPC Dpc, PVOID Context, PVOID One, PVOID Two)
{
    PJOB job = Context;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(One);
    UNREFERENCED_PARAMETER(Two);
    IoQueueWorkItem(job->Item, JobWorker, DelayedWorkQueue, job);
}

static NTSTATUS JobCreate(PDEVICE_OBJECT Device, PVOID Buffer, ULONG Bytes, PJOB *Result)
{
    NTSTATUS status;
    PJOB job = ExAllocatePoolWithTag(NonPagedPool, sizeof(*job), JOB_TAG);

    *Result = NULL;
    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(job, sizeof(*job));
    job->Item = IoAllocateWorkItem(Device);
    if (job->Item == NULL) {
        JobFree(job);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    job->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (job->Mdl == NULL) {
        JobFree(job);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(job->Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(job->Mdl);
        job->Mdl = NULL;
        JobFree(job);
        return status;
    }
    *Result = job;
    return STATUS_SUCCESS;
}

NTSTATUS JobQueue_ok(PDEVICE_OBJECT Device, PVOID Buffer, ULONG Bytes)
{
    PJOB job;
    NTSTATUS status = JobCreate(Device, Buffer, Bytes, &job);

    if (!NT_SUCCESS(status))
        return status;
    IoQueueWorkItem(job->Item, JobWorker, DelayedWorkQueue, job);
    return STATUS_PENDING;
}

NTSTATUS JobDefer_ok(PDEVICE_OBJECT Device, PVOID Buffer, ULONG Bytes)
{
    PJOB job;
    NTSTATUS status = JobCreate(Device, Buffer, Bytes, &job);

    if (!NT_SUCCESS(status))
        return status;
    KeInitializeDpc(&job->Dpc, JobDpc, job);
    KeInsertQueueDpc(&job->Dpc, NULL, NULL);
    return STATUS_PENDING;
}

NTSTATUS JobNow_bad(PDEVICE_OBJECT Device, PVOID Buffer, ULONG Bytes)
{
    PJOB job;
    PMDL mdl;
    NTSTATUS status = JobCreate(Device, Buffer, Bytes, &job);

    if (!NT_SUCCESS(status))
        return status;
    mdl = job->Mdl;
    JobWorker(Device, job);
    DbgPrint("job: %u bytes done\n", MmGetMdlByteCount(mdl)); // expect: MDL005
    return STATUS_SUCCESS;
}
