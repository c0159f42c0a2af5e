// What only asks an MDL, or shows it to the memory manager for a while, needs it alive as well.
#include <ntddk.h>

typedef NTSTATUS MM_MDL_ROUTINE(PVOID context, PVOID address);
NTSTATUS MmMapMdl(PMDL mdl, ULONG protect, MM_MDL_ROUTINE *routine, PVOID context);
NTSTATUS MmMapMemoryDumpMdlEx(PVOID address, ULONG pages, PMDL mdl, ULONG flags);
MM_MDL_ROUTINE touch;

NTSTATUS protect_bad(PMDL mdl)
{
    IoFreeMdl(mdl);
    return MmProtectMdlSystemAddress(mdl, PAGE_READONLY); // expect: MDL005
}

NTSTATUS protect_ok(PMDL mdl)
{
    NTSTATUS status = MmProtectMdlSystemAddress(mdl, PAGE_READONLY);

    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS map_bad(PMDL mdl)
{
    IoFreeMdl(mdl);
    return MmMapMdl(mdl, PAGE_READONLY, touch, NULL); // expect: MDL005
}

/* The mapping is there for the routine only. */
NTSTATUS map_ok(PMDL mdl)
{
    NTSTATUS status = MmMapMdl(mdl, PAGE_READONLY, touch, NULL);

    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS dump_bad(PMDL mdl, PVOID address)
{
    IoFreeMdl(mdl);
    return MmMapMemoryDumpMdlEx(address, 1, mdl, 0); // expect: MDL005
}

NTSTATUS dump_ok(PMDL mdl, PVOID address)
{
    return MmMapMemoryDumpMdlEx(address, 1, mdl, 0);
}

NTSTATUS rotate_bad(PMDL mdl, PVOID address, SIZE_T bytes)
{
    IoFreeMdl(mdl);
    return MmRotatePhysicalView(address, &bytes, mdl, MmToFrameBuffer, NULL, NULL); // expect: MDL005
}

/* The view keeps the pages, and the MDL that names them. */
NTSTATUS rotate_ok(PVOID address, SIZE_T bytes)
{
    PMDL mdl = IoAllocateMdl(address, (ULONG)bytes, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    status = MmRotatePhysicalView(address, &bytes, mdl, MmToFrameBuffer, NULL, NULL);
    if (!NT_SUCCESS(status))
        IoFreeMdl(mdl);
    return status;
}
