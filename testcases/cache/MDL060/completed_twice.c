// One "complete" for each read or write, of the right kind, and nothing of the chain afterwards.
#include <ntifs.h>

ULONG first_word(PMDL chain);

static void done(PFILE_OBJECT file, PMDL chain)
{
    FsRtlMdlReadCompleteDev(file, chain, NULL);
}

BOOLEAN peek_bad(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG *word)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FsRtlMdlReadDev(file, &offset, sizeof(*word), 0, &chain, &iosb, NULL))
        return FALSE;
    *word = first_word(chain);
    done(file, chain);
    if (*word == 0)
        done(file, chain); // expect: MDL060 "completed twice"
    return TRUE;
}

BOOLEAN peek_ok(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG *word)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FsRtlMdlReadDev(file, &offset, sizeof(*word), 0, &chain, &iosb, NULL))
        return FALSE;
    *word = first_word(chain);
    done(file, chain);
    return TRUE;
}

/* A member of the chain is read after the chain is gone. */
ULONG length_bad(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FsRtlMdlReadDev(file, &offset, bytes, 0, &chain, &iosb, NULL))
        return 0;
    done(file, chain);
    return MmGetMdlByteCount(chain); // expect: MDL060
}

ULONG length_ok(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    ULONG length;

    if (!FsRtlMdlReadDev(file, &offset, bytes, 0, &chain, &iosb, NULL))
        return 0;
    length = MmGetMdlByteCount(chain);
    done(file, chain);
    return length;
}

/* A read is not a write. */
BOOLEAN mixed_bad(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FsRtlPrepareMdlWriteDev(file, &offset, bytes, 0, &chain, &iosb, NULL))
        return FALSE;
    done(file, chain); // expect: MDL060 "no MDL read"
    return TRUE;
}

/* A preparation that fails may leave MDLs, which are completed; completing may fail, too, and then it is tried again elsewhere. */
BOOLEAN write_ok(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FsRtlPrepareMdlWriteDev(file, &offset, bytes, 0, &chain, &iosb, NULL)) {
        if (iosb.Information != 0)
            FsRtlMdlWriteCompleteDev(file, &offset, chain, NULL);
        return FALSE;
    }
    first_word(chain);
    if (FsRtlMdlWriteCompleteDev(file, &offset, chain, NULL))
        return TRUE;
    CcMdlWriteComplete(file, &offset, chain);
    return TRUE;
}

/* The memory manager's routines have nothing to do with it. */
void by_hand_bad(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FsRtlMdlReadDev(file, &offset, bytes, 0, &chain, &iosb, NULL))
        return;
    MmUnlockPages(chain); // expect: MDL009
    IoFreeMdl(chain);
}

/* Done is done, when it says so. */
void done_is_done_bad(PFILE_OBJECT file, LARGE_INTEGER offset, PMDL chain)
{
    if (FsRtlMdlWriteCompleteDev(file, &offset, chain, NULL))
        CcMdlWriteComplete(file, &offset, chain); // expect: MDL060
}
