// IoFreeMdl of a partial MDL takes its view away; the address is handed to the parser afterwards.
#include <wdm.h>

NTSTATUS parse_header(PVOID header);

NTSTATUS read_header_bad(PIRP irp)
{
    PVOID start = MmGetMdlVirtualAddress(irp->MdlAddress);
    PVOID header;
    PMDL part = IoAllocateMdl(start, 64, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(irp->MdlAddress, part, start, 64);
    header = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    IoFreeMdl(part); // step: MDL014
    if (header == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return parse_header(header); // expect: MDL014
}

NTSTATUS read_header_ok(PIRP irp)
{
    PVOID start = MmGetMdlVirtualAddress(irp->MdlAddress);
    PVOID header;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL part = IoAllocateMdl(start, 64, FALSE, FALSE, NULL);

    if (part == NULL)
        return status;
    IoBuildPartialMdl(irp->MdlAddress, part, start, 64);
    header = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    if (header != NULL)
        status = parse_header(header);
    IoFreeMdl(part);
    return status;
}
