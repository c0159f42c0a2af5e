/*
 * The IOMMU interfaces of <wdm.h> since Windows 10 (version 1803; version 2 of the table since Windows Server 2022),
 * which mingw-w64's headers do not have: the tables in their documented order. Version 3 begins like version 2 and is
 * not declared.
 *
 * Written for mdlguard from the documented names and arguments. Members that no memory goes through have the documented
 * pointer type without its arguments.
 */
#ifndef MDLGUARD_WDK_IOMMU_H
#define MDLGUARD_WDK_IOMMU_H

#include <wdm.h>

typedef struct _IOMMU_DMA_DOMAIN IOMMU_DMA_DOMAIN, *PIOMMU_DMA_DOMAIN;
typedef struct _IOMMU_DMA_DEVICE IOMMU_DMA_DEVICE, *PIOMMU_DMA_DEVICE;
typedef ULONGLONG IOMMU_DMA_LOGICAL_ADDRESS, *PIOMMU_DMA_LOGICAL_ADDRESS;

/* What a reserved range is known by. */
typedef struct _IOMMU_DMA_LOGICAL_ADDRESS_TOKEN {
    IOMMU_DMA_LOGICAL_ADDRESS LogicalAddressBase;
    SIZE_T Size;
} IOMMU_DMA_LOGICAL_ADDRESS_TOKEN, *PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN;

typedef struct _IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT {
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN OwningToken;
    SIZE_T Offset;
    SIZE_T Size;
} IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT, *PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT;

typedef enum _IOMMU_MAP_PHYSICAL_ADDRESS_TYPE {
    MapPhysicalAddressTypeMdl,
    MapPhysicalAddressTypeContiguousRange,
    MapPhysicalAddressTypePfn,
    MapPhysicalAddressTypeMax
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

typedef enum _IOMMU_DMA_DOMAIN_TYPE {
    DomainTypeTranslate,
    DomainTypePassThrough,
    DomainTypeUnmanaged,
    DomainTypeTranslateS1,
    DomainTypeMax
} IOMMU_DMA_DOMAIN_TYPE;

typedef union _IOMMU_DMA_DOMAIN_CREATION_FLAGS {
    ULONGLONG AsUlonglong;
} IOMMU_DMA_DOMAIN_CREATION_FLAGS;

typedef struct _IOMMU_DMA_LOGICAL_ALLOCATOR_CONFIG *PIOMMU_DMA_LOGICAL_ALLOCATOR_CONFIG;
typedef struct _IOMMU_DMA_RESERVED_REGION *PIOMMU_DMA_RESERVED_REGION;
typedef struct _IOMMU_DEVICE_CREATION_CONFIGURATION *PIOMMU_DEVICE_CREATION_CONFIGURATION;

/* ---- domains and devices ---- */

typedef NTSTATUS(NTAPI *PIOMMU_DOMAIN_CREATE)(BOOLEAN OsManagedPageTable, PIOMMU_DMA_DOMAIN *DomainOut);
typedef NTSTATUS(NTAPI *PIOMMU_DOMAIN_CREATE_EX)(IOMMU_DMA_DOMAIN_TYPE DomainType,
                                                 IOMMU_DMA_DOMAIN_CREATION_FLAGS Flags,
                                                 PIOMMU_DMA_LOGICAL_ALLOCATOR_CONFIG LogicalAllocatorConfig,
                                                 PIOMMU_DMA_RESERVED_REGION ReservedRegions,
                                                 PIOMMU_DMA_DOMAIN *DomainOut);
typedef NTSTATUS(NTAPI *PIOMMU_DOMAIN_DELETE)(PIOMMU_DMA_DOMAIN Domain);
typedef NTSTATUS(NTAPI *PIOMMU_DOMAIN_ATTACH_DEVICE)(PIOMMU_DMA_DOMAIN Domain, PDEVICE_OBJECT PhysicalDeviceObject,
                                                     ULONG InputMappingIdBase, ULONG MappingCount);
typedef NTSTATUS(NTAPI *PIOMMU_DOMAIN_ATTACH_DEVICE_EX)(PIOMMU_DMA_DOMAIN Domain, PIOMMU_DMA_DEVICE DmaDevice);
typedef NTSTATUS(NTAPI *PIOMMU_DOMAIN_DETACH_DEVICE)(PIOMMU_DMA_DOMAIN Domain, PDEVICE_OBJECT PhysicalDeviceObject,
                                                     ULONG InputMappingIdBase);
typedef NTSTATUS(NTAPI *PIOMMU_DOMAIN_DETACH_DEVICE_EX)(PIOMMU_DMA_DEVICE DmaDevice);
typedef NTSTATUS(NTAPI *PIOMMU_FLUSH_DOMAIN)(PIOMMU_DMA_DOMAIN Domain);
typedef NTSTATUS(NTAPI *PIOMMU_DEVICE_CREATE)(PDEVICE_OBJECT DeviceObject,
                                              PIOMMU_DEVICE_CREATION_CONFIGURATION DeviceConfig,
                                              PIOMMU_DMA_DEVICE *DmaDeviceOut);
typedef NTSTATUS(NTAPI *PIOMMU_DEVICE_DELETE)(PIOMMU_DMA_DEVICE DmaDevice);

typedef VOID(NTAPI *PIOMMU_FLUSH_DOMAIN_VA_LIST)(VOID), (NTAPI * PIOMMU_QUERY_INPUT_MAPPINGS)(VOID),
    (NTAPI * PIOMMU_DOMAIN_CONFIGURE)(VOID);
typedef VOID(NTAPI *PIOMMU_SET_DEVICE_FAULT_REPORTING)(VOID), (NTAPI * PIOMMU_SET_DEVICE_FAULT_REPORTING_EX)(VOID);
typedef VOID(NTAPI *PIOMMU_DEVICE_QUERY_DOMAIN_TYPES)(VOID),
    (NTAPI * PIOMMU_REGISTER_INTERFACE_STATE_CHANGE_CALLBACK)(VOID);
typedef VOID(NTAPI *PIOMMU_UNREGISTER_INTERFACE_STATE_CHANGE_CALLBACK)(VOID);

/* ---- mappings ---- */

typedef NTSTATUS(NTAPI *PIOMMU_MAP_IDENTITY_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions, PMDL Mdl);
typedef NTSTATUS(NTAPI *PIOMMU_UNMAP_IDENTITY_RANGE)(PIOMMU_DMA_DOMAIN Domain, PMDL Mdl);
typedef NTSTATUS(NTAPI *PIOMMU_MAP_LOGICAL_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions, PMDL Mdl,
                                                  ULONGLONG LogicalAddress);
typedef NTSTATUS(NTAPI *PIOMMU_UNMAP_LOGICAL_RANGE)(PIOMMU_DMA_DOMAIN Domain, ULONGLONG LogicalAddress,
                                                    ULONGLONG NumberOfPages);
typedef NTSTATUS(NTAPI *PIOMMU_MAP_IDENTITY_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions,
                                                      PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap);
typedef NTSTATUS(NTAPI *PIOMMU_UNMAP_IDENTITY_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain,
                                                        PIOMMU_MAP_PHYSICAL_ADDRESS MappedPhysicalAddress);
typedef NTSTATUS(NTAPI *PIOMMU_MAP_LOGICAL_RANGE_EX)(PIOMMU_DMA_DOMAIN Domain, ULONG Permissions,
                                                     PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap,
                                                     PIOMMU_DMA_LOGICAL_ADDRESS ExplicitLogicalAddress,
                                                     PIOMMU_DMA_LOGICAL_ADDRESS MinLogicalAddress,
                                                     PIOMMU_DMA_LOGICAL_ADDRESS MaxLogicalAddress,
                                                     PIOMMU_DMA_LOGICAL_ADDRESS LogicalAddressOut);
typedef NTSTATUS(NTAPI *PIOMMU_RESERVE_LOGICAL_ADDRESS_RANGE)(PIOMMU_DMA_DOMAIN Domain, SIZE_T Size,
                                                              PIOMMU_DMA_LOGICAL_ADDRESS ExplicitLogicalAddress,
                                                              PIOMMU_DMA_LOGICAL_ADDRESS MinLogicalAddress,
                                                              PIOMMU_DMA_LOGICAL_ADDRESS MaxLogicalAddress,
                                                              PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN *LogicalAddressToken);
typedef NTSTATUS(NTAPI *PIOMMU_FREE_RESERVED_LOGICAL_ADDRESS_RANGE)(
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN LogicalAddressToken);
typedef NTSTATUS(NTAPI *PIOMMU_MAP_RESERVED_LOGICAL_RANGE)(
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN LogicalAddressToken, SIZE_T Offset, ULONG Permissions,
    PIOMMU_MAP_PHYSICAL_ADDRESS PhysicalAddressToMap, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT MappedSegment);
typedef NTSTATUS(NTAPI *PIOMMU_UNMAP_RESERVED_LOGICAL_RANGE)(
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT MappedSegment);

/* ---- tables ---- */

/* For IoGetIommuInterface: the members of version 1 behind the version. */
typedef struct _DMA_IOMMU_INTERFACE {
    ULONG Version;
    PIOMMU_DOMAIN_CREATE CreateDomain;
    PIOMMU_DOMAIN_DELETE DeleteDomain;
    PIOMMU_DOMAIN_ATTACH_DEVICE AttachDevice;
    PIOMMU_DOMAIN_DETACH_DEVICE DetachDevice;
    PIOMMU_FLUSH_DOMAIN FlushDomain;
    PIOMMU_FLUSH_DOMAIN_VA_LIST FlushDomainByVaList;
    PIOMMU_QUERY_INPUT_MAPPINGS QueryInputMappings;
    PIOMMU_MAP_LOGICAL_RANGE MapLogicalRange;
    PIOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
    PIOMMU_MAP_IDENTITY_RANGE MapIdentityRange;
    PIOMMU_UNMAP_IDENTITY_RANGE UnmapIdentityRange;
    PIOMMU_SET_DEVICE_FAULT_REPORTING SetDeviceFaultReporting;
    PIOMMU_DOMAIN_CONFIGURE ConfigureDomain;
} DMA_IOMMU_INTERFACE, *PDMA_IOMMU_INTERFACE;

typedef struct _DMA_IOMMU_INTERFACE_V1 {
    PIOMMU_DOMAIN_CREATE CreateDomain;
    PIOMMU_DOMAIN_DELETE DeleteDomain;
    PIOMMU_DOMAIN_ATTACH_DEVICE AttachDevice;
    PIOMMU_DOMAIN_DETACH_DEVICE DetachDevice;
    PIOMMU_FLUSH_DOMAIN FlushDomain;
    PIOMMU_FLUSH_DOMAIN_VA_LIST FlushDomainByVaList;
    PIOMMU_QUERY_INPUT_MAPPINGS QueryInputMappings;
    PIOMMU_MAP_LOGICAL_RANGE MapLogicalRange;
    PIOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
    PIOMMU_MAP_IDENTITY_RANGE MapIdentityRange;
    PIOMMU_UNMAP_IDENTITY_RANGE UnmapIdentityRange;
    PIOMMU_SET_DEVICE_FAULT_REPORTING SetDeviceFaultReporting;
    PIOMMU_DOMAIN_CONFIGURE ConfigureDomain;
} DMA_IOMMU_INTERFACE_V1, *PDMA_IOMMU_INTERFACE_V1;

typedef struct _DMA_IOMMU_INTERFACE_V2 {
    PIOMMU_DOMAIN_CREATE_EX CreateDomainEx;
    PIOMMU_DOMAIN_DELETE DeleteDomain;
    PIOMMU_DOMAIN_ATTACH_DEVICE_EX AttachDeviceEx;
    PIOMMU_DOMAIN_DETACH_DEVICE_EX DetachDeviceEx;
    PIOMMU_FLUSH_DOMAIN FlushDomain;
    PIOMMU_FLUSH_DOMAIN_VA_LIST FlushDomainByVaList;
    PIOMMU_QUERY_INPUT_MAPPINGS QueryInputMappings;
    PIOMMU_MAP_LOGICAL_RANGE_EX MapLogicalRangeEx;
    PIOMMU_UNMAP_LOGICAL_RANGE UnmapLogicalRange;
    PIOMMU_MAP_IDENTITY_RANGE_EX MapIdentityRangeEx;
    PIOMMU_UNMAP_IDENTITY_RANGE_EX UnmapIdentityRangeEx;
    PIOMMU_SET_DEVICE_FAULT_REPORTING_EX SetDeviceFaultReportingEx;
    PIOMMU_DOMAIN_CONFIGURE ConfigureDomain;
    PIOMMU_DEVICE_QUERY_DOMAIN_TYPES QueryAvailableDomainTypes;
    PIOMMU_REGISTER_INTERFACE_STATE_CHANGE_CALLBACK RegisterInterfaceStateChangeCallback;
    PIOMMU_UNREGISTER_INTERFACE_STATE_CHANGE_CALLBACK UnregisterInterfaceStateChangeCallback;
    PIOMMU_RESERVE_LOGICAL_ADDRESS_RANGE ReserveLogicalAddressRange;
    PIOMMU_FREE_RESERVED_LOGICAL_ADDRESS_RANGE FreeReservedLogicalAddressRange;
    PIOMMU_MAP_RESERVED_LOGICAL_RANGE MapReservedLogicalRange;
    PIOMMU_UNMAP_RESERVED_LOGICAL_RANGE UnmapReservedLogicalRange;
    PIOMMU_DEVICE_CREATE CreateDevice;
    PIOMMU_DEVICE_DELETE DeleteDevice;
} DMA_IOMMU_INTERFACE_V2, *PDMA_IOMMU_INTERFACE_V2;

/* For IoGetIommuInterfaceEx. Version says which of the two it holds. */
typedef struct _DMA_IOMMU_INTERFACE_EX {
    SIZE_T Size;
    ULONG Version;
    union {
        DMA_IOMMU_INTERFACE_V1 V1;
        DMA_IOMMU_INTERFACE_V2 V2;
    };
} DMA_IOMMU_INTERFACE_EX, *PDMA_IOMMU_INTERFACE_EX;

#ifdef __cplusplus
extern "C" {
#endif

NTSTATUS NTAPI IoGetIommuInterface(ULONG Version, PDMA_IOMMU_INTERFACE InterfaceOut);
NTSTATUS NTAPI IoGetIommuInterfaceEx(ULONG Version, ULONGLONG Flags, PDMA_IOMMU_INTERFACE_EX InterfaceOut);

#ifdef __cplusplus
}
#endif

#endif
