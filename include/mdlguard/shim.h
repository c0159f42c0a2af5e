/*
 * shim.h - makes a driver check its MDLs while it runs. To be the last include of a source, or a forced one (-include, /FI):
 *
 *   clang … -include mdlguard/shim.h driver.c          cl … /FImdlguard/shim.h driver.c
 *
 * Each routine below becomes a call of a wrapper that checks, notes the source line, and calls the real one. The sources of shim/ that belong into
 * the driver are listed in docs/runtime.md. Needs the driver kit's headers, or mingw-w64's ddk; C and C++.
 *
 * Not seen: routines whose address is taken, and what other drivers do. An MDL of somebody else's is judged by its flags and never for what its owner
 * might have done before.
 */
#ifndef MDLGUARD_SHIM_H
#define MDLGUARD_SHIM_H

/* mingw-w64 defines these two twice, which C++ does not allow: keep those of <wdm.h>. */
#if defined(__cplusplus) && defined(__GNUC__)
#ifndef __INTRINSIC_DEFINED_InterlockedBitTestAndSet
#define __INTRINSIC_DEFINED_InterlockedBitTestAndSet
#endif
#ifndef __INTRINSIC_DEFINED_InterlockedBitTestAndReset
#define __INTRINSIC_DEFINED_InterlockedBitTestAndReset
#endif
#endif

#ifndef MDLGUARD_SHIM_INCLUDED_KIT /* define it when <wdm.h> or <ntddk.h> must not be included here */
#include <ntddk.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- in DriverEntry and DriverUnload ---- */

/* What a violation does, besides being counted. */
typedef enum _MDLGUARD_ACTION {
    MdlGuardCount,    /* nothing */
    MdlGuardPrint,    /* DbgPrint, with both stacks and the MDL's history */
    MdlGuardBreak,    /* prints, and breaks into the debugger */
    MdlGuardBugCheck, /* prints, and stops the machine: DRIVER_VERIFIER_DETECTED_VIOLATION with the rule's number, MDL, token and line */
} MDLGUARD_ACTION;

/* First in DriverEntry, at PASSIVE_LEVEL. Mdls and Mappings: how many of each at a time; about 1 KiB of nonpaged pool each. */
NTSTATUS NTAPI MdlGuardStart(MDLGUARD_ACTION Action, ULONG Mdls, ULONG Mappings);
/* From here on violations are printed as records of a trace, too, for `mdlguard scan --confirm` (DbgPrint; save the debugger's log). */
VOID NTAPI MdlGuardTrace(BOOLEAN IsOn);
/* Last in DriverUnload: reports what is left, and stops. Returns the number of violations since the start. */
ULONG NTAPI MdlGuardStop(VOID);
/* What is left now, without stopping. Returns the number of violations so far. At PASSIVE_LEVEL, while the driver does nothing else. */
ULONG NTAPI MdlGuardReport(VOID);

/* ---- interface tables ---- */

/* Replaces the table's callbacks that concern MDLs and physical memory objects by wrappers, in place. In DxgkDdiStartDevice, on the driver's own copy. Eight adapters at a time. */
struct _DXGKRNL_INTERFACE;
NTSTATUS NTAPI MdlGuardWrapDxgkInterface(struct _DXGKRNL_INTERFACE *DxgkInterface);
/* In DxgkDdiStopDevice: puts the callbacks back. */
VOID NTAPI MdlGuardUnwrapDxgkInterface(struct _DXGKRNL_INTERFACE *DxgkInterface);

/* The same for what IoGetDmaAdapter gave. Sixteen DMA adapters at a time; PutDmaAdapter unwraps. */
NTSTATUS NTAPI MdlGuardWrapDmaAdapter(PDMA_ADAPTER Adapter);
VOID NTAPI MdlGuardUnwrapDmaAdapter(PDMA_ADAPTER Adapter);

/* And for the interfaces of IoGetIommuInterface and IoGetIommuInterfaceEx. STATUS_INVALID_PARAMETER: by its size it does not hold its version's members. */
struct _DMA_IOMMU_INTERFACE;
struct _DMA_IOMMU_INTERFACE_EX;
VOID NTAPI MdlGuardWrapIommuInterface(struct _DMA_IOMMU_INTERFACE *Interface);
NTSTATUS NTAPI MdlGuardWrapIommuInterfaceEx(struct _DMA_IOMMU_INTERFACE_EX *Interface);

/* ---- the wrappers ---- */

/* Notes where the next call through a table stands; is worth its second argument. */
VOID NTAPI MdlGuardHere(const char *File, ULONG Line);

PMDL NTAPI MdlGuardIoAllocateMdl(PVOID arg0, ULONG arg1, BOOLEAN arg2, BOOLEAN arg3, PIRP arg4, const char *File, ULONG Line);
VOID NTAPI MdlGuardIoFreeMdl(PMDL arg0, const char *File, ULONG Line);
PMDL NTAPI MdlGuardMmCreateMdl(PMDL arg0, PVOID arg1, SIZE_T arg2, const char *File, ULONG Line);
VOID NTAPI MdlGuardMmInitializeMdl(PMDL arg0, PVOID arg1, SIZE_T arg2, const char *File, ULONG Line);
VOID NTAPI MdlGuardMmBuildMdlForNonPagedPool(PMDL arg0, const char *File, ULONG Line);
VOID NTAPI MdlGuardIoBuildPartialMdl(PMDL arg0, PMDL arg1, PVOID arg2, ULONG arg3, const char *File, ULONG Line);
VOID NTAPI MdlGuardMmProbeAndLockPages(PMDL arg0, KPROCESSOR_MODE arg1, LOCK_OPERATION arg2, const char *File, ULONG Line);
VOID NTAPI MdlGuardMmProbeAndLockProcessPages(PMDL arg0, PEPROCESS arg1, KPROCESSOR_MODE arg2, LOCK_OPERATION arg3, const char *File, ULONG Line);
VOID NTAPI MdlGuardMmUnlockPages(PMDL arg0, const char *File, ULONG Line);
PVOID NTAPI MdlGuardMmGetSystemAddressForMdlSafe(PMDL arg0, ULONG arg1, const char *File, ULONG Line);
PVOID NTAPI MdlGuardMmGetSystemAddressForMdl(PMDL arg0, const char *File, ULONG Line);
PVOID NTAPI MdlGuardMmMapLockedPagesSpecifyCache(PMDL arg0, KPROCESSOR_MODE arg1, MEMORY_CACHING_TYPE arg2, PVOID arg3, ULONG arg4,
                                                 ULONG arg5, const char *File, ULONG Line);
PVOID NTAPI MdlGuardMmMapLockedPages(PMDL arg0, KPROCESSOR_MODE arg1, const char *File, ULONG Line);
VOID NTAPI MdlGuardMmUnmapLockedPages(PVOID arg0, PMDL arg1, const char *File, ULONG Line);
PVOID NTAPI MdlGuardMmMapLockedPagesWithReservedMapping(PVOID arg0, ULONG arg1, PMDL arg2, MEMORY_CACHING_TYPE arg3, const char *File,
                                                        ULONG Line);
VOID NTAPI MdlGuardMmUnmapReservedMapping(PVOID arg0, ULONG arg1, PMDL arg2, const char *File, ULONG Line);
PMDL NTAPI MdlGuardMmAllocatePagesForMdl(PHYSICAL_ADDRESS arg0, PHYSICAL_ADDRESS arg1, PHYSICAL_ADDRESS arg2, SIZE_T arg3,
                                         const char *File, ULONG Line);
PMDL NTAPI MdlGuardMmAllocatePagesForMdlEx(PHYSICAL_ADDRESS arg0, PHYSICAL_ADDRESS arg1, PHYSICAL_ADDRESS arg2, SIZE_T arg3,
                                           MEMORY_CACHING_TYPE arg4, ULONG arg5, const char *File, ULONG Line);
VOID NTAPI MdlGuardMmFreePagesFromMdl(PMDL arg0, const char *File, ULONG Line);
VOID NTAPI MdlGuardExFreePool(PVOID arg0, const char *File, ULONG Line);
VOID NTAPI MdlGuardExFreePoolWithTag(PVOID arg0, ULONG arg1, const char *File, ULONG Line);
/* arg0 is a PMM_PHYSICAL_ADDRESS_LIST, which not every kit has. */
NTSTATUS NTAPI MdlGuardMmAllocateMdlForIoSpace(PVOID arg0, SIZE_T arg1, PMDL *arg2);
VOID NTAPI MdlGuardMmPrepareMdlForReuse(PMDL arg0, const char *File, ULONG Line);
NTSTATUS NTAPI MdlGuardMmAdvanceMdl(PMDL arg0, ULONG arg1, const char *File, ULONG Line);
NTSTATUS NTAPI MdlGuardMmProtectMdlSystemAddress(PMDL arg0, ULONG arg1, const char *File, ULONG Line);
PVOID NTAPI MdlGuardMmGetMdlVirtualAddress(PMDL arg0, const char *File, ULONG Line);
ULONG NTAPI MdlGuardMmGetMdlByteCount(PMDL arg0, const char *File, ULONG Line);
ULONG NTAPI MdlGuardMmGetMdlByteOffset(PMDL arg0, const char *File, ULONG Line);
PVOID NTAPI MdlGuardMmGetMdlPfnArray(PMDL arg0, const char *File, ULONG Line);
VOID NTAPI MdlGuardKeFlushIoBuffers(PMDL arg0, BOOLEAN arg1, BOOLEAN arg2, const char *File, ULONG Line);
VOID NTAPI MdlGuardIoFreeIrp(PIRP arg0, const char *File, ULONG Line);
VOID NTAPI MdlGuardIoCompleteRequest(PIRP arg0, CCHAR arg1, const char *File, ULONG Line);

#ifdef __cplusplus
}
#endif

/* ---- their names; not for the wrappers themselves ---- */

#ifndef MDLGUARD_SHIM_NO_MACROS

#undef IoAllocateMdl
#undef IoFreeMdl
#undef MmCreateMdl
#undef MmInitializeMdl
#undef MmBuildMdlForNonPagedPool
#undef IoBuildPartialMdl
#undef MmProbeAndLockPages
#undef MmProbeAndLockProcessPages
#undef MmUnlockPages
#undef MmGetSystemAddressForMdlSafe
#undef MmGetSystemAddressForMdl
#undef MmMapLockedPagesSpecifyCache
#undef MmMapLockedPages
#undef MmUnmapLockedPages
#undef MmMapLockedPagesWithReservedMapping
#undef MmUnmapReservedMapping
#undef MmAllocatePagesForMdl
#undef MmAllocatePagesForMdlEx
#undef MmFreePagesFromMdl
#undef ExFreePool
#undef ExFreePoolWithTag
#undef MmPrepareMdlForReuse
#undef MmAdvanceMdl
#undef MmProtectMdlSystemAddress
#undef MmGetMdlVirtualAddress
#undef MmGetMdlByteCount
#undef MmGetMdlByteOffset
#undef MmGetMdlPfnArray
#undef KeFlushIoBuffers
#undef IoFreeIrp
#undef IoCompleteRequest
#undef IofCompleteRequest

#define IoAllocateMdl(va, length, secondary, quota, irp) \
    MdlGuardIoAllocateMdl((va), (length), (secondary), (quota), (irp), __FILE__, __LINE__)
#define IoFreeMdl(mdl) MdlGuardIoFreeMdl((mdl), __FILE__, __LINE__)
#define MmCreateMdl(mdl, base, length) MdlGuardMmCreateMdl((mdl), (base), (length), __FILE__, __LINE__)
#define MmInitializeMdl(mdl, base, length) MdlGuardMmInitializeMdl((mdl), (base), (length), __FILE__, __LINE__)
#define MmBuildMdlForNonPagedPool(mdl) MdlGuardMmBuildMdlForNonPagedPool((mdl), __FILE__, __LINE__)
#define IoBuildPartialMdl(source, target, va, length) \
    MdlGuardIoBuildPartialMdl((source), (target), (va), (length), __FILE__, __LINE__)
#define MmProbeAndLockPages(mdl, mode, operation) MdlGuardMmProbeAndLockPages((mdl), (mode), (operation), __FILE__, __LINE__)
#define MmProbeAndLockProcessPages(mdl, process, mode, operation) \
    MdlGuardMmProbeAndLockProcessPages((mdl), (process), (mode), (operation), __FILE__, __LINE__)
#define MmUnlockPages(mdl) MdlGuardMmUnlockPages((mdl), __FILE__, __LINE__)
#define MmGetSystemAddressForMdlSafe(mdl, priority) \
    MdlGuardMmGetSystemAddressForMdlSafe((mdl), (ULONG)(priority), __FILE__, __LINE__)
#define MmGetSystemAddressForMdl(mdl) MdlGuardMmGetSystemAddressForMdl((mdl), __FILE__, __LINE__)
#define MmMapLockedPagesSpecifyCache(mdl, mode, cache, base, bugcheck, priority) \
    MdlGuardMmMapLockedPagesSpecifyCache((mdl), (mode), (cache), (base), (bugcheck), (ULONG)(priority), __FILE__, __LINE__)
#define MmMapLockedPages(mdl, mode) MdlGuardMmMapLockedPages((mdl), (mode), __FILE__, __LINE__)
#define MmUnmapLockedPages(base, mdl) MdlGuardMmUnmapLockedPages((base), (mdl), __FILE__, __LINE__)
#define MmMapLockedPagesWithReservedMapping(base, tag, mdl, cache) \
    MdlGuardMmMapLockedPagesWithReservedMapping((base), (tag), (mdl), (cache), __FILE__, __LINE__)
#define MmUnmapReservedMapping(base, tag, mdl) MdlGuardMmUnmapReservedMapping((base), (tag), (mdl), __FILE__, __LINE__)
#define MmAllocatePagesForMdl(low, high, skip, bytes) \
    MdlGuardMmAllocatePagesForMdl((low), (high), (skip), (bytes), __FILE__, __LINE__)
#define MmAllocatePagesForMdlEx(low, high, skip, bytes, cache, flags) \
    MdlGuardMmAllocatePagesForMdlEx((low), (high), (skip), (bytes), (cache), (flags), __FILE__, __LINE__)
#define MmFreePagesFromMdl(mdl) MdlGuardMmFreePagesFromMdl((mdl), __FILE__, __LINE__)
#define ExFreePool(block) MdlGuardExFreePool((block), __FILE__, __LINE__)
#define ExFreePoolWithTag(block, tag) MdlGuardExFreePoolWithTag((block), (tag), __FILE__, __LINE__)
#define MmPrepareMdlForReuse(mdl) MdlGuardMmPrepareMdlForReuse((mdl), __FILE__, __LINE__)
#define MmAdvanceMdl(mdl, bytes) MdlGuardMmAdvanceMdl((mdl), (bytes), __FILE__, __LINE__)
#define MmProtectMdlSystemAddress(mdl, protection) MdlGuardMmProtectMdlSystemAddress((mdl), (protection), __FILE__, __LINE__)
#define MmGetMdlVirtualAddress(mdl) MdlGuardMmGetMdlVirtualAddress((mdl), __FILE__, __LINE__)
#define MmGetMdlByteCount(mdl) MdlGuardMmGetMdlByteCount((mdl), __FILE__, __LINE__)
#define MmGetMdlByteOffset(mdl) MdlGuardMmGetMdlByteOffset((mdl), __FILE__, __LINE__)
#define MmGetMdlPfnArray(mdl) ((PPFN_NUMBER)MdlGuardMmGetMdlPfnArray((mdl), __FILE__, __LINE__))
#define KeFlushIoBuffers(mdl, read, dma) MdlGuardKeFlushIoBuffers((mdl), (read), (dma), __FILE__, __LINE__)
#define IoFreeIrp(irp) MdlGuardIoFreeIrp((irp), __FILE__, __LINE__)
#define IofCompleteRequest(irp, boost) MdlGuardIoCompleteRequest((irp), (boost), __FILE__, __LINE__)
#define IoCompleteRequest(irp, boost) MdlGuardIoCompleteRequest((irp), (boost), __FILE__, __LINE__)

/* Sources may have to declare this one themselves, so it is renamed where it is linked. */
#if defined(__clang__) || defined(__GNUC__)
#pragma redefine_extname MmAllocateMdlForIoSpace MdlGuardMmAllocateMdlForIoSpace
#else
#define MmAllocateMdlForIoSpace(ranges, count, mdl) MdlGuardMmAllocateMdlForIoSpace((ranges), (count), (mdl))
#endif

/* Calls through members of interface tables: the wrapped table checks them, and this tells it the line. A member's declaration or value has no
 * parentheses behind its name, and stays what it is. */
#define MDLGUARD_SHIM_AT(value) (MdlGuardHere(__FILE__, __LINE__), (value))
#define GetScatterGatherList(adapter, ...) GetScatterGatherList(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define BuildScatterGatherList(adapter, ...) BuildScatterGatherList(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define PutScatterGatherList(adapter, ...) PutScatterGatherList(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define MapTransfer(adapter, ...) MapTransfer(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define FlushAdapterBuffers(adapter, ...) FlushAdapterBuffers(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define GetScatterGatherListEx(adapter, ...) GetScatterGatherListEx(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define BuildScatterGatherListEx(adapter, ...) BuildScatterGatherListEx(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define MapTransferEx(adapter, ...) MapTransferEx(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define FlushAdapterBuffersEx(adapter, ...) FlushAdapterBuffersEx(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define CreateCommonBufferFromMdl(adapter, ...) CreateCommonBufferFromMdl(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define FreeCommonBuffer(adapter, ...) FreeCommonBuffer(MDLGUARD_SHIM_AT(adapter), __VA_ARGS__)
#define MapIdentityRange(domain, ...) MapIdentityRange(MDLGUARD_SHIM_AT(domain), __VA_ARGS__)
#define UnmapIdentityRange(domain, ...) UnmapIdentityRange(MDLGUARD_SHIM_AT(domain), __VA_ARGS__)
#define MapLogicalRange(domain, ...) MapLogicalRange(MDLGUARD_SHIM_AT(domain), __VA_ARGS__)
#define UnmapLogicalRange(domain, ...) UnmapLogicalRange(MDLGUARD_SHIM_AT(domain), __VA_ARGS__)
#define MapIdentityRangeEx(domain, ...) MapIdentityRangeEx(MDLGUARD_SHIM_AT(domain), __VA_ARGS__)
#define UnmapIdentityRangeEx(domain, ...) UnmapIdentityRangeEx(MDLGUARD_SHIM_AT(domain), __VA_ARGS__)
#define MapLogicalRangeEx(domain, ...) MapLogicalRangeEx(MDLGUARD_SHIM_AT(domain), __VA_ARGS__)
#define MapReservedLogicalRange(range, ...) MapReservedLogicalRange(MDLGUARD_SHIM_AT(range), __VA_ARGS__)
#define UnmapReservedLogicalRange(segment) UnmapReservedLogicalRange(MDLGUARD_SHIM_AT(segment))
#define DxgkCbMapMdlToIoMmu(adapter, argument) DxgkCbMapMdlToIoMmu(MDLGUARD_SHIM_AT(adapter), (argument))
#define DxgkCbUnmapMdlFromIoMmu(adapter, argument) DxgkCbUnmapMdlFromIoMmu(MDLGUARD_SHIM_AT(adapter), (argument))
#define DxgkCbAllocatePagesForMdl(adapter, argument) DxgkCbAllocatePagesForMdl(MDLGUARD_SHIM_AT(adapter), (argument))
#define DxgkCbFreePagesFromMdl(adapter, argument) DxgkCbFreePagesFromMdl(MDLGUARD_SHIM_AT(adapter), (argument))
#define DxgkCbCreatePhysicalMemoryObject(argument) DxgkCbCreatePhysicalMemoryObject(MDLGUARD_SHIM_AT(argument))
#define DxgkCbDestroyPhysicalMemoryObject(argument) DxgkCbDestroyPhysicalMemoryObject(MDLGUARD_SHIM_AT(argument))
#define DxgkCbOpenPhysicalMemoryObject(argument) DxgkCbOpenPhysicalMemoryObject(MDLGUARD_SHIM_AT(argument))
#define DxgkCbClosePhysicalMemoryObject(argument) DxgkCbClosePhysicalMemoryObject(MDLGUARD_SHIM_AT(argument))
#define DxgkCbMapPhysicalMemory(argument) DxgkCbMapPhysicalMemory(MDLGUARD_SHIM_AT(argument))
#define DxgkCbUnmapPhysicalMemory(argument) DxgkCbUnmapPhysicalMemory(MDLGUARD_SHIM_AT(argument))
#define DxgkCbAllocateAdl(argument) DxgkCbAllocateAdl(MDLGUARD_SHIM_AT(argument))
#define DxgkCbFreeAdl(argument) DxgkCbFreeAdl(MDLGUARD_SHIM_AT(argument))

#endif

#ifdef MDLGUARD_HOST_RUN
#include "seh.h" /* shim/host: __try and its family for a host without them */
#endif

#endif
