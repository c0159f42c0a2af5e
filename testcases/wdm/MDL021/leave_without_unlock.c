// __leave ends the block before the unlock, and the __finally knows nothing of it.
#include <wdm.h>

NTSTATUS acquire_engine(void);
void release_engine(void);

NTSTATUS blit_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL mdl = NULL;

    __try {
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            __leave;
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoWriteAccess); // expect: MDL021
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(mdl);
            status = STATUS_INVALID_USER_BUFFER;
            __leave;
        }
        status = acquire_engine();
        if (!NT_SUCCESS(status))
            __leave;
        release_engine();
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    } __finally {
        if (!NT_SUCCESS(status))
            DbgPrint("blit failed: %08lx\n", (ULONG)status);
    }
    return status;
}

NTSTATUS blit_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    BOOLEAN locked = FALSE;
    PMDL mdl = NULL;

    __try {
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            __leave;
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
            locked = TRUE;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = STATUS_INVALID_USER_BUFFER;
            __leave;
        }
        status = acquire_engine();
        if (!NT_SUCCESS(status))
            __leave;
        release_engine();
    } __finally {
        if (locked)
            MmUnlockPages(mdl);
        if (mdl != NULL)
            IoFreeMdl(mdl);
    }
    return status;
}
