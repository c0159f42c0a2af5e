// An access to address 0 is in the user's range: it raises, and a handler around it catches that. Without one it stops the machine.
#include <wdm.h>

/* The copy is inside __try/__except: when there is no address, it raises like any bad buffer. */
NTSTATUS copy_ok(PIRP irp, PVOID source, ULONG length)
{
    PVOID address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    __try {
        RtlCopyMemory(address, source, length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS write_ok(PIRP irp, ULONG value)
{
    NTSTATUS status = STATUS_SUCCESS;
    PULONG address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    __try {
        __try {
            address[1] = value;
        } __finally {
            if (AbnormalTermination())
                irp->IoStatus.Information = 0;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS copy_bad(PIRP irp, PVOID source, ULONG length)
{
    PVOID address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    RtlCopyMemory(address, source, length); // expect: MDL015
    return STATUS_SUCCESS;
}

/* A termination handler catches nothing. */
void finally_bad(PIRP irp, ULONG value)
{
    PULONG address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    __try {
        *address = value; // expect: MDL015
    } __finally {
        irp->IoStatus.Information = 4;
    }
}

/* Nor does a filter that goes on searching. */
void search_bad(PIRP irp, ULONG value)
{
    PULONG address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    __try {
        *address = value; // expect: MDL015
    } __except (EXCEPTION_CONTINUE_SEARCH) {
        irp->IoStatus.Information = 4;
    }
}

/* Behind the __try nobody catches it. */
NTSTATUS behind_bad(PIRP irp, PULONG source)
{
    ULONG value = 0;
    PULONG address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    __try {
        ProbeForRead(source, sizeof(*source), 1);
        value = *source;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    *address = value; // expect: MDL015
    return STATUS_SUCCESS;
}

static void fill(PULONG to, ULONG value)
{
    to[0] = value;
    to[1] = value;
}

/* The helper's access raises through it to the caller's handler. */
NTSTATUS helper_ok(PIRP irp, ULONG value)
{
    PULONG address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    __try {
        fill(address, value);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS helper_bad(PIRP irp, ULONG value)
{
    PULONG address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    fill(address, value); // expect: MDL015
    return STATUS_SUCCESS;
}

static NTSTATUS fill_safely(PULONG to, ULONG value)
{
    __try {
        to[0] = value;
        to[1] = value;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* The helper catches it itself. */
NTSTATUS safe_helper_ok(PIRP irp, ULONG value)
{
    return fill_safely(MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority), value);
}

/* The access never succeeds when the mapping failed: the code behind it has an address. */
NTSTATUS implied_ok(PIRP irp, ULONG value)
{
    PULONG address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    __try {
        address[0] = value;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    address[1] = value;
    return STATUS_SUCCESS;
}

/* The handler is entered without an address, and uses it. */
NTSTATUS handler_uses_it_bad(PIRP irp, ULONG value)
{
    PULONG address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    __try {
        address[0] = value;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        address[1] = 0; // expect: MDL015
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}
