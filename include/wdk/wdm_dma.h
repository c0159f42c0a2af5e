/*
 * DMA_OPERATIONS with the members that Windows 8 and later have, and the types of their functions, which mingw-w64's <wdm.h> lacks.
 *
 * Written for mdlguard from the documented names and meanings. Only the members that concern MDLs are here, behind those that <wdm.h> has: names and
 * types are those that a real driver uses, the layout is not. For analysis and for tests, not for building a driver that runs.
 *
 * To be included before <wdm.h>, <ntddk.h> or any other header that includes them: it includes <ntddk.h> itself, and makes the structure longer while it does.
 */
#ifndef MDLGUARD_WDK_WDM_DMA_H
#define MDLGUARD_WDK_WDM_DMA_H

/* mingw-w64 defines these two both in <intrin.h> and in <wdm.h>, which C++ does not allow: keep those of <wdm.h>. */
#if defined(__cplusplus) && defined(__GNUC__)
#ifndef __INTRINSIC_DEFINED_InterlockedBitTestAndSet
#define __INTRINSIC_DEFINED_InterlockedBitTestAndSet
#endif
#ifndef __INTRINSIC_DEFINED_InterlockedBitTestAndReset
#define __INTRINSIC_DEFINED_InterlockedBitTestAndReset
#endif
#endif

#ifdef _WDMDDK_
#error "wdk/wdm_dma.h has to be included before <wdm.h> and <ntddk.h>"
#endif

/* The name stands once in <wdm.h>, as the last member of DMA_OPERATIONS; its types are all known there. */
#define BuildMdlFromScatterGatherList                                                                                  \
    BuildMdlFromScatterGatherList;                                                                                     \
    NTSTATUS(NTAPI *InitializeDmaTransferContext)(PDMA_ADAPTER DmaAdapter, PVOID DmaTransferContext);                  \
    NTSTATUS(NTAPI *AllocateAdapterChannelEx)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,                    \
                                              PVOID DmaTransferContext, ULONG NumberOfMapRegisters, ULONG Flags,       \
                                              PDRIVER_CONTROL ExecutionRoutine, PVOID ExecutionContext,                \
                                              PVOID *MapRegisterBase);                                                 \
    BOOLEAN(NTAPI *CancelAdapterChannel)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,                         \
                                         PVOID DmaTransferContext);                                                    \
    NTSTATUS(NTAPI *MapTransferEx)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase, ULONGLONG Offset,         \
                                   ULONG DeviceOffset, PULONG Length, BOOLEAN WriteToDevice,                           \
                                   PSCATTER_GATHER_LIST ScatterGatherBuffer, ULONG ScatterGatherBufferLength,          \
                                   PVOID DmaCompletionRoutine, PVOID CompletionContext);                               \
    NTSTATUS(NTAPI *GetScatterGatherListEx)(                                                                           \
        PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl, ULONGLONG Offset,    \
        ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context, BOOLEAN WriteToDevice,        \
        PVOID DmaCompletionRoutine, PVOID CompletionContext, PSCATTER_GATHER_LIST *ScatterGatherList);                 \
    NTSTATUS(NTAPI *BuildScatterGatherListEx)(                                                                         \
        PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl, ULONGLONG Offset,    \
        ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context, BOOLEAN WriteToDevice,        \
        PVOID ScatterGatherBuffer, ULONG ScatterGatherLength, PVOID DmaCompletionRoutine, PVOID CompletionContext,     \
        PVOID ScatterGatherList);                                                                                      \
    NTSTATUS(NTAPI *FlushAdapterBuffersEx)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,                   \
                                           ULONGLONG Offset, ULONG Length, BOOLEAN WriteToDevice);                     \
    VOID(NTAPI *FreeAdapterObject)(PDMA_ADAPTER DmaAdapter, IO_ALLOCATION_ACTION AllocationAction);                    \
    NTSTATUS(NTAPI *CancelMappedTransfer)(PDMA_ADAPTER DmaAdapter, PVOID DmaTransferContext);                          \
    NTSTATUS(NTAPI *FlushDmaBuffer)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, BOOLEAN ReadOperation);                         \
    NTSTATUS(NTAPI *CreateCommonBufferFromMdl)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID ExtendedConfigs,               \
                                               ULONG ExtendedConfigsCount, PPHYSICAL_ADDRESS LogicalAddress)
#include <ntddk.h>
#undef BuildMdlFromScatterGatherList

#ifdef __cplusplus
extern "C" {
#endif

#define DMA_TRANSFER_CONTEXT_SIZE_V1 128
#define DMA_SYNCHRONOUS_CALLBACK 0x01

typedef VOID(NTAPI DMA_COMPLETION_ROUTINE)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID CompletionContext,
                                           DMA_COMPLETION_STATUS Status);
typedef DMA_COMPLETION_ROUTINE *PDMA_COMPLETION_ROUTINE;
typedef struct _DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION *PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION;

typedef NTSTATUS(NTAPI *PMAP_TRANSFER_EX)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase, ULONGLONG Offset, ULONG DeviceOffset,
                                          PULONG Length, BOOLEAN WriteToDevice, PSCATTER_GATHER_LIST ScatterGatherBuffer,
                                          ULONG ScatterGatherBufferLength, PVOID DmaCompletionRoutine, PVOID CompletionContext);
typedef NTSTATUS(NTAPI *PGET_SCATTER_GATHER_LIST_EX)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext,
                                                     PMDL Mdl, ULONGLONG Offset, ULONG Length, ULONG Flags,
                                                     PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context, BOOLEAN WriteToDevice,
                                                     PVOID DmaCompletionRoutine, PVOID CompletionContext,
                                                     PSCATTER_GATHER_LIST *ScatterGatherList);
typedef NTSTATUS(NTAPI *PBUILD_SCATTER_GATHER_LIST_EX)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext,
                                                       PMDL Mdl, ULONGLONG Offset, ULONG Length, ULONG Flags,
                                                       PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context, BOOLEAN WriteToDevice,
                                                       PVOID ScatterGatherBuffer, ULONG ScatterGatherLength,
                                                       PVOID DmaCompletionRoutine, PVOID CompletionContext, PVOID ScatterGatherList);
typedef NTSTATUS(NTAPI *PFLUSH_ADAPTER_BUFFERS_EX)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase, ULONGLONG Offset,
                                                   ULONG Length, BOOLEAN WriteToDevice);
typedef VOID(NTAPI *PFREE_ADAPTER_OBJECT)(PDMA_ADAPTER DmaAdapter, IO_ALLOCATION_ACTION AllocationAction);
typedef NTSTATUS(NTAPI *PFLUSH_DMA_BUFFER)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, BOOLEAN ReadOperation);
typedef NTSTATUS(NTAPI *PCREATE_COMMON_BUFFER_FROM_MDL)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID ExtendedConfigs,
                                                        ULONG ExtendedConfigsCount, PPHYSICAL_ADDRESS LogicalAddress);

#ifdef __cplusplus
}
#endif

#endif
