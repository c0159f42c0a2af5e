// The calls that tell by a status whether the chain is there: a success has to be completed.
#include <ntifs.h>

NTSTATUS FsRtlMdlReadEx(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, ULONG key, PMDL *chain, PIO_STATUS_BLOCK iosb);
NTSTATUS FsRtlPrepareMdlWriteEx(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, ULONG key, PMDL *chain, PIO_STATUS_BLOCK iosb);
void look(PMDL chain);

NTSTATUS read_bad(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG length)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = FsRtlMdlReadEx(file, &offset, length, 0, &chain, &iosb);

    if (!NT_SUCCESS(status))
        return status;
    look(chain);
    FsRtlMdlReadCompleteDev(file, chain, NULL);
    FsRtlMdlReadCompleteDev(file, chain, NULL); // expect: MDL060
    return status;
}

NTSTATUS read_ok(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG length)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = FsRtlMdlReadEx(file, &offset, length, 0, &chain, &iosb);

    if (!NT_SUCCESS(status))
        return status;
    look(chain);
    FsRtlMdlReadCompleteDev(file, chain, NULL);
    return status;
}

NTSTATUS write_bad(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG length)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = FsRtlPrepareMdlWriteEx(file, &offset, length, 0, &chain, &iosb);

    if (!NT_SUCCESS(status))
        return status;
    look(chain);
    FsRtlMdlReadCompleteDev(file, chain, NULL); // expect: MDL060 "no MDL read"
    return status;
}

/* A failure may leave a part of the chain, which the status block tells. */
NTSTATUS write_ok(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG length)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = FsRtlPrepareMdlWriteEx(file, &offset, length, 0, &chain, &iosb);

    if (NT_SUCCESS(status))
        look(chain);
    if (NT_SUCCESS(status) || iosb.Information != 0)
        CcMdlWriteComplete(file, &offset, chain);
    return status;
}
