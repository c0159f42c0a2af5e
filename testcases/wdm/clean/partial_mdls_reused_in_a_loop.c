// clean: one partial MDL walks over a long transfer; MmPrepareMdlForReuse stands before every rebuild.
#include <wdm.h>

#define STEP 0x10000u

NTSTATUS write_block(PVOID block, ULONG length);

NTSTATUS write_in_steps(PIRP irp)
{
    PMDL whole = irp->MdlAddress;
    PUCHAR start = MmGetMdlVirtualAddress(whole);
    ULONG total = MmGetMdlByteCount(whole);
    ULONG done, step;
    PVOID block;
    NTSTATUS status = STATUS_SUCCESS;
    PMDL part = IoAllocateMdl(start, STEP, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (done = 0; done < total && NT_SUCCESS(status); done += step) {
        step = total - done < STEP ? total - done : STEP;
        if (done != 0)
            MmPrepareMdlForReuse(part);
        IoBuildPartialMdl(whole, part, start + done, step);
        block = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
        status = block != NULL ? write_block(block, step) : STATUS_INSUFFICIENT_RESOURCES;
    }
    IoFreeMdl(part);
    return status;
}
