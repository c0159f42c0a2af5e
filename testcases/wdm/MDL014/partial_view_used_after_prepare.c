// MmPrepareMdlForReuse takes the mapping of a partial MDL away; the address got before it is gone.
#include <wdm.h>

NTSTATUS parse(PVOID header, ULONG length);

NTSTATUS first_then_second_bad(PIRP irp)
{
    PMDL source = irp->MdlAddress;
    PUCHAR start = MmGetMdlVirtualAddress(source), view;
    NTSTATUS status;
    PMDL part = IoAllocateMdl(start, PAGE_SIZE, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(source, part, start, PAGE_SIZE);
    view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority); // step: MDL014
    if (view == NULL) {
        IoFreeMdl(part);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = parse(view, PAGE_SIZE);
    MmPrepareMdlForReuse(part); // step: MDL014
    if (NT_SUCCESS(status))
        view[0] = 0; // expect: MDL014
    IoFreeMdl(part);
    return status;
}

NTSTATUS first_then_second_ok(PIRP irp)
{
    PMDL source = irp->MdlAddress;
    PUCHAR start = MmGetMdlVirtualAddress(source), view;
    NTSTATUS status;
    PMDL part = IoAllocateMdl(start, PAGE_SIZE, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(source, part, start, PAGE_SIZE);
    view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    if (view == NULL) {
        IoFreeMdl(part);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = parse(view, PAGE_SIZE);
    if (NT_SUCCESS(status))
        view[0] = 0;
    MmPrepareMdlForReuse(part);
    IoBuildPartialMdl(source, part, start + PAGE_SIZE, PAGE_SIZE);
    view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    if (view != NULL)
        view[0] = 0;
    IoFreeMdl(part);
    return status;
}
