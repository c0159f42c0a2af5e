// A jump out of nested __try blocks runs every __finally body on its way, innermost first; an MDL that two of them free is freed twice.
#include <wdm.h>

VOID use(PVOID address);

void twice_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return;
    __try {
        __try {
            if (length == 0)
                return;
            use(buffer);
        } __finally {
            if (AbnormalTermination())
                IoFreeMdl(mdl); // step: MDL006
        }
    } __finally {
        IoFreeMdl(mdl); // expect: MDL006
    }
}

void once_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return;
    __try {
        __try {
            if (length == 0)
                return;
            use(buffer);
        } __finally {
            if (AbnormalTermination()) {
                IoFreeMdl(mdl);
                mdl = NULL;
            }
        }
    } __finally {
        if (mdl != NULL)
            IoFreeMdl(mdl);
    }
}

/* Innermost first: unlock, then free. */
NTSTATUS order_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = NULL;

    __try {
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        __try {
            if (length > PAGE_SIZE)
                return STATUS_INVALID_PARAMETER;
            for (ULONG i = 0; i < length; i++) {
                __try {
                    if (i == 7)
                        goto done;
                    use((PUCHAR)buffer + i);
                } __finally {
                    use(NULL);
                }
            }
        } __finally {
            MmUnlockPages(mdl);
        }
    done:
        use(NULL);
    } __finally {
        if (mdl != NULL)
            IoFreeMdl(mdl);
    }
    return STATUS_SUCCESS;
}

/* The goto stays inside the outer __try: only the inner body runs twice over. */
NTSTATUS goto_inside_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            if (length > PAGE_SIZE)
                goto done;
            use(buffer);
        } __finally {
            IoFreeMdl(mdl);
        }
    done:
        use(NULL);
    } __finally {
        IoFreeMdl(mdl); // expect: MDL006
    }
    return STATUS_SUCCESS;
}

/* A __try in the __finally body, and one in the handler. */
NTSTATUS try_in_finally_ok(PVOID buffer, ULONG length, PULONG result)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            MmUnlockPages(mdl);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            __try {
                ProbeForWrite(result, sizeof(*result), 1);
                *result = 0;
            } __except (EXCEPTION_EXECUTE_HANDLER) {
                status = STATUS_ACCESS_VIOLATION;
            }
        }
    } __finally {
        __try {
            ProbeForWrite(result, sizeof(*result), 1);
            *result = AbnormalTermination() ? 0 : 1;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        IoFreeMdl(mdl);
    }
    return status;
}

NTSTATUS try_in_finally_bad(PVOID buffer, ULONG length, PULONG result)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        use(buffer);
    } __finally {
        __try {
            ProbeForWrite(result, sizeof(*result), 1);
            *result = 1;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            IoFreeMdl(mdl);
        }
        IoFreeMdl(mdl); // expect: MDL006
    }
    return status;
}

/* A return in a __finally body ends the exception: the code behind the handler is not run. */
NTSTATUS return_in_finally_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            MmUnlockPages(mdl);
        } __finally {
            IoFreeMdl(mdl);
            if (AbnormalTermination())
                return STATUS_ACCESS_VIOLATION;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS return_in_finally_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            MmUnlockPages(mdl);
        } __finally {
            IoFreeMdl(mdl);
            if (!AbnormalTermination())
                return STATUS_SUCCESS;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL006
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* A return in the handler goes through the __finally around it. */
NTSTATUS return_in_handler_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(mdl);
            return STATUS_ACCESS_VIOLATION;
        }
        MmUnlockPages(mdl);
    } __finally {
        IoFreeMdl(mdl); // expect: MDL006
    }
    return STATUS_SUCCESS;
}

/* What the __finally body is given to return was computed before it ran. */
PMDL returned_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    __try {
        return mdl;
    } __finally {
        mdl = NULL;
    }
}

/* __leave from a switch in a loop. */
NTSTATUS leave_from_inside_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = NULL;

    __try {
        while (length-- > 0) {
            switch (length) {
            case 3:
                status = STATUS_INVALID_PARAMETER;
                __leave;
            case 2:
                mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
                __leave;
            default: break;
            }
        }
    } __finally {
        if (mdl != NULL)
            IoFreeMdl(mdl);
    }
    return status;
}
