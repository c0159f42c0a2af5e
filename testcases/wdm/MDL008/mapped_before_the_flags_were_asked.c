// A request's MDL is mapped first, and locked when its flags say that it is not locked yet: the second is the driver's own caution.
#include <ntddk.h>

NTSTATUS consume(PVOID address, ULONG length);

static PVOID system_address(PIRP irp)
{
    if (!irp->MdlAddress)
        return irp->UserBuffer;
    return MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
}

static NTSTATUS lock_request(PIRP irp, BOOLEAN *locked)
{
    *locked = FALSE;
    if (irp->MdlAddress->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL))
        return STATUS_SUCCESS;
    __try {
        MmProbeAndLockPages(irp->MdlAddress, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    *locked = TRUE;
    return STATUS_SUCCESS;
}

NTSTATUS write_request_ok(PIRP irp, ULONG length)
{
    BOOLEAN locked;
    NTSTATUS status;
    PVOID address = system_address(irp);

    if (!address)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!irp->MdlAddress)
        return consume(address, length);
    status = lock_request(irp, &locked);
    if (NT_SUCCESS(status)) {
        status = consume(address, length);
        if (locked)
            MmUnlockPages(irp->MdlAddress);
    }
    return status;
}

// What the code itself has done is no assumption.
NTSTATUS write_own_bad(PVOID pool, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl); // step: MDL008
    if (!(mdl->MdlFlags & MDL_PAGES_LOCKED)) {
        __try {
            MmProbeAndLockPages(mdl, KernelMode, IoReadAccess); // expect: MDL008
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(mdl);
            return GetExceptionCode();
        }
    }
    status = consume(pool, length);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
