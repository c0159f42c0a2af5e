// A mapped partial MDL is built again; MmPrepareMdlForReuse has to come between.
#include <wdm.h>

void consume_chunk(PVOID chunk, ULONG length);

NTSTATUS two_chunks_bad(PIRP irp)
{
    PMDL source = irp->MdlAddress;
    PUCHAR start = MmGetMdlVirtualAddress(source);
    PVOID chunk;
    PMDL part = IoAllocateMdl(start, PAGE_SIZE, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(source, part, start, PAGE_SIZE);
    chunk = MmGetSystemAddressForMdlSafe(part, NormalPagePriority); // step: MDL008
    if (chunk != NULL) {
        consume_chunk(chunk, PAGE_SIZE);
        IoBuildPartialMdl(source, part, start + PAGE_SIZE, PAGE_SIZE); // expect: MDL008
    }
    IoFreeMdl(part);
    return STATUS_SUCCESS;
}

NTSTATUS all_chunks_ok(PIRP irp)
{
    PMDL source = irp->MdlAddress;
    PUCHAR start = MmGetMdlVirtualAddress(source);
    ULONG left = MmGetMdlByteCount(source);
    NTSTATUS status = STATUS_SUCCESS;
    PMDL part = IoAllocateMdl(start, PAGE_SIZE, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    while (left >= PAGE_SIZE) {
        PVOID chunk;

        IoBuildPartialMdl(source, part, start, PAGE_SIZE);
        chunk = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
        if (chunk == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        consume_chunk(chunk, PAGE_SIZE);
        MmPrepareMdlForReuse(part);
        start += PAGE_SIZE;
        left -= PAGE_SIZE;
    }
    IoFreeMdl(part);
    return status;
}
