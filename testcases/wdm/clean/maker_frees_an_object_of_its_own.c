// clean: the function that makes the mapped object also frees one, when mapping fails: its own, which it has from a helper, not the one that it left before.
#include <wdm.h>

typedef struct _SHADOW {
    PMDL Mdl;
} SHADOW, *PSHADOW;

typedef struct _REQUEST {
    PSHADOW Shadow;
    PVOID Address;
    ULONG Kind;
} REQUEST, *PREQUEST;

static PSHADOW shadow_make(PMDL source)
{
    PSHADOW shadow = ExAllocatePoolWithTag(NonPagedPool, sizeof(*shadow), 'dahS');

    if (shadow == NULL)
        return NULL;
    shadow->Mdl = IoAllocateMdl(MmGetMdlVirtualAddress(source), MmGetMdlByteCount(source), FALSE, FALSE, NULL);
    if (shadow->Mdl == NULL) {
        ExFreePoolWithTag(shadow, 'dahS');
        return NULL;
    }
    IoBuildPartialMdl(source, shadow->Mdl, MmGetMdlVirtualAddress(source), MmGetMdlByteCount(source));
    return shadow;
}

static VOID shadow_delete(PSHADOW shadow)
{
    IoFreeMdl(shadow->Mdl);
    ExFreePoolWithTag(shadow, 'dahS');
}

NTSTATUS prepare(PREQUEST request, PMDL source)
{
    PSHADOW shadow = shadow_make(source);

    if (shadow == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        request->Address = MmMapLockedPagesSpecifyCache(shadow->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        shadow_delete(shadow);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    request->Shadow = shadow;
    return STATUS_SUCCESS;
}

VOID finish(PREQUEST request)
{
    if (request->Address != NULL)
        MmUnmapLockedPages(request->Address, request->Shadow->Mdl);
    shadow_delete(request->Shadow);
}
