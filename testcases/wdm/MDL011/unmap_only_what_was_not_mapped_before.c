// Whether the MDL was mapped already is noted before the map, as a BOOLEAN or as a saved flags word, and asked after it.
#include <wdm.h>

NTSTATUS FilterInspect(PVOID Data, ULONG Bytes);

NTSTATUS FilterData_ok(PMDL Mdl)
{
    NTSTATUS status;
    BOOLEAN wasMapped = (Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0;
    PVOID data = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);

    if (data == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = FilterInspect(data, MmGetMdlByteCount(Mdl));
    if (!wasMapped && (Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA))
        MmUnmapLockedPages(data, Mdl);
    return status;
}

NTSTATUS FilterFlags_ok(PMDL Mdl)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    CSHORT before = Mdl->MdlFlags;
    PVOID data;

    if (before & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
        data = Mdl->MappedSystemVa;
    else
        data = MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (data != NULL)
        status = FilterInspect(data, MmGetMdlByteCount(Mdl));
    if (data != NULL && !(before & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)))
        MmUnmapLockedPages(data, Mdl);
    return status;
}

static VOID ReleaseIf(PMDL Mdl, BOOLEAN Locked)
{
    if (Locked)
        MmUnlockPages(Mdl);
    IoFreeMdl(Mdl);
}

NTSTATUS LockMaybe_ok(PVOID Buffer, ULONG Bytes, BOOLEAN Pool)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    if (Pool) {
        MmBuildMdlForNonPagedPool(mdl);
    } else {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
    }
    ReleaseIf(mdl, (mdl->MdlFlags & MDL_PAGES_LOCKED) != 0);
    return status;
}

/* Takes a mapping of its own for given, although the one of somebody else has been used. */
NTSTATUS FilterTwice_bad(PMDL Mdl, PVOID Buffer)
{
    NTSTATUS status;
    PVOID data, again;

    UNREFERENCED_PARAMETER(Buffer);
    data = MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (data == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    again = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    status = again ? FilterInspect(again, MmGetMdlByteCount(Mdl)) : STATUS_INSUFFICIENT_RESOURCES;
    if (again)
        MmUnmapLockedPages(again, Mdl);
    MmUnmapLockedPages(data, Mdl); // expect: MDL011
    return status;
}
