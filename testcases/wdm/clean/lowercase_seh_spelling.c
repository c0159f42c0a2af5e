// clean: try, except, finally and leave as the driver kit's own headers spell them.
#include <wdm.h>

#define try __try
#define except __except
#define finally __finally
#define leave __leave

NTSTATUS checksum(PVOID view, ULONG length, PULONG sum);

NTSTATUS checksum_user(PVOID buffer, ULONG length, PULONG sum)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = FALSE;
    PVOID view;
    PMDL mdl = NULL;

    try {
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            leave;
        }
        try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            locked = TRUE;
        } except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            leave;
        }
        view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (view == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            leave;
        }
        status = checksum(view, length, sum);
    } finally {
        if (locked)
            MmUnlockPages(mdl);
        if (mdl != NULL)
            IoFreeMdl(mdl);
    }
    return status;
}
