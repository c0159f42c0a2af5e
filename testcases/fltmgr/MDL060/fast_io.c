// The filter manager's forms of the cache manager's MDL reads and writes.
#include <wdm.h>

BOOLEAN FltFastIoMdlRead(PVOID instance, PVOID file, PVOID offset, ULONG length, ULONG key, PMDL *chain, PIO_STATUS_BLOCK iosb);
BOOLEAN FltFastIoMdlReadComplete(PVOID instance, PVOID file, PMDL chain);
BOOLEAN FltFastIoPrepareMdlWrite(PVOID instance, PVOID file, PVOID offset, ULONG length, ULONG key, PMDL *chain, PIO_STATUS_BLOCK iosb);
BOOLEAN FltFastIoMdlWriteComplete(PVOID instance, PVOID file, PVOID offset, PMDL chain);
BOOLEAN look(PMDL chain);

BOOLEAN read_bad(PVOID instance, PVOID file, PVOID offset, ULONG length)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FltFastIoMdlRead(instance, file, offset, length, 0, &chain, &iosb)) // expect: MDL060
        return FALSE;
    if (iosb.Information < length)
        return FALSE;
    look(chain);
    return FltFastIoMdlReadComplete(instance, file, chain);
}

BOOLEAN read_ok(PVOID instance, PVOID file, PVOID offset, ULONG length)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FltFastIoMdlRead(instance, file, offset, length, 0, &chain, &iosb))
        return FALSE;
    look(chain);
    return FltFastIoMdlReadComplete(instance, file, chain);
}

BOOLEAN write_bad(PVOID instance, PVOID file, PVOID offset, ULONG length)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FltFastIoPrepareMdlWrite(instance, file, offset, length, 0, &chain, &iosb))
        return FALSE;
    if (!FltFastIoMdlWriteComplete(instance, file, offset, chain))
        return FALSE;
    return look(chain) && FltFastIoMdlWriteComplete(instance, file, offset, chain); // expect: MDL060
}

BOOLEAN write_ok(PVOID instance, PVOID file, PVOID offset, ULONG length)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;

    if (!FltFastIoPrepareMdlWrite(instance, file, offset, length, 0, &chain, &iosb)) {
        if (iosb.Information)
            FltFastIoMdlWriteComplete(instance, file, offset, chain);
        return FALSE;
    }
    return FltFastIoMdlWriteComplete(instance, file, offset, chain) || FltFastIoMdlWriteComplete(instance, file, offset, chain);
}
