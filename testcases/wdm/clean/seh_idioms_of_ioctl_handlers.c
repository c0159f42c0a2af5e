// clean: METHOD_NEITHER buffers probed, captured, locked and written back, with every step in reach of a handler.
#include <wdm.h>

typedef struct _XFER {
    PVOID Buffer;
    ULONG Length;
    ULONG Done;
} XFER, *PXFER;

typedef struct _JOB {
    PMDL Mdl[4];
    ULONG Count;
    BOOLEAN Locked;
} JOB;

VOID start(PVOID address, ULONG length);
NTSTATUS wait(ULONG *done);

/* Probe only what came from user mode; capture; lock; write back under a handler of its own. */
NTSTATUS transfer(PIRP irp, PIO_STACK_LOCATION stack)
{
    PXFER user = stack->Parameters.DeviceIoControl.Type3InputBuffer;
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = NULL;
    ULONG done = 0;
    XFER xfer;
    PVOID view;

    __try {
        if (irp->RequestorMode != KernelMode)
            ProbeForWrite(user, sizeof(*user), TYPE_ALIGNMENT(XFER));
        xfer = *user;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    mdl = IoAllocateMdl(xfer.Buffer, xfer.Length, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, irp->RequestorMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(mdl);
        return status;
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto unlock;
    }
    start(view, xfer.Length);
    status = wait(&done);
    __try {
        user->Done = done;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto unlock;
    }
unlock:
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

/* One __try around everything, and the clean-up behind it goes by what is set. */
NTSTATUS one_try(PIRP irp, ULONG length)
{
    volatile BOOLEAN locked = FALSE;
    PUCHAR user = irp->UserBuffer;
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = NULL;
    PUCHAR view;

    __try {
        ProbeForRead(user, length, 1);
        if (user[0] != 1)
            ExRaiseStatus(STATUS_INVALID_PARAMETER);
        mdl = IoAllocateMdl(user, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        locked = TRUE;
        view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (view == NULL)
            ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
        if (RtlCompareMemory(view, user, length) != length)
            status = STATUS_DATA_ERROR;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (locked)
        MmUnlockPages(mdl);
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return status;
}

/* A __try in each round; what was locked before the round that raised is rolled back. */
NTSTATUS lock_all(PVOID *user, ULONG count, JOB *job)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i < count; i++) {
        job->Mdl[i] = IoAllocateMdl(user[i], PAGE_SIZE, FALSE, FALSE, NULL);
        if (job->Mdl[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        __try {
            MmProbeAndLockPages(job->Mdl[i], UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            IoFreeMdl(job->Mdl[i]);
            break;
        }
    }
    if (NT_SUCCESS(status)) {
        job->Count = count;
        return status;
    }
    while (i-- > 0) {
        MmUnlockPages(job->Mdl[i]);
        IoFreeMdl(job->Mdl[i]);
    }
    return status;
}

/* break and continue leave the __try; its __finally gives the round's MDL back. */
ULONG sum_rounds(PVOID *user, ULONG count)
{
    ULONG sum = 0;

    for (ULONG i = 0; i < count; i++) {
        PMDL mdl = NULL;
        PULONG view;

        __try {
            if (user[i] == NULL)
                continue;
            mdl = IoAllocateMdl(user[i], PAGE_SIZE, FALSE, FALSE, NULL);
            if (mdl == NULL)
                break;
            MmBuildMdlForNonPagedPool(mdl);
            view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
            if (view == NULL)
                __leave;
            sum += *view;
        } __finally {
            if (mdl != NULL)
                IoFreeMdl(mdl);
        }
    }
    return sum;
}

/* Only the failure of the whole is undone in the __finally. */
NTSTATUS open(PVOID pool, PMDL *out, PVOID *user)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID view = NULL;
    PMDL mdl = NULL;

    __try {
        __try {
            mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
            if (mdl == NULL)
                __leave;
            MmBuildMdlForNonPagedPool(mdl);
            view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
            ((volatile ULONG *)view)[0] = 1;
            status = STATUS_SUCCESS;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
    } __finally {
        if (!NT_SUCCESS(status) || AbnormalTermination()) {
            if (view != NULL)
                MmUnmapLockedPages(view, mdl);
            if (mdl != NULL)
                IoFreeMdl(mdl);
            mdl = NULL;
            view = NULL;
        }
    }
    *out = mdl;
    *user = view;
    return status;
}

static BOOLEAN capture(PVOID to, const VOID *from, SIZE_T length)
{
    __try {
        ProbeForRead((PVOID)from, length, 1);
        RtlCopyMemory(to, from, length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return FALSE;
    }
    return TRUE;
}

NTSTATUS with_capture(PVOID user, PVOID pool)
{
    NTSTATUS status = STATUS_SUCCESS;
    XFER xfer;
    PMDL mdl;

    if (!capture(&xfer, user, sizeof(xfer)))
        return STATUS_ACCESS_VIOLATION;
    mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    if (!capture(pool, xfer.Buffer, PAGE_SIZE))
        status = STATUS_ACCESS_VIOLATION;
    IoFreeMdl(mdl);
    return status;
}
