// MmGetSystemAddressForMdlSafe returns NULL when the system runs out of page table entries.
#include <wdm.h>

void copy_reply_bad(PIRP irp, PVOID reply, ULONG length)
{
    PVOID target = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority); // step: MDL015

    RtlCopyMemory(target, reply, length); // expect: MDL015
    irp->IoStatus.Information = length;
}

void copy_reply_ok(PIRP irp, PVOID reply, ULONG length)
{
    PVOID target = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    if (target == NULL) {
        irp->IoStatus.Status = STATUS_INSUFFICIENT_RESOURCES;
        irp->IoStatus.Information = 0;
        return;
    }
    RtlCopyMemory(target, reply, length);
    irp->IoStatus.Information = length;
}
