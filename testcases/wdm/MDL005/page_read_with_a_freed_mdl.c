// Paging requests keep the MDL until their event is set.
#include <ntddk.h>

NTSTATUS IoPageRead(PFILE_OBJECT file, PMDL mdl, PLARGE_INTEGER offset, PKEVENT event, PIO_STATUS_BLOCK iosb);

ULONG in_page_bad(PFILE_OBJECT file, PMDL mdl, LARGE_INTEGER offset, PKEVENT event, PIO_STATUS_BLOCK iosb)
{
    ULONG where = MmGetMdlByteOffset(mdl);

    IoFreeMdl(mdl);
    if (!NT_SUCCESS(IoPageRead(file, mdl, &offset, event, iosb))) // expect: MDL005
        return 0;
    return where;
}

ULONG in_page_ok(PFILE_OBJECT file, PMDL mdl, LARGE_INTEGER offset, PKEVENT event, PIO_STATUS_BLOCK iosb)
{
    ULONG where = MmGetMdlByteOffset(mdl);

    if (!NT_SUCCESS(IoPageRead(file, mdl, &offset, event, iosb)))
        return 0;
    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return where;
}
