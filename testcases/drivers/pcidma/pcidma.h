/*
 * pcidma.h - private declarations of the PCI DMA sampler driver.
 *
 * The card samples into an on-board FIFO. Small amounts are taken from the FIFO by the DPC and kept in a ring in system
 * memory (ring.c); large reads are sent by the card's bus-master engine straight to the reader's pages (transfer.c).
 *
 * Who owns which MDL:
 *   Irp->MdlAddress          the I/O manager: it is read and mapped here, never unlocked or freed.
 *   PD_RING.Mdl              the ring: pages from MmAllocatePagesForMdlEx, from PdRingCreate to PdRingDestroy.
 *   PD_TRANSFER.Partial      the transfer in progress: from PdTransferBegin to PdTransferEnd.
 *   PD_BUFFER.Mdl            whoever called PdBufferLock: until PdBufferRelease.
 *   PD_STATUS_PAGE.Mdl       the status page: from PdStatusPageCreate to PdStatusPageFree.
 *   PD_TRACE.Mdl             the trace page: from PdTraceOpen to PdTraceClose.
 */
#ifndef PCIDMA_H
#define PCIDMA_H

#include <ntddk.h>
#include <excpt.h>
#include "pcidmaio.h"

#define PD_TAG 'amDP'

/* Not in every version of the headers. */
#ifndef MdlMappingNoExecute
#define MdlMappingNoExecute 0x40000000
#endif

#define PD_MAP_PRIORITY (NormalPagePriority | MdlMappingNoExecute)

#define PD_RING_LENGTH (2u * 1024 * 1024)
#define PD_PIO_LIMIT 4096u           /* reads up to this many bytes come out of the ring */
#define PD_PIECE_LENGTH (64u * 1024) /* the most that the engine moves with one descriptor list */
#define PD_MAX_ELEMENTS 32u          /* entries of the engine's descriptor list */
#define PD_MAX_USER_LENGTH (1024u * 1024)
#define PD_PROGRAM_MAX_WORDS 4096u

/* Register file, BAR 0. All registers are 32 bits wide. */
typedef struct _PD_REGISTERS {
    ULONG Control;
    ULONG InterruptStatus;              /* write one to clear */
    ULONG InterruptMask;
    ULONG FifoLevel;                    /* words waiting in the FIFO */
    ULONG FifoData;
    ULONG SlotSize;                     /* bytes of one sample, fixed by the fitted converter */
    ULONG WindowLow, WindowHigh;        /* user address that the sequencer tags its results with */
    ULONG WindowLength;
    ULONG ElementCount;
    ULONG Reserved[6];
    struct {
        ULONG AddressLow, AddressHigh, Length, Reserved;
    } Element[PD_MAX_ELEMENTS];
    ULONG Program[PD_PROGRAM_MAX_WORDS];
} PD_REGISTERS, *PPD_REGISTERS;

#define PD_CONTROL_ENABLE 0x00000001
#define PD_CONTROL_DMA_START 0x00000002
#define PD_CONTROL_DMA_ABORT 0x00000004
#define PD_CONTROL_WINDOW_BUSY 0x00000100
#define PD_CONTROL_SEQUENCER_RUN 0x00000200
#define PD_INT_FIFO 0x00000001
#define PD_INT_DMA_DONE 0x00000002
#define PD_INT_DMA_ERROR 0x00000004
#define PD_INT_ALL (PD_INT_FIFO | PD_INT_DMA_DONE | PD_INT_DMA_ERROR)

/* First bytes of the ring, in front of the samples. */
typedef struct _PD_RING_HEADER {
    ULONG SlotSize;
    ULONG SlotCount;
    ULONG Overruns;
    ULONG Reserved;
} PD_RING_HEADER, *PPD_RING_HEADER;

/* Samples in system memory, too much of it for nonpaged pool. Header is the kernel mapping of Mdl, always there. */
typedef struct _PD_RING {
    PMDL Mdl;
    PPD_RING_HEADER Header;
    ULONG Length;       /* bytes behind Mdl */
    ULONG Capacity;     /* bytes of samples */
    ULONG Head;         /* where the next sample goes */
    ULONG Used;         /* bytes of samples not read yet */
    KSPIN_LOCK Lock;
} PD_RING, *PPD_RING;

/*
 * The one read that the bus-master engine works on. Whoever takes List out, under Lock, owns the transfer from there:
 * that is the DPC, when the piece is done or has failed, or when the card has been pulled out.
 */
typedef struct _PD_TRANSFER {
    KSPIN_LOCK Lock;
    PIRP Irp;
    PMDL Partial;       /* describes the piece in the engine; built anew for each piece */
    PSCATTER_GATHER_LIST List; /* of the piece in the engine; NULL when the engine is idle */
    PUCHAR Position;    /* where the piece begins, as an address in the IRP's MDL */
    ULONG Remaining;    /* bytes from Position to the end */
    ULONG PieceLength;
} PD_TRANSFER, *PPD_TRANSFER;

/* User memory that has been locked for the driver. All zero when there is none. */
typedef struct _PD_BUFFER {
    PMDL Mdl;
    PVOID Alias;        /* second user address of the pages, NULL when there is none */
    ULONG Length;
} PD_BUFFER, *PPD_BUFFER;

/* A page of nonpaged pool that the application reads without system calls. */
typedef struct _PD_STATUS_PAGE {
    PMDL Mdl;
    PPD_INFO KernelVa;
    PVOID UserVa;       /* valid in the process that opened the handle; NULL when not mapped */
} PD_STATUS_PAGE, *PPD_STATUS_PAGE;

/* A page of nonpaged pool with the last words that were written for the handle. All zero when there is none. */
typedef struct _PD_TRACE {
    PMDL Mdl;
    PULONG Words;
    PVOID UserVa;       /* valid in the process that opened the handle */
} PD_TRACE, *PPD_TRACE;

/*
 * One open handle; FileObject->FsContext. Lock guards the rest. The handle stays in the process that opened it (the
 * installer gives the device to one service), so IRP_MJ_CLEANUP runs where the user mappings were made.
 */
typedef struct _PD_FILE {
    KMUTEX Lock;
    BOOLEAN CleanedUp;  /* the last handle is closed: nothing may be mapped any more */
    PPD_STATUS_PAGE StatusPage;
    PD_BUFFER Window;
    BOOLEAN WindowOpen;
    PD_TRACE Trace;
} PD_FILE, *PPD_FILE;

typedef struct _PD_DEVICE {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT Pdo;
    PDEVICE_OBJECT Lower;
    IO_REMOVE_LOCK RemoveLock;
    UNICODE_STRING InterfaceName;
    volatile BOOLEAN Started; /* between IRP_MN_START_DEVICE and removal */

    PPD_REGISTERS Registers;
    ULONG RegistersLength;
    PKINTERRUPT Interrupt;
    volatile LONG PendingInterrupts; /* PD_INT_xxx seen by the ISR, not yet by the DPC */
    PDMA_ADAPTER DmaAdapter;
    ULONG PieceMaximum; /* bytes, a multiple of the page size: what one descriptor list can hold at any alignment */
    ULONG ProgramVersion;

    PD_RING Ring;
    PD_TRANSFER Transfer;
} PD_DEVICE, *PPD_DEVICE;

/* driver.c */
DRIVER_INITIALIZE DriverEntry;
NTSTATUS PdCompleteIrp(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

/* pnp.c */
DRIVER_ADD_DEVICE PdAddDevice;
DRIVER_DISPATCH PdDispatchPnp;
DRIVER_DISPATCH PdDispatchPower;
DRIVER_DISPATCH PdDispatchForward;

/* transfer.c */
DRIVER_DISPATCH PdDispatchRead;
DRIVER_STARTIO PdStartIo;
KSERVICE_ROUTINE PdInterruptService;
IO_DPC_ROUTINE PdDpcForIsr;
VOID PdAbortTransfer(PPD_DEVICE Device);

/* ioctl.c */
DRIVER_DISPATCH PdDispatchDeviceControl;
VOID PdReleaseFile(PPD_FILE File);

/* ring.c */
NTSTATUS PdRingCreate(PPD_DEVICE Device, PPD_RING Ring);
VOID PdRingDestroy(PPD_RING Ring);
VOID PdRingPut(PPD_RING Ring, ULONG Sample);
ULONG PdRingRead(PPD_RING Ring, PVOID Destination, ULONG Length, BOOLEAN Consume);
VOID PdRingImage(PPD_RING Ring, PVOID Destination, ULONG Length);

/* buffer.c: PdBufferXxx work at PASSIVE_LEVEL in the context of the process that owns the memory. */
NTSTATUS PdBufferLock(PVOID Address, ULONG Length, LOCK_OPERATION Operation, PPD_BUFFER Buffer);
NTSTATUS PdBufferLockWithAlias(PVOID Address, ULONG Length, PPD_BUFFER Buffer);
PVOID PdBufferSystemVa(PPD_BUFFER Buffer);
VOID PdBufferUnmapAlias(PPD_BUFFER Buffer);
VOID PdBufferRelease(PPD_BUFFER Buffer);
NTSTATUS PdStatusPageCreate(PPD_STATUS_PAGE *Result);
NTSTATUS PdStatusPageMap(PPD_STATUS_PAGE Page);
VOID PdStatusPageUnmap(PPD_STATUS_PAGE Page);
VOID PdStatusPageFree(PPD_STATUS_PAGE Page);

/* trace.c: PdTraceOpen in the process of the handle. */
NTSTATUS PdTraceOpen(PPD_TRACE Trace);
VOID PdTraceClose(PPD_TRACE Trace);

static inline ULONG PdReadRegister(volatile ULONG *Register)
{
    return READ_REGISTER_ULONG((PULONG)Register);
}

static inline VOID PdWriteRegister(volatile ULONG *Register, ULONG Value)
{
    WRITE_REGISTER_ULONG((PULONG)Register, Value);
}

#endif
