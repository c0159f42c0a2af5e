// One way out leaves the MDL in the reserved range: the next one to use the range finds it taken.
#include <wdm.h>

#define RANGE_TAG 'gnaR'

NTSTATUS decode(PVOID bytes, ULONG length);

NTSTATUS decode_reserved_bad(PVOID range, PVOID buffer, ULONG length)
{
    PUCHAR bytes;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    bytes = MmMapLockedPagesWithReservedMapping(range, RANGE_TAG, mdl, MmCached); // expect: MDL022
    if (bytes != NULL) {
        if (bytes[0] != 'M')
            return STATUS_DATA_ERROR;
        status = decode(bytes, length);
        MmUnmapReservedMapping(range, RANGE_TAG, mdl);
    } else {
        status = STATUS_BUFFER_OVERFLOW;
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS decode_reserved_ok(PVOID range, PMDL locked, ULONG length)
{
    PUCHAR bytes = MmMapLockedPagesWithReservedMapping(range, RANGE_TAG, locked, MmCached);
    NTSTATUS status = STATUS_DATA_ERROR;

    if (bytes == NULL)
        return STATUS_BUFFER_OVERFLOW;
    if (bytes[0] == 'M')
        status = decode(bytes, length);
    MmUnmapReservedMapping(range, RANGE_TAG, locked);
    return status;
}
