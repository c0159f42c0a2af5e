// An IRP that is initialised has no MDL; requests that the I/O manager builds and completion routines keep what they are given.
#include <ntddk.h>

NTSTATUS done(PDEVICE_OBJECT device, PIRP irp, PVOID context);
NTSTATUS IoSetCompletionRoutineEx(PDEVICE_OBJECT device, PIRP irp, PIO_COMPLETION_ROUTINE routine, PVOID context, BOOLEAN success,
                                  BOOLEAN error, BOOLEAN cancel);

void again_bad(PIRP irp, PMDL mdl)
{
    irp->MdlAddress = mdl;
    IoInitializeIrp(irp, IoSizeOfIrp(2), 2);
    IoFreeMdl(mdl);
    if (irp->MdlAddress == NULL)
        IoFreeMdl(mdl); // expect: MDL006
}

void again_ok(PIRP irp, PMDL mdl)
{
    irp->MdlAddress = mdl;
    IoInitializeIrp(irp, IoSizeOfIrp(2), 2);
    IoFreeMdl(mdl);
    if (irp->MdlAddress != NULL)
        IoFreeMdl(mdl);
}

struct job { PMDL mdl; KEVENT event; IO_STATUS_BLOCK iosb; };

/* The context goes to the completion routine, and the MDL with it. */
NTSTATUS send_ok(PDEVICE_OBJECT device, PIRP irp, PVOID buffer)
{
    struct job *job = ExAllocatePoolWithTag(NonPagedPool, sizeof(*job), 'boJD');
    NTSTATUS status;

    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    job->mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    if (job->mdl == NULL) {
        ExFreePoolWithTag(job, 'boJD');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(job->mdl);
    status = IoSetCompletionRoutineEx(device, irp, done, job, TRUE, TRUE, TRUE);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(job->mdl);
        ExFreePoolWithTag(job, 'boJD');
        return status;
    }
    return IoCallDriver(device, irp);
}

NTSTATUS send_bad(PDEVICE_OBJECT device, PIRP irp, PVOID buffer)
{
    struct job *job = ExAllocatePoolWithTag(NonPagedPool, sizeof(*job), 'boJD');
    NTSTATUS status;

    if (job == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    job->mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020
    if (job->mdl == NULL) {
        ExFreePoolWithTag(job, 'boJD');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(job->mdl);
    status = IoSetCompletionRoutineEx(device, irp, done, job, TRUE, TRUE, TRUE);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(job, 'boJD');
        return status;
    }
    return IoCallDriver(device, irp);
}

/* What comes out of a control request is not what went in. */
NTSTATUS control_ok(PDEVICE_OBJECT device, struct job *job)
{
    PMDL answer = NULL;
    PIRP irp = IoBuildDeviceIoControlRequest(1, device, &job, sizeof(job), &answer, sizeof(answer), TRUE, &job->event, &job->iosb);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (IoCallDriver(device, irp) == STATUS_PENDING)
        KeWaitForSingleObject(&job->event, Executive, KernelMode, FALSE, NULL);
    if (answer != NULL)
        IoFreeMdl(answer);
    return job->iosb.Status;
}

NTSTATUS control_bad(PDEVICE_OBJECT device, struct job *job, PMDL mdl)
{
    PIRP irp = IoBuildDeviceIoControlRequest(1, device, &job, sizeof(job), NULL, 0, TRUE, &job->event, &job->iosb);

    if (irp == NULL) {
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (IoCallDriver(device, irp) == STATUS_PENDING)
        KeWaitForSingleObject(&job->event, Executive, KernelMode, FALSE, NULL);
    IoFreeMdl(mdl);
    if (!NT_SUCCESS(job->iosb.Status))
        IoFreeMdl(mdl); // expect: MDL006
    return job->iosb.Status;
}
