/*
 * host_args.h - arguments for the functions of cases, when run_host.py runs them on the host. Included behind a case, as driver code.
 *
 * MDLs that a function gets are made by calls that the tracker does not see (the names stand in parentheses, which keeps the shim's macros away): for the
 * function they are somebody else's, as they are for the analyzer.
 */
#ifndef HOST_ARGS_H
#define HOST_ARGS_H

#include "wdk/d3dkmddi_iommu.h"

#include "mdlguard_host.h"

#define HOST_LENGTH (3 * PAGE_SIZE)

#ifdef __cplusplus
extern "C" {
#endif

enum host_mdl_state { HOST_MDL_FRESH, HOST_MDL_LOCKED_USER, HOST_MDL_POOL, HOST_MDL_PAGES, HOST_MDL_LOCKED_MAPPED, HOST_MDL_CHAIN, HOST_MDL_STATES };

static PMDL host_make_mdl(int state)
{
    PVOID memory = state == HOST_MDL_POOL ? (ExAllocatePoolWithTag)(NonPagedPool, HOST_LENGTH, 'tsoh') : mdlguard_host_user_range(HOST_LENGTH);
    PHYSICAL_ADDRESS low, high;
    PMDL mdl;

    low.QuadPart = 0;
    high.QuadPart = -1;
    if (state == HOST_MDL_PAGES)
        return (MmAllocatePagesForMdlEx)(low, high, low, HOST_LENGTH, MmCached, 4);
    mdl = (IoAllocateMdl)(memory, HOST_LENGTH, FALSE, FALSE, NULL);
    if (state == HOST_MDL_POOL)
        (MmBuildMdlForNonPagedPool)(mdl);
    if (state == HOST_MDL_LOCKED_USER || state == HOST_MDL_LOCKED_MAPPED || state == HOST_MDL_CHAIN)
        (MmProbeAndLockPages)(mdl, UserMode, IoWriteAccess);
    if (state == HOST_MDL_LOCKED_MAPPED)
        MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority); /* seen: so that its unmap is known */
    if (state == HOST_MDL_CHAIN)
        mdl->Next = host_make_mdl(HOST_MDL_LOCKED_USER);
    return mdl;
}

/* A request of the I/O manager's: the buffer is locked, and the next stack location says how long it is. */
static PIRP host_make_irp(int state)
{
    PIRP irp = (PIRP)(IoAllocateIrp)(2, FALSE);
    PIO_STACK_LOCATION stack;

    irp->MdlAddress = host_make_mdl(state);
    irp->CurrentLocation = 2;
    irp->Tail.Overlay.CurrentStackLocation--;
    stack = irp->Tail.Overlay.CurrentStackLocation;
    stack->Parameters.Read.Length = HOST_LENGTH;
    return irp;
}

static DXGKRNL_INTERFACE *host_make_adapter(void)
{
    static DXGKRNL_INTERFACE dxgk;

    mdlguard_host_adapter(&dxgk);
    MdlGuardWrapDxgkInterface(&dxgk);
    return &dxgk;
}

/* The address that a context keeps beside its MDL. */
static PVOID host_make_view(PMDL mdl)
{
    if (mdl == NULL || !(mdl->MdlFlags & MDL_PAGES_LOCKED))
        return NULL;
    return MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
}

/* A callee that uses what it is given. */
static void host_touch(const void *memory)
{
    if (memory != NULL)
        (void)*(const volatile char *)memory;
}

/* Everything static of the program is what outlives a function. */
static void host_hold_statics(void)
{
    extern char __data_start[], _end[];

    mdlguard_host_root(__data_start, (ULONG_PTR)_end - (ULONG_PTR)__data_start);
}

#ifdef __cplusplus
}
#endif

#endif
