/*
 * wrap_iommu.c - DMA_IOMMU_INTERFACE and DMA_IOMMU_INTERFACE_EX wrapped in place. The interface is one for the whole
 * system: the real routines of each version are kept once.
 *
 * An address means something in its domain only, which is the scope of the call's token (tracker.h); of a reserved
 * range, the segments all bear the range's token, and their offset tells them apart.
 */
#define MDLGUARD_SHIM_NO_MACROS
#include "mdlguard/shim.h"
#if defined(__MINGW32__)
#include "wdk/iommu.h"
#endif

#include "wrap.h"

/* The line comes from MdlGuardHere. */
#define File NULL
#define Line 0

/* The routines that are wrapped, of versions 1 and 2. */
static struct {
    PIOMMU_MAP_IDENTITY_RANGE MapIdentityRange;
    PIOMMU_UNMAP_IDENTITY_RANGE UnmapIdentityRange;
    PIOMMU_MAP_LOGICAL_RANGE MapLogicalRange;
    PIOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
} real;

static NTSTATUS NTAPI wrap_map_identity(PIOMMU_DMA_DOMAIN arg0, ULONG arg1, PMDL arg2)
{
    ENTER_SCOPE(MapIdentityRange, arg0);
    NTSTATUS result = real.MapIdentityRange(arg0, arg1, arg2);
    LEAVE(MapIdentityRange, result);
    return result;
}

static NTSTATUS NTAPI wrap_unmap_identity(PIOMMU_DMA_DOMAIN arg0, PMDL arg1)
{
    ENTER_SCOPE(UnmapIdentityRange, arg0);
    NTSTATUS result = real.UnmapIdentityRange(arg0, arg1);
    LEAVE(UnmapIdentityRange, result);
    return result;
}

static NTSTATUS NTAPI wrap_map_logical(PIOMMU_DMA_DOMAIN arg0, ULONG arg1, PMDL arg2, ULONGLONG arg3)
{
    ENTER_SCOPE(MapLogicalRange, arg0);
    NTSTATUS result = real.MapLogicalRange(arg0, arg1, arg2, arg3);
    LEAVE(MapLogicalRange, result);
    return result;
}

static NTSTATUS NTAPI wrap_unmap_logical(PIOMMU_DMA_DOMAIN arg0, ULONGLONG arg1, ULONGLONG arg2)
{
    ENTER_SCOPE(UnmapLogicalRange, arg0);
    NTSTATUS result = real.UnmapLogicalRange(arg0, arg1, arg2);
    LEAVE(UnmapLogicalRange, result);
    return result;
}

#define WRAP(kept, table, member, wrapper)                                                                             \
    if ((table)->member != NULL && (table)->member != (wrapper)) {                                                     \
        (kept).member = (table)->member;                                                                               \
        (table)->member = (wrapper);                                                                                   \
    }

VOID NTAPI MdlGuardWrapIommuInterface(PDMA_IOMMU_INTERFACE Interface)
{
    WRAP(real, Interface, MapIdentityRange, wrap_map_identity);
    WRAP(real, Interface, UnmapIdentityRange, wrap_unmap_identity);
    WRAP(real, Interface, MapLogicalRange, wrap_map_logical);
    WRAP(real, Interface, UnmapLogicalRange, wrap_unmap_logical);
}

/* ---- the interface with versions ---- */

#if defined(__MINGW32__) || defined(NTDDI_WIN10_CO)

static struct {
    PIOMMU_MAP_IDENTITY_RANGE_EX MapIdentityRangeEx;
    PIOMMU_UNMAP_IDENTITY_RANGE_EX UnmapIdentityRangeEx;
    PIOMMU_MAP_LOGICAL_RANGE_EX MapLogicalRangeEx;
    PIOMMU_MAP_RESERVED_LOGICAL_RANGE MapReservedLogicalRange;
    PIOMMU_UNMAP_RESERVED_LOGICAL_RANGE UnmapReservedLogicalRange;
} real_v2;

/* What the tracker sees of memory that may be named without an MDL: then none. */
static IOMMU_MAP_PHYSICAL_ADDRESS seen(const IOMMU_MAP_PHYSICAL_ADDRESS *memory)
{
    IOMMU_MAP_PHYSICAL_ADDRESS copy = *memory;

    if (copy.MapType != MapPhysicalAddressTypeMdl)
        copy.Mdl.Mdl = NULL;
    return copy;
}

static NTSTATUS NTAPI wrap_map_identity_ex(PIOMMU_DMA_DOMAIN arg0, ULONG arg1, PIOMMU_MAP_PHYSICAL_ADDRESS memory)
{
    const IOMMU_MAP_PHYSICAL_ADDRESS copy = seen(memory), *arg2 = &copy;

    ENTER_SCOPE(MapIdentityRangeEx, arg0);
    NTSTATUS result = real_v2.MapIdentityRangeEx(arg0, arg1, memory);
    LEAVE(MapIdentityRangeEx, result);
    return result;
}

static NTSTATUS NTAPI wrap_unmap_identity_ex(PIOMMU_DMA_DOMAIN arg0, PIOMMU_MAP_PHYSICAL_ADDRESS memory)
{
    const IOMMU_MAP_PHYSICAL_ADDRESS copy = seen(memory), *arg1 = &copy;

    ENTER_SCOPE(UnmapIdentityRangeEx, arg0);
    NTSTATUS result = real_v2.UnmapIdentityRangeEx(arg0, memory);
    LEAVE(UnmapIdentityRangeEx, result);
    return result;
}

static NTSTATUS NTAPI wrap_map_logical_ex(PIOMMU_DMA_DOMAIN arg0, ULONG arg1, PIOMMU_MAP_PHYSICAL_ADDRESS memory,
                                          PIOMMU_DMA_LOGICAL_ADDRESS arg3, PIOMMU_DMA_LOGICAL_ADDRESS arg4,
                                          PIOMMU_DMA_LOGICAL_ADDRESS arg5, PIOMMU_DMA_LOGICAL_ADDRESS arg6)
{
    const IOMMU_MAP_PHYSICAL_ADDRESS copy = seen(memory), *arg2 = &copy;

    ENTER_SCOPE(MapLogicalRangeEx, arg0);
    NTSTATUS result = real_v2.MapLogicalRangeEx(arg0, arg1, memory, arg3, arg4, arg5, arg6);
    LEAVE(MapLogicalRangeEx, result);
    return result;
}

static NTSTATUS NTAPI wrap_map_reserved(PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN arg0, SIZE_T arg1, ULONG arg2,
                                        PIOMMU_MAP_PHYSICAL_ADDRESS memory,
                                        PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT arg4)
{
    const IOMMU_MAP_PHYSICAL_ADDRESS copy = seen(memory), *arg3 = &copy;

    ENTER_SCOPE(MapReservedLogicalRange, arg1 + 1);
    NTSTATUS result = real_v2.MapReservedLogicalRange(arg0, arg1, arg2, memory, arg4);
    LEAVE(MapReservedLogicalRange, result);
    return result;
}

static NTSTATUS NTAPI wrap_unmap_reserved(PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT arg0)
{
    ENTER_SCOPE(UnmapReservedLogicalRange, arg0->Offset + 1);
    NTSTATUS result = real_v2.UnmapReservedLogicalRange(arg0);
    LEAVE(UnmapReservedLogicalRange, result);
    return result;
}

static VOID wrap_v1(DMA_IOMMU_INTERFACE_V1 *table)
{
    WRAP(real, table, MapIdentityRange, wrap_map_identity);
    WRAP(real, table, UnmapIdentityRange, wrap_unmap_identity);
    WRAP(real, table, MapLogicalRange, wrap_map_logical);
    WRAP(real, table, UnmapLogicalRange, wrap_unmap_logical);
}

static VOID wrap_v2(DMA_IOMMU_INTERFACE_V2 *table)
{
    WRAP(real, table, UnmapLogicalRange, wrap_unmap_logical);
    WRAP(real_v2, table, MapIdentityRangeEx, wrap_map_identity_ex);
    WRAP(real_v2, table, UnmapIdentityRangeEx, wrap_unmap_identity_ex);
    WRAP(real_v2, table, MapLogicalRangeEx, wrap_map_logical_ex);
    WRAP(real_v2, table, MapReservedLogicalRange, wrap_map_reserved);
    WRAP(real_v2, table, UnmapReservedLogicalRange, wrap_unmap_reserved);
}

/* Later versions have the members of version 2 first. */
NTSTATUS NTAPI MdlGuardWrapIommuInterfaceEx(PDMA_IOMMU_INTERFACE_EX Interface)
{
    SIZE_T size = FIELD_OFFSET(DMA_IOMMU_INTERFACE_EX, V1) +
                  (Interface->Version == 1 ? sizeof(Interface->V1) : sizeof(Interface->V2));

    if (Interface->Version == 0 || Interface->Size < size)
        return STATUS_INVALID_PARAMETER;
    if (Interface->Version == 1)
        wrap_v1(&Interface->V1);
    else
        wrap_v2(&Interface->V2);
    return STATUS_SUCCESS;
}

#endif
