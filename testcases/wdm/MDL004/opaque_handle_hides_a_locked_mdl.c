// The MDL leaves as a PVOID cookie or a ULONG_PTR handle and comes back to another function, which has to unlock it.
#include <wdm.h>

typedef ULONG_PTR PIN_HANDLE;

NTSTATUS engine_submit(PVOID cookie, ULONG length);
NTSTATUS engine_submit_handle(PIN_HANDLE handle);

static PVOID pin_buffer(PVOID buffer, ULONG length, LOCK_OPERATION operation)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, UserMode, operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    return (PVOID)mdl;
}

static void unpin_buffer(PVOID cookie)
{
    PMDL mdl = (PMDL)cookie;

    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

static void drop_buffer(PVOID cookie)
{
    IoFreeMdl((PMDL)cookie); // step: MDL004
}

static NTSTATUS pin_open(PVOID buffer, ULONG length, PIN_HANDLE *handle)
{
    PVOID cookie = pin_buffer(buffer, length, IoModifyAccess);

    *handle = 0;
    if (cookie == NULL)
        return STATUS_INVALID_USER_BUFFER;
    *handle = (PIN_HANDLE)cookie;
    return STATUS_SUCCESS;
}

static void pin_close(PIN_HANDLE handle)
{
    if (handle != 0)
        unpin_buffer((PVOID)handle);
}

NTSTATUS write_pinned_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PVOID cookie = pin_buffer(buffer, length, IoReadAccess);

    if (cookie == NULL)
        return STATUS_INVALID_USER_BUFFER;
    status = engine_submit(cookie, length);
    unpin_buffer(cookie);
    return status;
}

NTSTATUS write_handle_ok(PVOID buffer, ULONG length)
{
    PIN_HANDLE handle;
    NTSTATUS status = pin_open(buffer, length, &handle);

    if (NT_SUCCESS(status))
        status = engine_submit_handle(handle);
    pin_close(handle);
    return status;
}

NTSTATUS write_pinned_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PVOID cookie = pin_buffer(buffer, length, IoReadAccess);

    if (cookie == NULL)
        return STATUS_INVALID_USER_BUFFER;
    status = engine_submit(cookie, length);
    if (!NT_SUCCESS(status)) {
        drop_buffer(cookie); // expect: MDL004
        return status;
    }
    unpin_buffer(cookie);
    return status;
}

NTSTATUS write_handle_bad(PVOID buffer, ULONG length)
{
    PIN_HANDLE handle;
    NTSTATUS status = pin_open(buffer, length, &handle);

    if (!NT_SUCCESS(status))
        return status;
    status = engine_submit_handle(handle);
    if (status == STATUS_DEVICE_BUSY)
        IoFreeMdl((PMDL)(PVOID)handle); // expect: MDL004
    else
        pin_close(handle);
    return status;
}
