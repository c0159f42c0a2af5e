// The buffer of an engine that notifies the driver: the MDL is the bus driver's, and so is the say where in it the data begin.
#include <wdm.h>

typedef NTSTATUS (*PALLOCATE_DMA_BUFFER_WITH_NOTIFICATION)(PVOID context, HANDLE engine, ULONG notifications, SIZE_T size, PMDL *mdl,
                                                          PSIZE_T allocated, PSIZE_T offset, PUCHAR stream, PULONG fifo);
typedef NTSTATUS (*PFREE_DMA_BUFFER_WITH_NOTIFICATION)(PVOID context, HANDLE engine, PMDL mdl, SIZE_T size);

NTSTATUS open_bad(PALLOCATE_DMA_BUFFER_WITH_NOTIFICATION allocate, PVOID context, HANDLE engine, SIZE_T bytes)
{
    PMDL mdl;
    SIZE_T size = 0, offset = 0;
    UCHAR stream;
    ULONG fifo;
    NTSTATUS status = allocate(context, engine, 2, bytes, &mdl, &size, &offset, &stream, &fifo);

    if (NT_SUCCESS(status) && offset + bytes > size)
        MmFreePagesFromMdl(mdl); // expect: MDL041
    return status;
}

NTSTATUS open_ok(PALLOCATE_DMA_BUFFER_WITH_NOTIFICATION allocate, PFREE_DMA_BUFFER_WITH_NOTIFICATION release, PVOID context, HANDLE engine,
                 SIZE_T bytes)
{
    PMDL mdl;
    SIZE_T size = 0, offset = 0;
    UCHAR stream;
    ULONG fifo;
    NTSTATUS status = allocate(context, engine, 2, bytes, &mdl, &size, &offset, &stream, &fifo);

    if (NT_SUCCESS(status) && offset + bytes > size)
        return release(context, engine, mdl, size);
    return status;
}
