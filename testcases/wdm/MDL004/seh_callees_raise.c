// An exception that a function raises comes out at its call: with what the function did before, and nothing of what it did not do.
#include <wdm.h>

VOID use(PVOID address);

DECLSPEC_NORETURN static VOID fail(NTSTATUS status)
{
    use(NULL);
    ExRaiseStatus(status);
}

static VOID check(ULONG length)
{
    if (length > PAGE_SIZE)
        fail(STATUS_INVALID_PARAMETER);
}

NTSTATUS check_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        check(length); // step: MDL004
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS check_first_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        check(length);
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* Locks what it is given, or raises with nothing locked. */
static VOID lock(PMDL mdl, LOCK_OPERATION operation)
{
    MmProbeAndLockPages(mdl, UserMode, operation);
}

NTSTATUS locked_in_callee_ok(PMDL in, PMDL out)
{
    ULONG count = 0;
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        lock(in, IoReadAccess);
        count = 1;
        lock(out, IoWriteAccess);
        count = 2;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (count == 2)
        MmUnlockPages(out);
    if (count >= 1)
        MmUnlockPages(in);
    IoFreeMdl(out);
    IoFreeMdl(in);
    return status;
}

NTSTATUS locked_in_callee_bad(PMDL in, PMDL out)
{
    __try {
        lock(in, IoReadAccess);
        lock(out, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(out);
        IoFreeMdl(in); // expect: MDL004
        return GetExceptionCode();
    }
    MmUnlockPages(out);
    MmUnlockPages(in);
    IoFreeMdl(out);
    IoFreeMdl(in);
    return STATUS_SUCCESS;
}

/* Probes a buffer of the user for its callers. */
static VOID probe(PULONG user)
{
    ProbeForRead(user, sizeof(*user), sizeof(*user));
}

NTSTATUS probed_by_helper_bad(PULONG user, PMDL mdl, PULONG value)
{
    __try {
        probe(user);
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        *value = *user;
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* Reads what its caller has probed. */
static ULONG fetch(PULONG user)
{
    return user[0] + user[1];
}

NTSTATUS read_by_helper_bad(PULONG user, PMDL mdl, PULONG value)
{
    __try {
        ProbeForRead(user, 2 * sizeof(*user), sizeof(*user));
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        *value = fetch(user);
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* Probes, locks and reads; raises at each step. */
static VOID take(PULONG user, PMDL mdl, PULONG value)
{
    ProbeForRead(user, sizeof(*user), sizeof(*user));
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    *value = *user;
    MmUnlockPages(mdl);
}

NTSTATUS raised_behind_lock_bad(PULONG user, PMDL mdl, PULONG value)
{
    __try {
        take(user, mdl, value);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* Undoes its own before the exception goes on. */
static VOID take_and_undo(PULONG user, PMDL mdl, PULONG value)
{
    ProbeForRead(user, sizeof(*user), sizeof(*user));
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    __try {
        *value = *user;
    } __finally {
        MmUnlockPages(mdl);
    }
}

NTSTATUS undone_ok(PULONG user, PMDL mdl, PULONG value)
{
    __try {
        take_and_undo(user, mdl, value);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* Catches all of it: nothing is raised here. */
static NTSTATUS take_safely(PULONG user, PULONG value)
{
    __try {
        ProbeForRead(user, sizeof(*user), sizeof(*user));
        *value = *user;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS caught_in_callee_ok(PULONG user, PMDL mdl, PULONG value)
{
    NTSTATUS status;

    __try {
        ProbeForRead(user, sizeof(*user), sizeof(*user));
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        status = take_safely(user, value);
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS failure_is_returned_bad(PULONG user, PMDL mdl, PULONG value)
{
    NTSTATUS status;

    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess); // expect: MDL030
    status = take_safely(user, value);
    if (NT_SUCCESS(status))
        MmUnlockPages(mdl);
    IoFreeMdl(mdl); // expect: MDL004
    return status;
}

/* Allocations that raise instead of returning NULL. */
NTSTATUS quota_bad(PMDL mdl, PVOID *copy)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        *copy = ExAllocatePoolWithQuotaTag(PagedPool, 64, 'tset');
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS quota_returns_null_ok(PMDL mdl, PVOID *copy)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    __try {
        *copy = ExAllocatePoolWithQuotaTag(PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, 64, 'tset');
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return *copy ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

VOID CopyFromUser(volatile VOID *Destination, volatile const VOID *Source, SIZE_T Length);

/* The accessors of the newer kits probe, copy and raise by themselves. */
NTSTATUS accessor_bad(PULONG user, PMDL mdl, PULONG value)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        CopyFromUser(value, user, sizeof(*value));
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* Pool that raises, as the bit of the pool type says. */
NTSTATUS pool_type_bad(PMDL mdl, PVOID *copy)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        *copy = ExAllocatePoolWithTag(NonPagedPool | 0x10, 64, 'tset'); /* POOL_RAISE_IF_ALLOCATION_FAILURE */
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS pool_type_ok(PMDL mdl, PVOID *copy)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        *copy = ExAllocatePoolWithTag(NonPagedPool, 64, 'tset');
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return *copy ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
