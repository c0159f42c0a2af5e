// Not only IoAllocateMdl: pages for an MDL and IRPs may be refused as well.
#include <wdm.h>

PVOID map_pages_bad(PMDL *out, SIZE_T bytes)
{
    PHYSICAL_ADDRESS low = {0}, high = {.QuadPart = -1}, skip = {0};

    *out = MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, 4);
    return MmMapLockedPagesSpecifyCache(*out, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // expect: MDL032
}

PVOID map_pages_ok(PMDL *out, SIZE_T bytes)
{
    PHYSICAL_ADDRESS low = {0}, high = {.QuadPart = -1}, skip = {0};

    *out = MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, 4);
    if (!*out)
        return NULL;
    return MmMapLockedPagesSpecifyCache(*out, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
}

PIRP irp_bad(PDEVICE_OBJECT target)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    irp->RequestorMode = KernelMode; // expect: MDL032
    return irp;
}

PIRP irp_ok(PDEVICE_OBJECT target)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    if (irp != NULL)
        irp->RequestorMode = KernelMode;
    return irp;
}

/* The handler is there, and address 0 is in the user's range: the lock raises, and nothing was locked. */
NTSTATUS caught_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        if (mdl)
            IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS freed_in_the_handler_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl); // expect: MDL032
        return STATUS_INVALID_USER_BUFFER;
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
