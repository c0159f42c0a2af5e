// clean: each call appends to the chain that is there; a completion that raises has freed nothing, and is repeated.
#include <ntifs.h>

NTSTATUS two_ranges_ok(PFILE_OBJECT file, LARGE_INTEGER first, LARGE_INTEGER second, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    CcMdlRead(file, &first, bytes, &chain, &iosb);
    CcMdlRead(file, &second, bytes, &chain, &iosb);
    CcMdlReadComplete(file, chain);
    return STATUS_SUCCESS;
}

NTSTATUS write_through_ok(PFILE_OBJECT file, LARGE_INTEGER offset, PMDL chain)
{
    __try {
        CcMdlWriteComplete(file, &offset, chain);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        CcMdlWriteAbort(file, chain);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* The fast I/O entries of the driver below are the same routines. */
BOOLEAN forward_ok(PFAST_IO_DISPATCH below, PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG bytes, ULONG key, PMDL *chain,
                   PIO_STATUS_BLOCK iosb, PDEVICE_OBJECT device)
{
    return below->MdlRead(file, offset, bytes, key, chain, iosb, device);
}
