// What the filter says decides where the exception goes: into the handler, on to the next one, or back to where it was raised.
#include <wdm.h>

VOID use(PVOID address);
ULONG ask(ULONG code);
VOID DbgTrace(PCSTR text, ULONG code);

/* The first pages are locked when the second lock raises. The handler is not entered for that: the outer one is. */
NTSTATUS search_bad(PMDL in, PMDL out)
{
    __try {
        MmProbeAndLockPages(in, UserMode, IoReadAccess);
        __try {
            MmProbeAndLockPages(out, UserMode, IoReadAccess);
        } __except (EXCEPTION_CONTINUE_SEARCH) {
            MmUnlockPages(in);
        }
        MmUnlockPages(out);
        MmUnlockPages(in);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(in); // expect: MDL004
        IoFreeMdl(out);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* A code decides: for another one the exception goes on. Both ways are possible. */
NTSTATUS code_bad(PMDL in, PMDL out)
{
    BOOLEAN in_locked = FALSE;

    __try {
        MmProbeAndLockPages(in, UserMode, IoReadAccess);
        in_locked = TRUE;
        __try {
            MmProbeAndLockPages(out, UserMode, IoReadAccess);
        } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION ? EXCEPTION_EXECUTE_HANDLER
                                                                  : EXCEPTION_CONTINUE_SEARCH) {
            MmUnlockPages(in);
            IoFreeMdl(in);
            IoFreeMdl(out);
            return GetExceptionCode();
        }
        MmUnlockPages(out);
        MmUnlockPages(in);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(in); // expect: MDL004
        IoFreeMdl(out);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS code_ok(PMDL in, PMDL out)
{
    BOOLEAN in_locked = FALSE;

    __try {
        MmProbeAndLockPages(in, UserMode, IoReadAccess);
        in_locked = TRUE;
        __try {
            MmProbeAndLockPages(out, UserMode, IoReadAccess);
        } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION ? EXCEPTION_EXECUTE_HANDLER
                                                                  : EXCEPTION_CONTINUE_SEARCH) {
            MmUnlockPages(in);
            IoFreeMdl(in);
            IoFreeMdl(out);
            return GetExceptionCode();
        }
        MmUnlockPages(out);
        MmUnlockPages(in);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        if (in_locked)
            MmUnlockPages(in);
        IoFreeMdl(in);
        IoFreeMdl(out);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* The code in the handler is that of the filter. */
NTSTATUS same_code_ok(PMDL mdl)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = TRUE;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION || GetExceptionCode() == STATUS_WORKING_SET_QUOTA) {
        status = GetExceptionCode();
        if (status == STATUS_ACCESS_VIOLATION || status == STATUS_WORKING_SET_QUOTA)
            locked = FALSE;
    }
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

/* A comma in front of the answer. */
NTSTATUS comma_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (status = GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER) {
        use(NULL);
    }
    if (NT_SUCCESS(status))
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS comma_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        use(MmGetMdlVirtualAddress(mdl));
        if (length > PAGE_SIZE)
            ExRaiseStatus(STATUS_INVALID_PARAMETER);
    } __except (DbgTrace("locked", GetExceptionCode()), status = GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER) {
        use(NULL);
    }
    if (NT_SUCCESS(status))
        MmUnlockPages(mdl);
    IoFreeMdl(mdl); // expect: MDL004
    return status;
}

static int always(PEXCEPTION_POINTERS pointers, NTSTATUS *code)
{
    *code = pointers->ExceptionRecord->ExceptionCode;
    return EXCEPTION_EXECUTE_HANDLER;
}

static int never(PEXCEPTION_POINTERS pointers)
{
    DbgTrace("raised", pointers->ExceptionRecord->ExceptionCode);
    return EXCEPTION_CONTINUE_SEARCH;
}

static int expected(PEXCEPTION_POINTERS pointers)
{
    switch (pointers->ExceptionRecord->ExceptionCode) {
    case STATUS_ACCESS_VIOLATION:
    case STATUS_IN_PAGE_ERROR: return EXCEPTION_EXECUTE_HANDLER;
    default: return EXCEPTION_CONTINUE_SEARCH;
    }
}

/* A filter of the program is followed: this one always takes the exception. */
NTSTATUS function_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            MmUnlockPages(mdl);
        } __except (always(GetExceptionInformation(), &status)) {
            IoFreeMdl(mdl);
            return status;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* And this one never does. */
NTSTATUS never_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        __try {
            ProbeForRead(buffer, length, 1);
        } __except (never(GetExceptionInformation())) {
            MmUnlockPages(mdl);
            IoFreeMdl(mdl);
            return STATUS_ACCESS_VIOLATION;
        }
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL004
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS expected_ok(PVOID buffer, ULONG length)
{
    BOOLEAN locked = FALSE;
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            locked = TRUE;
            ProbeForRead(buffer, length, 1);
        } __except (expected(GetExceptionInformation())) {
            status = GetExceptionCode();
        }
    } __finally {
        if (locked)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
    return status;
}

/* Nobody knows what the filter answers: both are followed. */
NTSTATUS unknown_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        __try {
            ProbeForRead(buffer, length, 1);
        } __except (ask(GetExceptionCode())) {
            MmUnlockPages(mdl);
            IoFreeMdl(mdl);
            return STATUS_ACCESS_VIOLATION;
        }
        MmUnlockPages(mdl);
    } __finally {
        IoFreeMdl(mdl); // expect: MDL004 // expect: MDL006
    }
    return STATUS_SUCCESS;
}

/* The exception is repaired, and the instruction that raised is run again: the handler is never entered, nobody else sees it. */
static int repair(PEXCEPTION_POINTERS pointers)
{
    DbgTrace("again", pointers->ExceptionRecord->ExceptionCode);
    return EXCEPTION_CONTINUE_EXECUTION;
}

NTSTATUS again_ok(PVOID buffer, PMDL mdl, ULONG length)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    __try {
        __try {
            ProbeForRead(buffer, length, 1);
        } __except (repair(GetExceptionInformation())) {
            IoFreeMdl(mdl);
        }
        __try {
            ProbeForRead(buffer, length, 1);
        } __except (EXCEPTION_CONTINUE_EXECUTION) {
            IoFreeMdl(mdl);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

/* The filter is asked before the inner __finally body runs; what it decides holds for both. */
NTSTATUS finally_between_ok(PVOID buffer, PMDL mdl, ULONG length)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        __try {
            ProbeForRead(buffer, length, 1);
        } __finally {
            MmUnlockPages(mdl);
        }
    } __except (GetExceptionCode() == STATUS_IN_PAGE_ERROR ? EXCEPTION_CONTINUE_SEARCH : EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
