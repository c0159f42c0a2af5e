// clean: an MDL over a pool block: no lock, no unlock, no unmap; the MDL goes before the block.
#include <wdm.h>

NTSTATUS send_mdl(PMDL mdl);

NTSTATUS send_message(PVOID text, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL mdl;
    PVOID block = ExAllocatePoolWithTag(NonPagedPool, length, 'gsMT');

    if (block == NULL)
        return status;
    RtlCopyMemory(block, text, length);
    mdl = IoAllocateMdl(block, length, FALSE, FALSE, NULL);
    if (mdl != NULL) {
        MmBuildMdlForNonPagedPool(mdl);
        status = send_mdl(mdl);
        IoFreeMdl(mdl);
    }
    ExFreePoolWithTag(block, 'gsMT');
    return status;
}
