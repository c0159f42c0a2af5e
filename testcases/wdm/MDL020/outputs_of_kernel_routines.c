// What a routine of the kernel writes through its argument is not what stood there before: both branches of the test are possible.
#include <ntifs.h>

static PMDL describe(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl != NULL)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

VOID hashed_bad(PVOID pool, ULONG length, PCUNICODE_STRING name)
{
    PMDL mdl = describe(pool, length); // expect: MDL020
    ULONG hash = 0;

    RtlHashUnicodeString(name, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &hash);
    if (hash != 0)
        return;
    if (mdl != NULL)
        IoFreeMdl(mdl);
}

VOID stack_bad(PVOID pool, ULONG length)
{
    PMDL mdl = describe(pool, length); // expect: MDL020
    ULONG_PTR low = 0;
    ULONG_PTR high = 0;

    IoGetStackLimits(&low, &high);
    if (high > low)
        return;
    if (mdl != NULL)
        IoFreeMdl(mdl);
}

NTSTATUS shared_bad(PVOID pool, ULONG length, PFILE_OBJECT file, PSHARE_ACCESS share)
{
    PMDL mdl = describe(pool, length); // expect: MDL020
    NTSTATUS status;

    file->ReadAccess = FALSE;
    status = IoCheckShareAccess(FILE_READ_DATA, FILE_SHARE_READ, file, share, TRUE);
    if (file->ReadAccess)
        return status;
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return status;
}
