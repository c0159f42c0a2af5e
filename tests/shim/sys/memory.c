/*
 * memory.c - stands in for what Wine's ntoskrnl has only as stubs: locking, unlocking and mapping. Everything is resident there, so that a "mapping" is
 * the memory itself.
 */
#define MDLGUARD_SHIM_NO_MACROS
#include <ntddk.h>

VOID NTAPI MmProbeAndLockPages(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation)
{
    UNREFERENCED_PARAMETER(mode);
    UNREFERENCED_PARAMETER(operation);
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
}

VOID NTAPI MmUnlockPages(PMDL mdl)
{
    mdl->MdlFlags &= (CSHORT) ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA);
}

PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE cache, PVOID address, ULONG bugcheck,
                                         MM_PAGE_PRIORITY priority)
{
    UNREFERENCED_PARAMETER(mode);
    UNREFERENCED_PARAMETER(cache);
    UNREFERENCED_PARAMETER(address);
    UNREFERENCED_PARAMETER(bugcheck);
    UNREFERENCED_PARAMETER(priority);
    mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    mdl->MappedSystemVa = MmGetMdlVirtualAddress(mdl);
    return mdl->MappedSystemVa;
}

VOID NTAPI MmUnmapLockedPages(PVOID address, PMDL mdl)
{
    UNREFERENCED_PARAMETER(address);
    mdl->MdlFlags &= (CSHORT)~MDL_MAPPED_TO_SYSTEM_VA;
}
