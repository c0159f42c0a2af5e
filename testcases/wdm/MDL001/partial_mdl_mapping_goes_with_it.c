// clean: IoFreeMdl releases the mapping of a partial MDL: no unmap is due, and none is allowed.
#include <wdm.h>

NTSTATUS peek_ok(PIRP irp, ULONG offset, PUCHAR first)
{
    PUCHAR bytes;
    PVOID start = (PUCHAR)MmGetMdlVirtualAddress(irp->MdlAddress) + offset;
    PMDL part = IoAllocateMdl(start, PAGE_SIZE, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(irp->MdlAddress, part, start, PAGE_SIZE);
    bytes = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    if (bytes != NULL)
        *first = bytes[0];
    IoFreeMdl(part);
    return bytes != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
