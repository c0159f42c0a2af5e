/*
 * wrap.c - the wrappers of include/mdlguard/shim.h around the routines of the memory manager and the I/O manager.
 *
 * Part of the driver: compiled with the driver's kit and calling convention. Parameters are named arg0, arg1, ... and the value result, because the
 * generated macros MG_ENTRY_xxx and MG_EXIT_xxx name them so.
 */
#define MDLGUARD_SHIM_NO_MACROS
#include "mdlguard/shim.h"

#include "wrap.h"

VOID NTAPI MdlGuardHere(const char *File, ULONG Line)
{
    mdlguard_platform_here(File, Line);
}

/* ---- descriptors ---- */

PMDL NTAPI MdlGuardIoAllocateMdl(PVOID arg0, ULONG arg1, BOOLEAN arg2, BOOLEAN arg3, PIRP arg4, const char *File, ULONG Line)
{
    ENTER(IoAllocateMdl);
    PMDL result = IoAllocateMdl(arg0, arg1, arg2, arg3, arg4);
    LEAVE(IoAllocateMdl, result);
    return result;
}

/* A partial MDL's mapping ends now, whenever its memory is freed. */
VOID NTAPI MdlGuardIoFreeMdl(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(IoFreeMdl);
    if (!mdlguard_platform_keep(arg0, 0, 0))
        IoFreeMdl(arg0);
    LEAVE(IoFreeMdl, 0);
}

PMDL NTAPI MdlGuardMmCreateMdl(PMDL arg0, PVOID arg1, SIZE_T arg2, const char *File, ULONG Line)
{
    ENTER(MmCreateMdl);
    PMDL result = MmCreateMdl(arg0, arg1, arg2);
    LEAVE(MmCreateMdl, result);
    return result;
}

VOID NTAPI MdlGuardMmInitializeMdl(PMDL arg0, PVOID arg1, SIZE_T arg2, const char *File, ULONG Line)
{
    ENTER(MmInitializeMdl);
    MmInitializeMdl(arg0, arg1, arg2);
    LEAVE(MmInitializeMdl, 0);
}

/* ---- filling ---- */

VOID NTAPI MdlGuardMmBuildMdlForNonPagedPool(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmBuildMdlForNonPagedPool);
    MmBuildMdlForNonPagedPool(arg0);
    LEAVE(MmBuildMdlForNonPagedPool, 0);
}

VOID NTAPI MdlGuardIoBuildPartialMdl(PMDL arg0, PMDL arg1, PVOID arg2, ULONG arg3, const char *File, ULONG Line)
{
    ENTER(IoBuildPartialMdl);
    IoBuildPartialMdl(arg0, arg1, arg2, arg3);
    LEAVE(IoBuildPartialMdl, 0);
}

VOID NTAPI MdlGuardMmProbeAndLockPages(PMDL arg0, KPROCESSOR_MODE arg1, LOCK_OPERATION arg2, const char *File, ULONG Line)
{
    ENTER(MmProbeAndLockPages);
    MmProbeAndLockPages(arg0, arg1, arg2);
    LEAVE(MmProbeAndLockPages, 0);
}

VOID NTAPI MdlGuardMmProbeAndLockProcessPages(PMDL arg0, PEPROCESS arg1, KPROCESSOR_MODE arg2, LOCK_OPERATION arg3, const char *File, ULONG Line)
{
    ENTER(MmProbeAndLockProcessPages);
    MmProbeAndLockProcessPages(arg0, arg1, arg2, arg3);
    LEAVE(MmProbeAndLockProcessPages, 0);
}

VOID NTAPI MdlGuardMmUnlockPages(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmUnlockPages);
    MmUnlockPages(arg0);
    LEAVE(MmUnlockPages, 0);
}

/* ---- mapping ---- */

PVOID NTAPI MdlGuardMmGetSystemAddressForMdlSafe(PMDL arg0, ULONG arg1, const char *File, ULONG Line)
{
    ENTER(MmGetSystemAddressForMdlSafe);
    PVOID result = MmGetSystemAddressForMdlSafe(arg0, (MM_PAGE_PRIORITY)arg1);
    LEAVE(MmGetSystemAddressForMdlSafe, result);
    return result;
}

PVOID NTAPI MdlGuardMmGetSystemAddressForMdl(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmGetSystemAddressForMdl);
    PVOID result = MmGetSystemAddressForMdlSafe(arg0, HighPagePriority); /* the old one does not compile for new systems */
    LEAVE(MmGetSystemAddressForMdl, result);
    return result;
}

PVOID NTAPI MdlGuardMmMapLockedPagesSpecifyCache(PMDL arg0, KPROCESSOR_MODE arg1, MEMORY_CACHING_TYPE arg2, PVOID arg3, ULONG arg4,
                                                 ULONG arg5, const char *File, ULONG Line)
{
    ENTER(MmMapLockedPagesSpecifyCache);
    PVOID result = MmMapLockedPagesSpecifyCache(arg0, arg1, arg2, arg3, arg4, (MM_PAGE_PRIORITY)arg5);
    LEAVE(MmMapLockedPagesSpecifyCache, result);
    return result;
}

PVOID NTAPI MdlGuardMmMapLockedPages(PMDL arg0, KPROCESSOR_MODE arg1, const char *File, ULONG Line)
{
    ENTER(MmMapLockedPages);
    PVOID result = MmMapLockedPagesSpecifyCache(arg0, arg1, MmCached, NULL, TRUE, HighPagePriority);
    LEAVE(MmMapLockedPages, result);
    return result;
}

VOID NTAPI MdlGuardMmUnmapLockedPages(PVOID arg0, PMDL arg1, const char *File, ULONG Line)
{
    ENTER(MmUnmapLockedPages);
    MmUnmapLockedPages(arg0, arg1);
    LEAVE(MmUnmapLockedPages, 0);
}

PVOID NTAPI MdlGuardMmMapLockedPagesWithReservedMapping(PVOID arg0, ULONG arg1, PMDL arg2, MEMORY_CACHING_TYPE arg3, const char *File,
                                                        ULONG Line)
{
    ENTER(MmMapLockedPagesWithReservedMapping);
    PVOID result = MmMapLockedPagesWithReservedMapping(arg0, arg1, arg2, arg3);
    LEAVE(MmMapLockedPagesWithReservedMapping, result);
    return result;
}

VOID NTAPI MdlGuardMmUnmapReservedMapping(PVOID arg0, ULONG arg1, PMDL arg2, const char *File, ULONG Line)
{
    ENTER(MmUnmapReservedMapping);
    MmUnmapReservedMapping(arg0, arg1, arg2);
    LEAVE(MmUnmapReservedMapping, 0);
}

/* ---- pages that belong to the MDL ---- */

PMDL NTAPI MdlGuardMmAllocatePagesForMdl(PHYSICAL_ADDRESS arg0, PHYSICAL_ADDRESS arg1, PHYSICAL_ADDRESS arg2, SIZE_T arg3,
                                         const char *File, ULONG Line)
{
    ENTER(MmAllocatePagesForMdl);
    PMDL result = MmAllocatePagesForMdl(arg0, arg1, arg2, arg3);
    LEAVE(MmAllocatePagesForMdl, result);
    return result;
}

PMDL NTAPI MdlGuardMmAllocatePagesForMdlEx(PHYSICAL_ADDRESS arg0, PHYSICAL_ADDRESS arg1, PHYSICAL_ADDRESS arg2, SIZE_T arg3,
                                           MEMORY_CACHING_TYPE arg4, ULONG arg5, const char *File, ULONG Line)
{
    ENTER(MmAllocatePagesForMdlEx);
    PMDL result = MmAllocatePagesForMdlEx(arg0, arg1, arg2, arg3, arg4, arg5);
    LEAVE(MmAllocatePagesForMdlEx, result);
    return result;
}

VOID NTAPI MdlGuardMmFreePagesFromMdl(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmFreePagesFromMdl);
    MmFreePagesFromMdl(arg0);
    LEAVE(MmFreePagesFromMdl, 0);
}

VOID NTAPI MdlGuardExFreePool(PVOID arg0, const char *File, ULONG Line)
{
    ENTER(ExFreePool);
    if (!mdlguard_platform_keep(arg0, 1, 0))
        ExFreePool(arg0);
    LEAVE(ExFreePool, 0);
}

VOID NTAPI MdlGuardExFreePoolWithTag(PVOID arg0, ULONG arg1, const char *File, ULONG Line)
{
    ENTER(ExFreePool);
    if (!mdlguard_platform_keep(arg0, 1, arg1))
        ExFreePoolWithTag(arg0, arg1);
    LEAVE(ExFreePool, 0);
}

/* ---- what is done to an MDL meanwhile ---- */

VOID NTAPI MdlGuardMmPrepareMdlForReuse(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmPrepareMdlForReuse);
    MmPrepareMdlForReuse(arg0);
    LEAVE(MmPrepareMdlForReuse, 0);
}

NTSTATUS NTAPI MdlGuardMmAdvanceMdl(PMDL arg0, ULONG arg1, const char *File, ULONG Line)
{
    ENTER(MmAdvanceMdl);
    NTSTATUS result = MmAdvanceMdl(arg0, arg1);
    LEAVE(MmAdvanceMdl, result);
    return result;
}

NTSTATUS NTAPI MdlGuardMmProtectMdlSystemAddress(PMDL arg0, ULONG arg1, const char *File, ULONG Line)
{
    ENTER(MmProtectMdlSystemAddress);
    NTSTATUS result = MmProtectMdlSystemAddress(arg0, arg1);
    LEAVE(MmProtectMdlSystemAddress, result);
    return result;
}

PVOID NTAPI MdlGuardMmGetMdlVirtualAddress(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmGetMdlVirtualAddress);
    LEAVE(MmGetMdlVirtualAddress, 0);
    return MmGetMdlVirtualAddress(arg0);
}

ULONG NTAPI MdlGuardMmGetMdlByteCount(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmGetMdlByteCount);
    LEAVE(MmGetMdlByteCount, 0);
    return MmGetMdlByteCount(arg0);
}

ULONG NTAPI MdlGuardMmGetMdlByteOffset(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmGetMdlByteOffset);
    LEAVE(MmGetMdlByteOffset, 0);
    return MmGetMdlByteOffset(arg0);
}

PVOID NTAPI MdlGuardMmGetMdlPfnArray(PMDL arg0, const char *File, ULONG Line)
{
    ENTER(MmGetMdlPfnArray);
    LEAVE(MmGetMdlPfnArray, 0);
    return MmGetMdlPfnArray(arg0);
}

VOID NTAPI MdlGuardKeFlushIoBuffers(PMDL arg0, BOOLEAN arg1, BOOLEAN arg2, const char *File, ULONG Line)
{
    ENTER(KeFlushIoBuffers);
    (VOID)arg1; /* a macro that does nothing, in some kits */
    (VOID)arg2;
    KeFlushIoBuffers(arg0, arg1, arg2);
    LEAVE(KeFlushIoBuffers, 0);
}

VOID NTAPI MdlGuardIoFreeIrp(PIRP arg0, const char *File, ULONG Line)
{
    ENTER(IoFreeIrp);
    IoFreeIrp(arg0);
    LEAVE(IoFreeIrp, 0);
}

/* The I/O manager takes the IRP's MDLs and frees them where nobody sees it. */
VOID NTAPI MdlGuardIoCompleteRequest(PIRP arg0, CCHAR arg1, const char *File, ULONG Line)
{
    PMDL mdl;

    ENTER(IoCompleteRequest);
    for (mdl = call.is_off ? NULL : arg0->MdlAddress; mdl != NULL; mdl = mdl->Next)
        mdlguard_platform_forget(mdl);
    IoCompleteRequest(arg0, arg1);
    LEAVE(IoCompleteRequest, 0);
}
