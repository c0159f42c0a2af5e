// clean: MDL_MAPPING_CAN_FAIL and its like say how an MDL may be used, not what its pages are: drivers set and clear them at any time.
#include <wdm.h>

NTSTATUS lock_and_copy_ok(PVOID buffer, ULONG length, PVOID target)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    PVOID address;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl->MdlFlags |= MDL_MAPPING_CAN_FAIL;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address != NULL)
        RtlCopyMemory(target, address, length);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS flag_put_back_ok(PMDL mdl, PVOID *address)
{
    BOOLEAN set = FALSE;

    if (!(mdl->MdlFlags & MDL_MAPPING_CAN_FAIL)) {
        mdl->MdlFlags |= MDL_MAPPING_CAN_FAIL;
        set = TRUE;
    }
    *address = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (set)
        mdl->MdlFlags = (CSHORT)(mdl->MdlFlags & ~MDL_MAPPING_CAN_FAIL);
    return *address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* What a test said of the bit before is not so any more. */
NTSTATUS asked_again_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    if (!(mdl->MdlFlags & MDL_NETWORK_HEADER))
        mdl->MdlFlags |= MDL_NETWORK_HEADER;
    if (mdl->MdlFlags & MDL_NETWORK_HEADER)
        IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

static void may_fail(PMDL mdl)
{
    mdl->MdlFlags |= MDL_MAPPING_CAN_FAIL;
}

NTSTATUS set_by_a_helper_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    may_fail(mdl);
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    if (mdl->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
