// Set-up in stages, torn down by a switch: the bad one enters it one case too late for the stage that maps.
#include "wdk/d3dkmddi_iommu.h"

enum { AP_NONE, AP_ALLOCATED, AP_LOCKED, AP_MAPPED };

typedef struct _APERTURE {
    const DXGKRNL_INTERFACE *Dxgk;
    int Stage;
    PMDL Mdl;
    HANDLE Memory;
} APERTURE, *PAPERTURE;

NTSTATUS ApertureEnable(PAPERTURE Aperture);

static NTSTATUS ApertureOpen(PAPERTURE Aperture, PVOID Buffer, ULONG Bytes)
{
    DXGKARGCB_MAPMDLTOIOMMU map;
    NTSTATUS status;

    Aperture->Stage = AP_NONE;
    Aperture->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (Aperture->Mdl == NULL)
        return STATUS_NO_MEMORY;
    Aperture->Stage = AP_ALLOCATED;
    __try {
        MmProbeAndLockPages(Aperture->Mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    Aperture->Stage = AP_LOCKED;
    map.pMdl = Aperture->Mdl;
    status = Aperture->Dxgk->DxgkCbMapMdlToIoMmu(Aperture->Dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        return status;
    Aperture->Memory = map.hMemoryHandle;
    Aperture->Stage = AP_MAPPED;
    return STATUS_SUCCESS;
}

static void ApertureClose(PAPERTURE Aperture)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap;

    switch (Aperture->Stage) {
    case AP_MAPPED:
        unmap.hMemoryHandle = Aperture->Memory;
        Aperture->Dxgk->DxgkCbUnmapMdlFromIoMmu(Aperture->Dxgk->DeviceHandle, &unmap);
        /* fall through */
    case AP_LOCKED:
        MmUnlockPages(Aperture->Mdl);
        /* fall through */
    case AP_ALLOCATED:
        IoFreeMdl(Aperture->Mdl);
        /* fall through */
    default:
        Aperture->Stage = AP_NONE;
    }
}

/* For an aperture that was never enabled, so its author thought, the mapping need not be undone. */
static void ApertureAbandon(PAPERTURE Aperture)
{
    switch (Aperture->Stage) {
    case AP_MAPPED:
    case AP_LOCKED:
        MmUnlockPages(Aperture->Mdl); // step: MDL102
        /* fall through */
    case AP_ALLOCATED:
        IoFreeMdl(Aperture->Mdl);
        break;
    default:
        break;
    }
    Aperture->Stage = AP_NONE;
}

NTSTATUS ApertureStart_ok(PAPERTURE Aperture, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = ApertureOpen(Aperture, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        ApertureClose(Aperture);
    return status;
}

NTSTATUS ApertureProbe_ok(PAPERTURE Aperture, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = ApertureOpen(Aperture, Buffer, Bytes);

    ApertureClose(Aperture);
    return status;
}

NTSTATUS ApertureProbe_bad(PAPERTURE Aperture, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = ApertureOpen(Aperture, Buffer, Bytes);

    ApertureAbandon(Aperture); // expect: MDL102
    return status;
}

NTSTATUS ApertureFailed_ok(PAPERTURE Aperture, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = ApertureOpen(Aperture, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        ApertureAbandon(Aperture);
    return status;
}
