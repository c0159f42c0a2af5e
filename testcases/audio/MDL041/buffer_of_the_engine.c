// The MDL of a DMA engine's buffer belongs to the bus driver.
#include <wdm.h>

typedef NTSTATUS (*PALLOCATE_DMA_BUFFER)(PVOID context, HANDLE handle, SIZE_T size, PMDL *mdl, PSIZE_T allocated, PUCHAR stream, PULONG fifo);
typedef NTSTATUS (*PFREE_DMA_BUFFER)(PVOID context, HANDLE handle);

NTSTATUS start_bad(PALLOCATE_DMA_BUFFER allocate, PVOID context, HANDLE engine, SIZE_T bytes)
{
    PMDL mdl;
    SIZE_T size;
    UCHAR stream;
    ULONG fifo;
    NTSTATUS status = allocate(context, engine, bytes, &mdl, &size, &stream, &fifo);

    if (NT_SUCCESS(status))
        IoFreeMdl(mdl); // expect: MDL041
    return status;
}

NTSTATUS start_ok(PALLOCATE_DMA_BUFFER allocate, PFREE_DMA_BUFFER release, PVOID context, HANDLE engine, SIZE_T bytes, PVOID *address)
{
    PMDL mdl;
    SIZE_T size;
    UCHAR stream;
    ULONG fifo;
    NTSTATUS status = allocate(context, engine, bytes, &mdl, &size, &stream, &fifo);

    if (!NT_SUCCESS(status))
        return status;
    *address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    return *address ? status : release(context, engine);
}
