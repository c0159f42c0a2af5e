/*
 * The IOMMU interfaces that IoGetIommuInterface and IoGetIommuInterfaceEx give to a driver that has a DMA domain of its own (Windows 10 version 1803 and
 * later). mingw-w64's headers have nothing of them.
 *
 * Written for mdlguard from the documented names and meanings. Names and types are those that a real driver uses; the layout is not: only the members that
 * concern MDLs are here. For analysis and for tests, not for building a driver that runs.
 */
#ifndef MDLGUARD_WDK_WDM_IOMMU_H
#define MDLGUARD_WDK_WDM_IOMMU_H

#if defined(__cplusplus) && defined(__GNUC__) /* see wdm_dma.h */
#ifndef __INTRINSIC_DEFINED_InterlockedBitTestAndSet
#define __INTRINSIC_DEFINED_InterlockedBitTestAndSet
#endif
#ifndef __INTRINSIC_DEFINED_InterlockedBitTestAndReset
#define __INTRINSIC_DEFINED_InterlockedBitTestAndReset
#endif
#endif

#include <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _IOMMU_DMA_DOMAIN *PIOMMU_DMA_DOMAIN;
typedef struct _IOMMU_DMA_LOGICAL_ADDRESS_TOKEN *PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN;
typedef ULONGLONG IOMMU_DMA_LOGICAL_ADDRESS, *PIOMMU_DMA_LOGICAL_ADDRESS;

#define IOMMU_ACCESS_READ 1
#define IOMMU_ACCESS_WRITE 2

typedef enum _IOMMU_MAP_PHYSICAL_ADDRESS_TYPE {
    MapPhysicalAddressTypeMdl,
    MapPhysicalAddressTypeContiguousRange,
    MapPhysicalAddressTypePfn,
    MapPhysicalAddressTypeMax
} IOMMU_MAP_PHYSICAL_ADDRESS_TYPE;

/* What is to be mapped. With MapPhysicalAddressTypeMdl: the pages of Mdl.Mdl, which must stay as they are until the unmap. */
typedef struct _IOMMU_MAP_PHYSICAL_ADDRESS {
    IOMMU_MAP_PHYSICAL_ADDRESS_TYPE MapType;
    union {
        struct {
            PMDL Mdl;
        } Mdl;
        struct {
            PHYSICAL_ADDRESS Base;
            SIZE_T Size;
        } ContiguousRange;
        struct {
            PPFN_NUMBER PageFrame;
            SIZE_T NumberOfPages;
        } PfnArray;
    };
} IOMMU_MAP_PHYSICAL_ADDRESS, *PIOMMU_MAP_PHYSICAL_ADDRESS;

/* A part of a reserved range that is mapped: written by the map call, read by the unmap call. */
typedef struct _IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT {
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN OwningToken;
    SIZE_T Offset;
    SIZE_T Size;
} IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT, *PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT;

/* ---- the first interface, deprecated by the second ---- */

/* Logical addresses that are the physical ones. The MDL is the mapping's only name. */
typedef NTSTATUS(NTAPI *IOMMU_MAP_IDENTITY_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions, PMDL Mdl);
typedef NTSTATUS(NTAPI *IOMMU_UNMAP_IDENTITY_RANGE)(PIOMMU_DMA_DOMAIN Domain, PMDL Mdl);
/* Logical addresses that the driver chooses. No MDL at the unmap. */
typedef NTSTATUS(NTAPI *IOMMU_MAP_LOGICAL_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions, PMDL Mdl, ULONGLONG LogicalAddress);
typedef NTSTATUS(NTAPI *IOMMU_UNMAP_LOGICAL_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONGLONG LogicalAddress, ULONGLONG NumberOfPages);
typedef NTSTATUS(NTAPI *IOMMU_DOMAIN_CREATE)(BOOLEAN OsManagedPageTable, PIOMMU_DMA_DOMAIN *DomainOut);
typedef NTSTATUS(NTAPI *IOMMU_DOMAIN_DELETE)(PIOMMU_DMA_DOMAIN Domain);

typedef struct _DMA_IOMMU_INTERFACE {
    ULONG Version;
    IOMMU_DOMAIN_CREATE CreateDomain;
    IOMMU_DOMAIN_DELETE DeleteDomain;
    IOMMU_MAP_LOGICAL_RANGE MapLogicalRange;
    IOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
    IOMMU_MAP_IDENTITY_RANGE MapIdentityRange;
    IOMMU_UNMAP_IDENTITY_RANGE UnmapIdentityRange;
} DMA_IOMMU_INTERFACE, *PDMA_IOMMU_INTERFACE;

/* ---- the second ---- */

typedef NTSTATUS(NTAPI *IOMMU_MAP_IDENTITY_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions,
                                                     PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap);
typedef NTSTATUS(NTAPI *IOMMU_UNMAP_IDENTITY_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain, PIOMMU_MAP_PHYSICAL_ADDRESS MappedPhysicalAddress);
/* The system chooses the address, unless ExplicitLogicalAddress does. */
typedef NTSTATUS(NTAPI *IOMMU_MAP_LOGICAL_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions,
                                                    PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap,
                                                    PIOMMU_DMA_LOGICAL_ADDRESS ExplicitLogicalAddress,
                                                    PIOMMU_DMA_LOGICAL_ADDRESS MinLogicalAddress,
                                                    PIOMMU_DMA_LOGICAL_ADDRESS MaxLogicalAddress,
                                                    PIOMMU_DMA_LOGICAL_ADDRESS LogicalAddressOut);
typedef NTSTATUS(NTAPI *IOMMU_RESERVE_LOGICAL_ADDRESS_RANGE)(PIOMMU_DMA_DOMAIN Domain, SIZE_T Size,
                                                             PIOMMU_DMA_LOGICAL_ADDRESS ExplicitLogicalAddress,
                                                             PIOMMU_DMA_LOGICAL_ADDRESS MinLogicalAddress,
                                                             PIOMMU_DMA_LOGICAL_ADDRESS MaxLogicalAddress,
                                                             PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN *LogicalAddressToken);
typedef NTSTATUS(NTAPI *IOMMU_FREE_RESERVED_LOGICAL_ADDRESS_RANGE)(PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN LogicalAddressToken);
typedef NTSTATUS(NTAPI *IOMMU_MAP_RESERVED_LOGICAL_RANGE)(PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN LogicalAddressToken, SIZE_T Offset,
                                                          ULONG Permissions, PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap,
                                                          PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT MappedSegment);
typedef NTSTATUS(NTAPI *IOMMU_UNMAP_RESERVED_LOGICAL_RANGE)(PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT MappedSegment);

typedef struct _DMA_IOMMU_INTERFACE_V1 {
    IOMMU_DOMAIN_CREATE CreateDomain;
    IOMMU_DOMAIN_DELETE DeleteDomain;
    IOMMU_MAP_LOGICAL_RANGE MapLogicalRange;
    IOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
    IOMMU_MAP_IDENTITY_RANGE MapIdentityRange;
    IOMMU_UNMAP_IDENTITY_RANGE UnmapIdentityRange;
} DMA_IOMMU_INTERFACE_V1, *PDMA_IOMMU_INTERFACE_V1;

typedef struct _DMA_IOMMU_INTERFACE_V2 {
    IOMMU_DOMAIN_DELETE DeleteDomain;
    IOMMU_MAP_LOGICAL_RANGE_EX MapLogicalRangeEx;
    IOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
    IOMMU_MAP_IDENTITY_RANGE_EX MapIdentityRangeEx;
    IOMMU_UNMAP_IDENTITY_RANGE_EX UnmapIdentityRangeEx;
    IOMMU_RESERVE_LOGICAL_ADDRESS_RANGE ReserveLogicalAddressRange;
    IOMMU_FREE_RESERVED_LOGICAL_ADDRESS_RANGE FreeReservedLogicalAddressRange;
    IOMMU_MAP_RESERVED_LOGICAL_RANGE MapReservedLogicalRange;
    IOMMU_UNMAP_RESERVED_LOGICAL_RANGE UnmapReservedLogicalRange;
} DMA_IOMMU_INTERFACE_V2, *PDMA_IOMMU_INTERFACE_V2;

typedef struct _DMA_IOMMU_INTERFACE_EX {
    SIZE_T Size;
    ULONG Version; /* which of the two: 1 or 2 */
    union {
        DMA_IOMMU_INTERFACE_V1 V1;
        DMA_IOMMU_INTERFACE_V2 V2;
    };
} DMA_IOMMU_INTERFACE_EX, *PDMA_IOMMU_INTERFACE_EX;

#define DMA_IOMMU_INTERFACE_VERSION_1 1
#define DMA_IOMMU_INTERFACE_EX_VERSION_1 1
#define DMA_IOMMU_INTERFACE_EX_VERSION_2 2

NTSTATUS NTAPI IoGetIommuInterface(ULONG Version, PDMA_IOMMU_INTERFACE InterfaceOut);
NTSTATUS NTAPI IoGetIommuInterfaceEx(ULONG Version, ULONGLONG Flags, PDMA_IOMMU_INTERFACE_EX InterfaceOut);

#ifdef __cplusplus
}
#endif

#endif
