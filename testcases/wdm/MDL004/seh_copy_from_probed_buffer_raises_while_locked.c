// Reading the caller's buffer may raise after the pages were locked; the handler frees the MDL without unlocking them.
#include <wdm.h>

typedef struct _REQUEST {
    ULONG Length;
    ULONG Flags;
    UCHAR Data[64];
} REQUEST, *PREQUEST;

NTSTATUS read_field_bad(PREQUEST user, PVOID target, ULONG *flags)
{
    PMDL mdl = IoAllocateMdl(target, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForRead(user, sizeof(*user), sizeof(ULONG));
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess); // step: MDL004
        *flags = user->Flags;                              // step: MDL004
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS copy_bad(PREQUEST user, PVOID target, UCHAR *copy)
{
    PMDL mdl = IoAllocateMdl(target, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForRead(user, sizeof(*user), sizeof(ULONG));
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        RtlCopyMemory(copy, user->Data, sizeof(user->Data));
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS decide_bad(PREQUEST user, PVOID target)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(target, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForRead(user, sizeof(*user), sizeof(ULONG));
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        if (user->Length > 64)
            status = STATUS_INVALID_PARAMETER;
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    IoFreeMdl(mdl); // expect: MDL004
    return status;
}

/* The same element by element. */
NTSTATUS element_bad(PUCHAR user, PVOID target, UCHAR *copy)
{
    PMDL mdl = IoAllocateMdl(target, PAGE_SIZE, FALSE, FALSE, NULL);
    ULONG i;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForWrite(user, 64, 1);
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        for (i = 0; i < 64; i++)
            user[i] = copy[i];
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS flag_ok(PREQUEST user, PVOID target, ULONG *flags)
{
    BOOLEAN locked = FALSE;
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(target, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForRead(user, sizeof(*user), sizeof(ULONG));
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        locked = TRUE;
        *flags = user->Flags;
        RtlCopyMemory(target, user->Data, sizeof(user->Data));
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

/* Everything that can raise comes before the lock. */
NTSTATUS read_first_ok(PREQUEST user, PVOID target, ULONG *flags)
{
    PMDL mdl = IoAllocateMdl(target, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForRead(user, sizeof(*user), sizeof(ULONG));
        *flags = user->Flags;
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* Kernel memory does not raise. */
NTSTATUS captured_ok(PREQUEST user, PVOID target, ULONG *flags)
{
    REQUEST request;
    PMDL mdl = IoAllocateMdl(target, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForRead(user, sizeof(*user), sizeof(ULONG));
        request = *user;
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        *flags = request.Flags;
        if (request.Length > 64)
            *flags = 0;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

static ULONG unlock(PMDL mdl)
{
    MmUnlockPages(mdl);
    return 0;
}

/* The result of a call is stored through the user's pointer: when that raises, the call is done. */
NTSTATUS stored_result_ok(PULONG user, PMDL mdl)
{
    __try {
        ProbeForWrite(user, sizeof(*user), 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    __try {
        *user = unlock(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS stored_result_bad(PULONG user, PMDL mdl)
{
    __try {
        ProbeForWrite(user, sizeof(*user), 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    __try {
        *user = 1;
        *user = unlock(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
