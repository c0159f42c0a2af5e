// __leave jumps over the unlock; the __finally only frees.
#include <wdm.h>

NTSTATUS validate(PVOID address, ULONG length);

NTSTATUS checked_copy_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID address;
    PMDL mdl = NULL;

    __try {
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            __leave;
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            __leave;
        }
        address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (address == NULL)
            __leave;
        status = validate(address, length);
        MmUnlockPages(mdl);
    } __finally {
        if (mdl != NULL)
            IoFreeMdl(mdl); // expect: MDL004
    }
    return status;
}

NTSTATUS checked_copy_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    BOOLEAN locked = FALSE;
    PVOID address;
    PMDL mdl = NULL;

    __try {
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            __leave;
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            locked = TRUE;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            __leave;
        }
        address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (address == NULL)
            __leave;
        status = validate(address, length);
    } __finally {
        if (locked)
            MmUnlockPages(mdl);
        if (mdl != NULL)
            IoFreeMdl(mdl);
    }
    return status;
}
