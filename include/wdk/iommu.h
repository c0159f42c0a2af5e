/*
 * The IOMMU interface of <wdm.h> since Windows 10 (version 1803; the routines with "Ex" since Windows Server 2022), which mingw-w64's headers do not
 * have: the members and arguments that have to do with mappings.
 *
 * Written for mdlguard from the documented names. The tables hold only the members that are named here. For analysis and tests.
 */
#ifndef MDLGUARD_WDK_IOMMU_H
#define MDLGUARD_WDK_IOMMU_H

#include <wdm.h>

typedef struct _IOMMU_DMA_DOMAIN IOMMU_DMA_DOMAIN, *PIOMMU_DMA_DOMAIN;
typedef ULONGLONG IOMMU_DMA_LOGICAL_ADDRESS, *PIOMMU_DMA_LOGICAL_ADDRESS;
typedef struct _IOMMU_DMA_LOGICAL_ADDRESS_TOKEN IOMMU_DMA_LOGICAL_ADDRESS_TOKEN, *PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN;

typedef struct _IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT {
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN OwningToken;
    SIZE_T Offset;
    SIZE_T Size;
} IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT, *PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT;

typedef enum _IOMMU_MAP_PHYSICAL_ADDRESS_TYPE {
    MapPhysicalAddressTypeMdl,
    MapPhysicalAddressTypeContiguousRange,
    MapPhysicalAddressTypePfn
} IOMMU_MAP_PHYSICAL_ADDRESS_TYPE;

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

typedef NTSTATUS (*PIOMMU_MAP_IDENTITY_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions, PMDL Mdl);
typedef NTSTATUS (*PIOMMU_UNMAP_IDENTITY_RANGE)(PIOMMU_DMA_DOMAIN Domain, PMDL Mdl);
typedef NTSTATUS (*PIOMMU_MAP_LOGICAL_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions, PMDL Mdl, ULONGLONG LogicalAddress);
typedef NTSTATUS (*PIOMMU_UNMAP_LOGICAL_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONGLONG LogicalAddress, ULONGLONG NumberOfPages);
typedef NTSTATUS (*PIOMMU_MAP_IDENTITY_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions, PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap);
typedef NTSTATUS (*PIOMMU_UNMAP_IDENTITY_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain, PIOMMU_MAP_PHYSICAL_ADDRESS MappedPhysicalAddress);
typedef NTSTATUS (*PIOMMU_MAP_LOGICAL_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions, PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap,
                                                PIOMMU_DMA_LOGICAL_ADDRESS ExplicitLogicalAddress, PIOMMU_DMA_LOGICAL_ADDRESS Min,
                                                PIOMMU_DMA_LOGICAL_ADDRESS Max, PIOMMU_DMA_LOGICAL_ADDRESS LogicalAddressOut);
typedef NTSTATUS (*PIOMMU_RESERVE_LOGICAL_ADDRESS_RANGE)(PIOMMU_DMA_DOMAIN Domain, SIZE_T Size, PIOMMU_DMA_LOGICAL_ADDRESS Explicit,
                                                         PIOMMU_DMA_LOGICAL_ADDRESS Min, PIOMMU_DMA_LOGICAL_ADDRESS Max,
                                                         PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN *LogicalAddressToken);
typedef NTSTATUS (*PIOMMU_MAP_RESERVED_LOGICAL_RANGE)(PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN LogicalAddressToken, SIZE_T Offset, ULONG Permissions,
                                                      PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap,
                                                      PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT MappedSegment);
typedef NTSTATUS (*PIOMMU_UNMAP_RESERVED_LOGICAL_RANGE)(PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT MappedSegment);

typedef struct _DMA_IOMMU_INTERFACE {
    ULONG Version;
    PIOMMU_MAP_LOGICAL_RANGE MapLogicalRange;
    PIOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
    PIOMMU_MAP_IDENTITY_RANGE MapIdentityRange;
    PIOMMU_UNMAP_IDENTITY_RANGE UnmapIdentityRange;
} DMA_IOMMU_INTERFACE, *PDMA_IOMMU_INTERFACE;

typedef struct _DMA_IOMMU_INTERFACE_V2 {
    PIOMMU_MAP_LOGICAL_RANGE_EX MapLogicalRangeEx;
    PIOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
    PIOMMU_MAP_IDENTITY_RANGE_EX MapIdentityRangeEx;
    PIOMMU_UNMAP_IDENTITY_RANGE_EX UnmapIdentityRangeEx;
    PIOMMU_RESERVE_LOGICAL_ADDRESS_RANGE ReserveLogicalAddressRange;
    PIOMMU_MAP_RESERVED_LOGICAL_RANGE MapReservedLogicalRange;
    PIOMMU_UNMAP_RESERVED_LOGICAL_RANGE UnmapReservedLogicalRange;
} DMA_IOMMU_INTERFACE_V2;

typedef struct _DMA_IOMMU_INTERFACE_EX {
    SIZE_T Size;
    ULONG Version;
    DMA_IOMMU_INTERFACE_V2 V2;
} DMA_IOMMU_INTERFACE_EX, *PDMA_IOMMU_INTERFACE_EX;

NTSTATUS IoGetIommuInterface(ULONG Version, PDMA_IOMMU_INTERFACE InterfaceOut);

#endif
