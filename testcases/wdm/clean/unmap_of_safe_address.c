// clean: whether the MDL of a parameter was built over nonpaged pool is for the callers to know, not to be guessed.
#include <wdm.h>
VOID unmap_memory_ok(PMDL mdl)
{
    MmUnmapLockedPages(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}
VOID complete_read_ok(PIRP irp, BOOLEAN allocated, PVOID data, ULONG length)
{
    PVOID buffer = irp->UserBuffer;
    if (irp->MdlAddress)
        buffer = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
    if (buffer != NULL)
        RtlCopyMemory(buffer, data, length);
    if (allocated) {
        MmUnlockPages(irp->MdlAddress);
        IoFreeMdl(irp->MdlAddress);
        irp->MdlAddress = NULL;
    }
}
