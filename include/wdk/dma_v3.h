/*
 * DMA_OPERATIONS since version 3 (Windows 8), which mingw-w64's <wdm.h> does not have: the pointer types of the
 * routines, and the table in its documented order, up to the last member of Windows Server 2022. It begins like
 * DMA_OPERATIONS, so that the table of an adapter may be read as one of these, as far as its Size goes.
 *
 * Written for mdlguard from the documented names and arguments. Members that no buffer goes through have the documented
 * pointer type without its arguments.
 */
#ifndef MDLGUARD_WDK_DMA_V3_H
#define MDLGUARD_WDK_DMA_V3_H

#include <wdm.h>

typedef struct _DMA_TRANSFER_INFO DMA_TRANSFER_INFO, *PDMA_TRANSFER_INFO;

typedef enum _DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION_TYPE {
    CommonBufferConfigTypeLogicalAddressLimits,
    CommonBufferConfigTypeSubSection,
    CommonBufferConfigTypeHardwareAccessPermissions,
    CommonBufferConfigTypeMax
} DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION_TYPE;

typedef struct _DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION {
    DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION_TYPE ConfigType;
    union {
        struct {
            PHYSICAL_ADDRESS MinimumAddress;
            PHYSICAL_ADDRESS MaximumAddress;
        } LogicalAddressLimits;
        struct {
            ULONGLONG Offset;
            ULONG Length;
        } SubSection;
        ULONGLONG Reserved[4];
    };
} DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION, *PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION;

typedef VOID(NTAPI *PDMA_COMPLETION_ROUTINE)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                             PVOID CompletionContext, ULONG Status);

typedef NTSTATUS(NTAPI *PGET_DMA_TRANSFER_INFO)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, ULONGLONG Offset, ULONG Length,
                                                BOOLEAN WriteOnly, PDMA_TRANSFER_INFO TransferInfo);
typedef NTSTATUS(NTAPI *PINITIALIZE_DMA_TRANSFER_CONTEXT)(PDMA_ADAPTER DmaAdapter, PVOID DmaTransferContext);
typedef PVOID(NTAPI *PALLOCATE_COMMON_BUFFER_EX)(PDMA_ADAPTER DmaAdapter, PPHYSICAL_ADDRESS MaximumAddress,
                                                 ULONG Length, PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled,
                                                 NODE_REQUIREMENT PreferredNode);
typedef NTSTATUS(NTAPI *PALLOCATE_ADAPTER_CHANNEL_EX)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                                      PVOID DmaTransferContext, ULONG NumberOfMapRegisters, ULONG Flags,
                                                      PDRIVER_CONTROL ExecutionRoutine, PVOID ExecutionContext,
                                                      PVOID *MapRegisterBase);
typedef BOOLEAN(NTAPI *PCANCEL_ADAPTER_CHANNEL)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                                PVOID DmaTransferContext);
typedef NTSTATUS(NTAPI *PMAP_TRANSFER_EX)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase, ULONGLONG Offset,
                                          ULONG DeviceOffset, PULONG Length, BOOLEAN WriteToDevice,
                                          PSCATTER_GATHER_LIST ScatterGatherBuffer, ULONG ScatterGatherBufferLength,
                                          PDMA_COMPLETION_ROUTINE DmaCompletionRoutine, PVOID CompletionContext);
typedef NTSTATUS(NTAPI *PGET_SCATTER_GATHER_LIST_EX)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                                     PVOID DmaTransferContext, PMDL Mdl, ULONGLONG Offset, ULONG Length,
                                                     ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context,
                                                     BOOLEAN WriteToDevice,
                                                     PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
                                                     PVOID CompletionContext, PSCATTER_GATHER_LIST *ScatterGatherList);
typedef NTSTATUS(NTAPI *PBUILD_SCATTER_GATHER_LIST_EX)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                                       PVOID DmaTransferContext, PMDL Mdl, ULONGLONG Offset,
                                                       ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
                                                       PVOID Context, BOOLEAN WriteToDevice, PVOID ScatterGatherBuffer,
                                                       ULONG ScatterGatherLength,
                                                       PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
                                                       PVOID CompletionContext, PVOID ScatterGatherList);
typedef NTSTATUS(NTAPI *PFLUSH_ADAPTER_BUFFERS_EX)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                                   ULONGLONG Offset, ULONG Length, BOOLEAN WriteToDevice);
typedef VOID(NTAPI *PFREE_ADAPTER_OBJECT)(PDMA_ADAPTER DmaAdapter, IO_ALLOCATION_ACTION AllocationAction);
typedef NTSTATUS(NTAPI *PCANCEL_MAPPED_TRANSFER)(PDMA_ADAPTER DmaAdapter, PVOID DmaTransferContext);
typedef NTSTATUS(NTAPI *PFLUSH_DMA_BUFFER)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, BOOLEAN ReadOperation);
typedef PVOID(NTAPI *PALLOCATE_COMMON_BUFFER_WITH_BOUNDS)(PDMA_ADAPTER DmaAdapter, PPHYSICAL_ADDRESS MinimumAddress,
                                                          PPHYSICAL_ADDRESS MaximumAddress, ULONG Length, ULONG Flags,
                                                          MEMORY_CACHING_TYPE *CacheType,
                                                          NODE_REQUIREMENT PreferredNode,
                                                          PPHYSICAL_ADDRESS LogicalAddress);
typedef NTSTATUS(NTAPI *PCREATE_COMMON_BUFFER_FROM_MDL)(PDMA_ADAPTER DmaAdapter, PMDL Mdl,
                                                        PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION ExtendedConfigs,
                                                        ULONG ExtendedConfigsCount, PPHYSICAL_ADDRESS LogicalAddress);

typedef VOID(NTAPI *PGET_DMA_ADAPTER_INFO)(VOID), (NTAPI * PCONFIGURE_ADAPTER_CHANNEL)(VOID),
    (NTAPI * PALLOCATE_DOMAIN_COMMON_BUFFER)(VOID);
typedef VOID(NTAPI *PJOIN_DMA_DOMAIN)(VOID), (NTAPI * PLEAVE_DMA_DOMAIN)(VOID), (NTAPI * PGET_DMA_DOMAIN)(VOID);
typedef VOID(NTAPI *PALLOCATE_COMMON_BUFFER_VECTOR)(VOID), (NTAPI * PGET_COMMON_BUFFER_FROM_VECTOR_BY_INDEX)(VOID);
typedef VOID(NTAPI *PFREE_COMMON_BUFFER_FROM_VECTOR)(VOID), (NTAPI * PFREE_COMMON_BUFFER_VECTOR)(VOID);

typedef struct _DMA_OPERATIONS_V3 {
    ULONG Size;
    /* version 1 */
    PPUT_DMA_ADAPTER PutDmaAdapter;
    PALLOCATE_COMMON_BUFFER AllocateCommonBuffer;
    PFREE_COMMON_BUFFER FreeCommonBuffer;
    PALLOCATE_ADAPTER_CHANNEL AllocateAdapterChannel;
    PFLUSH_ADAPTER_BUFFERS FlushAdapterBuffers;
    PFREE_ADAPTER_CHANNEL FreeAdapterChannel;
    PFREE_MAP_REGISTERS FreeMapRegisters;
    PMAP_TRANSFER MapTransfer;
    PGET_DMA_ALIGNMENT GetDmaAlignment;
    PREAD_DMA_COUNTER ReadDmaCounter;
    PGET_SCATTER_GATHER_LIST GetScatterGatherList;
    PPUT_SCATTER_GATHER_LIST PutScatterGatherList;
    /* version 2 */
    PCALCULATE_SCATTER_GATHER_LIST_SIZE CalculateScatterGatherList;
    PBUILD_SCATTER_GATHER_LIST BuildScatterGatherList;
    PBUILD_MDL_FROM_SCATTER_GATHER_LIST BuildMdlFromScatterGatherList;
    /* version 3: Windows 8 */
    PGET_DMA_ADAPTER_INFO GetDmaAdapterInfo;
    PGET_DMA_TRANSFER_INFO GetDmaTransferInfo;
    PINITIALIZE_DMA_TRANSFER_CONTEXT InitializeDmaTransferContext;
    PALLOCATE_COMMON_BUFFER_EX AllocateCommonBufferEx;
    PALLOCATE_ADAPTER_CHANNEL_EX AllocateAdapterChannelEx;
    PCONFIGURE_ADAPTER_CHANNEL ConfigureAdapterChannel;
    PCANCEL_ADAPTER_CHANNEL CancelAdapterChannel;
    PMAP_TRANSFER_EX MapTransferEx;
    PGET_SCATTER_GATHER_LIST_EX GetScatterGatherListEx;
    PBUILD_SCATTER_GATHER_LIST_EX BuildScatterGatherListEx;
    PFLUSH_ADAPTER_BUFFERS_EX FlushAdapterBuffersEx;
    PFREE_ADAPTER_OBJECT FreeAdapterObject;
    PCANCEL_MAPPED_TRANSFER CancelMappedTransfer;
    /* Windows 10 */
    PALLOCATE_DOMAIN_COMMON_BUFFER AllocateDomainCommonBuffer;
    PFLUSH_DMA_BUFFER FlushDmaBuffer;
    PJOIN_DMA_DOMAIN JoinDmaDomain;
    PLEAVE_DMA_DOMAIN LeaveDmaDomain;
    PGET_DMA_DOMAIN GetDmaDomain;
    PALLOCATE_COMMON_BUFFER_WITH_BOUNDS AllocateCommonBufferWithBounds;
    PALLOCATE_COMMON_BUFFER_VECTOR AllocateCommonBufferVector;
    PGET_COMMON_BUFFER_FROM_VECTOR_BY_INDEX GetCommonBufferFromVectorByIndex;
    PFREE_COMMON_BUFFER_FROM_VECTOR FreeCommonBufferFromVector;
    PFREE_COMMON_BUFFER_VECTOR FreeCommonBufferVector;
    /* Windows Server 2022 */
    PCREATE_COMMON_BUFFER_FROM_MDL CreateCommonBufferFromMdl;
} DMA_OPERATIONS_V3, *PDMA_OPERATIONS_V3;

#define DMA_SYNCHRONOUS_CALLBACK 1

/* The table of an adapter that IoGetDmaAdapter made for DEVICE_DESCRIPTION_VERSION3. */
#define DMA_OPERATIONS_V3_OF(adapter) ((PDMA_OPERATIONS_V3)(PVOID)(adapter)->DmaOperations)

#endif
