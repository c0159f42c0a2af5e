/*
 * What DMA_OPERATIONS got with version 3 (Windows 8) and later, which mingw-w64's <wdm.h> does not have: the pointer types of the routines, and a
 * table of them for tests.
 *
 * Written for mdlguard from the documented names and arguments. The table is not laid out like the real one. For analysis, not for a driver that runs.
 */
#ifndef MDLGUARD_WDK_DMA_V3_H
#define MDLGUARD_WDK_DMA_V3_H

#include <wdm.h>

typedef struct _DMA_TRANSFER_INFO DMA_TRANSFER_INFO, *PDMA_TRANSFER_INFO;
typedef struct _DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION *PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION;
typedef VOID (*PDMA_COMPLETION_ROUTINE)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID CompletionContext, ULONG Status);

typedef NTSTATUS (*PGET_SCATTER_GATHER_LIST_EX)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl,
                                                ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
                                                PVOID Context, BOOLEAN WriteToDevice, PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
                                                PVOID CompletionContext, PSCATTER_GATHER_LIST *ScatterGatherList);
typedef NTSTATUS (*PMAP_TRANSFER_EX)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase, ULONGLONG Offset, ULONG DeviceOffset,
                                     PULONG Length, BOOLEAN WriteToDevice, PSCATTER_GATHER_LIST ScatterGatherBuffer,
                                     ULONG ScatterGatherBufferLength, PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
                                     PVOID CompletionContext);
typedef NTSTATUS (*PFLUSH_ADAPTER_BUFFERS_EX)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase, ULONGLONG Offset, ULONG Length,
                                              BOOLEAN WriteToDevice);
typedef NTSTATUS (*PCREATE_COMMON_BUFFER_FROM_MDL)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION ExtendedConfigs,
                                                   ULONG ExtendedConfigsCount, PPHYSICAL_ADDRESS LogicalAddress);

typedef struct _DMA_OPERATIONS_V3 {
    PGET_SCATTER_GATHER_LIST_EX GetScatterGatherListEx;
    PMAP_TRANSFER_EX MapTransferEx;
    PFLUSH_ADAPTER_BUFFERS_EX FlushAdapterBuffersEx;
    PCREATE_COMMON_BUFFER_FROM_MDL CreateCommonBufferFromMdl;
} DMA_OPERATIONS_V3;

#define DMA_SYNCHRONOUS_CALLBACK 1

#endif
