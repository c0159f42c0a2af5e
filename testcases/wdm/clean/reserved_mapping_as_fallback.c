// clean: when the ordinary mapping fails, the reserved range helps out; each is ended in its own way.
#include <wdm.h>

#define FALLBACK_TAG 'kcaB'

typedef struct _DEVICE {
    PVOID Reserve;
    BOOLEAN ReserveUsed;
} DEVICE;

void push_bytes(PVOID bytes, ULONG length);

NTSTATUS push_mdl(DEVICE *device, PMDL locked, ULONG length)
{
    PVOID bytes;
    BOOLEAN reserved = FALSE;

    bytes = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, LowPagePriority);
    if (bytes == NULL) {
        bytes = MmMapLockedPagesWithReservedMapping(device->Reserve, FALLBACK_TAG, locked, MmCached);
        if (bytes == NULL)
            return STATUS_BUFFER_OVERFLOW;
        reserved = TRUE;
    }
    push_bytes(bytes, length);
    if (reserved)
        MmUnmapReservedMapping(device->Reserve, FALLBACK_TAG, locked);
    else
        MmUnmapLockedPages(bytes, locked);
    return STATUS_SUCCESS;
}

NTSTATUS device_init(DEVICE *device)
{
    device->Reserve = MmAllocateMappingAddress(16 * PAGE_SIZE, FALLBACK_TAG);
    return device->Reserve != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

void device_free(DEVICE *device)
{
    if (device->Reserve != NULL)
        MmFreeMappingAddress(device->Reserve, FALLBACK_TAG);
}
