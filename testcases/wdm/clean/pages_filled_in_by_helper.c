// clean: a helper copies the page frame numbers of another MDL and sets the flag itself; the caller maps the result.
#include <wdm.h>

typedef struct _SHADOW {
    PMDL Mdl;
    PVOID Edge;
} SHADOW;

static NTSTATUS shadow_create(PMDL user, SHADOW **out)
{
    PVOID address = MmGetSystemAddressForMdlSafe(user, NormalPagePriority);
    ULONG bytes = MmGetMdlByteCount(user);
    SHADOW *shadow;

    *out = NULL;
    if (address == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    shadow = ExAllocatePoolWithTag(NonPagedPool, sizeof(*shadow), 'dahs');
    if (shadow == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(shadow, sizeof(*shadow));
    shadow->Mdl = IoAllocateMdl(address, bytes, FALSE, FALSE, NULL);
    if (shadow->Mdl == NULL) {
        ExFreePoolWithTag(shadow, 'dahs');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    shadow->Mdl->MdlFlags |= MDL_PAGES_LOCKED;
    RtlCopyMemory(MmGetMdlPfnArray(shadow->Mdl), MmGetMdlPfnArray(user),
                  ADDRESS_AND_SIZE_TO_SPAN_PAGES(address, bytes) * sizeof(PFN_NUMBER));
    *out = shadow;
    return STATUS_SUCCESS;
}

NTSTATUS map_for_reader_ok(PMDL user, SHADOW **out, PVOID *address)
{
    NTSTATUS status = shadow_create(user, out);

    if (!NT_SUCCESS(status))
        return status;
    *address = MmMapLockedPagesSpecifyCache((*out)->Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    return *address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
