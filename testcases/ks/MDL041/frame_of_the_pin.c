// MDLs of stream pointers and of the cache are lent; a cached one goes back once.
#include <wdm.h>

PMDL KsStreamPointerGetMdl(PVOID pointer);
NTSTATUS KsAcquireCachedMdl(PIRP irp, PVOID guid, PVOID cancel, PVOID context, PMDL *mdl, PVOID *release);
NTSTATUS KsReleaseCachedMdl(PVOID guid, PMDL mdl, PVOID release);
NTSTATUS KsPinSubmitFrameMdl(PVOID pin, PMDL mdl, PVOID header, PVOID context);
NTSTATUS KsProbeStreamIrp(PIRP irp, ULONG flags, ULONG size);
void look(PMDL mdl);

NTSTATUS frame_bad(PVOID pointer, PIRP irp, PVOID pin)
{
    PMDL mdl = KsStreamPointerGetMdl(pointer);
    NTSTATUS status = KsProbeStreamIrp(irp, 0, 0);

    if (mdl == NULL || !NT_SUCCESS(status))
        return status;
    KsPinSubmitFrameMdl(pin, mdl, NULL, irp);
    IoFreeMdl(mdl); // expect: MDL041
    return status;
}

NTSTATUS frame_ok(PVOID pointer, PIRP irp, PVOID pin)
{
    PMDL mdl = KsStreamPointerGetMdl(pointer);
    NTSTATUS status = KsProbeStreamIrp(irp, 0, 0);

    if (mdl == NULL || !NT_SUCCESS(status))
        return status;
    look(mdl);
    return KsPinSubmitFrameMdl(pin, mdl, NULL, irp);
}

NTSTATUS cached_bad(PIRP irp, PVOID guid)
{
    PMDL mdl;
    PVOID release;
    NTSTATUS status = KsAcquireCachedMdl(irp, guid, NULL, NULL, &mdl, &release);

    if (!NT_SUCCESS(status))
        return status;
    KsReleaseCachedMdl(guid, mdl, release);
    return KsReleaseCachedMdl(guid, mdl, release); // expect: MDL006
}

NTSTATUS cached_ok(PIRP irp, PVOID guid)
{
    PMDL mdl;
    PVOID release;
    NTSTATUS status = KsAcquireCachedMdl(irp, guid, NULL, NULL, &mdl, &release);

    if (!NT_SUCCESS(status))
        return status;
    look(mdl);
    return KsReleaseCachedMdl(guid, mdl, release);
}
