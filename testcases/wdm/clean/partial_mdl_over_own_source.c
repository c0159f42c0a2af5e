// clean: the source stays locked as long as the partial MDL over it lives.
#include <wdm.h>

NTSTATUS send_piece(PMDL piece);

NTSTATUS send_pieces(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG offset;
    PMDL piece = NULL;
    PMDL source = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (source == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(source, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(source);
        return STATUS_INVALID_USER_BUFFER;
    }
    for (offset = 0; offset + PAGE_SIZE <= length; offset += PAGE_SIZE) {
        piece = IoAllocateMdl((PUCHAR)buffer + offset, PAGE_SIZE, FALSE, FALSE, NULL);
        if (piece == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        IoBuildPartialMdl(source, piece, (PUCHAR)buffer + offset, PAGE_SIZE);
        status = send_piece(piece);
        IoFreeMdl(piece);
        if (!NT_SUCCESS(status))
            break;
    }
    MmUnlockPages(source);
    IoFreeMdl(source);
    return status;
}
