// A mapping in a reserved range is taken back with MmUnmapReservedMapping, never with MmUnmapLockedPages.
#include <wdm.h>

#define TAG 'esrR'

void drain(PVOID bytes, ULONG length);

NTSTATUS drain_bad(PMDL locked, PVOID range, ULONG length)
{
    PVOID bytes = MmMapLockedPagesWithReservedMapping(range, TAG, locked, MmCached); // step: MDL011

    if (bytes == NULL)
        return STATUS_BUFFER_OVERFLOW;
    drain(bytes, length);
    MmUnmapLockedPages(bytes, locked); // expect: MDL011
    return STATUS_SUCCESS;
}

NTSTATUS drain_ok(PMDL locked, PVOID range, ULONG length)
{
    PVOID bytes = MmMapLockedPagesWithReservedMapping(range, TAG, locked, MmCached);

    if (bytes == NULL)
        return STATUS_BUFFER_OVERFLOW;
    drain(bytes, length);
    MmUnmapReservedMapping(range, TAG, locked);
    return STATUS_SUCCESS;
}
