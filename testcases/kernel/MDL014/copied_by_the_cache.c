// The cache manager and the user-mode accessors read and write through the address that they get.
#include <ntifs.h>

VOID CopyToUser(PVOID to, const VOID *from, SIZE_T bytes);

void read_bad(PFILE_OBJECT file, LARGE_INTEGER offset, PMDL mdl, PIO_STATUS_BLOCK iosb)
{
    PVOID address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        CcCopyRead(file, &offset, PAGE_SIZE, TRUE, address, iosb); // expect: MDL014
}

void read_ok(PFILE_OBJECT file, LARGE_INTEGER offset, PMDL mdl, PIO_STATUS_BLOCK iosb)
{
    PVOID address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    __try {
        if (address != NULL)
            CcCopyRead(file, &offset, PAGE_SIZE, TRUE, address, iosb);
    } __finally {
        MmUnlockPages(mdl);
    }
}

void write_bad(PFILE_OBJECT file, LARGE_INTEGER offset, PMDL mdl)
{
    PVOID address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        CcCopyWrite(file, &offset, PAGE_SIZE, TRUE, address); // expect: MDL014
}

void write_ok(PFILE_OBJECT file, LARGE_INTEGER offset, PMDL mdl)
{
    PVOID address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    __try {
        if (address != NULL)
            CcCopyWrite(file, &offset, PAGE_SIZE, TRUE, address);
    } __finally {
        MmUnlockPages(mdl);
    }
}

void user_bad(PVOID user, PMDL mdl)
{
    PVOID address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address == NULL)
        return;
    __try {
        CopyToUser(user, address, PAGE_SIZE); // expect: MDL014
    } __except (EXCEPTION_EXECUTE_HANDLER) {
    }
}

NTSTATUS user_ok(PVOID user, PMDL mdl)
{
    PVOID address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    if (address != NULL) {
        __try {
            CopyToUser(user, address, PAGE_SIZE);
            status = STATUS_SUCCESS;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
    }
    MmUnlockPages(mdl);
    return status;
}
