/*
 * transfer.c - IRP_MJ_READ, the interrupt, and the bus-master engine.
 *
 * The device does direct I/O, so the reader's pages come locked in Irp->MdlAddress; the I/O manager made that MDL and
 * takes it back at completion. A short read is copied from the ring. A long one goes through StartIo, one at a time,
 * and is cut into pieces that fit the engine's descriptor list. A partial MDL over the reader's MDL, built anew for
 * each piece, tells the DMA adapter exactly which range to map and flush:
 *
 *   StartIo -> PdTransferBegin -> PdTransferNextPiece -> PdListReady ... interrupt ... PdDpcForIsr -> PdPieceDone
 *                                        ^                                                          |
 *                                        +---------------------- more ------------------------------+-> PdTransferEnd
 */
#include "pcidma.h"

static DRIVER_LIST_CONTROL PdListReady;

/* Copies samples to the reader. MdlAddress is borrowed; the mapping is ended by whoever unlocks it. */
static NTSTATUS PdReadFromRing(PPD_DEVICE Device, PMDL MdlAddress, ULONG Length, PULONG Copied)
{
    PVOID destination;

    *Copied = 0;
    destination = MmGetSystemAddressForMdlSafe(MdlAddress, PD_MAP_PRIORITY);
    if (destination == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Copied = PdRingRead(&Device->Ring, destination, Length, TRUE);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PdDispatchRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPD_DEVICE device = (PPD_DEVICE)DeviceObject->DeviceExtension;
    ULONG length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length;
    ULONG copied = 0;
    NTSTATUS status;

    status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return PdCompleteIrp(Irp, status, 0);
    }
    if (!device->Started) {
        status = STATUS_DEVICE_NOT_READY;
    } else if (length == 0) {
        status = STATUS_SUCCESS; /* there is no MDL then */
    } else if (length % sizeof(ULONG) != 0 || Irp->MdlAddress == NULL) {
        status = STATUS_INVALID_PARAMETER;
    } else if (length > PD_PIO_LIMIT) {
        /* The converter never pauses, so the engine always gets its samples and the read need not be cancellable. */
        IoMarkIrpPending(Irp);
        IoStartPacket(DeviceObject, Irp, NULL, NULL);
        return STATUS_PENDING;
    } else {
        status = PdReadFromRing(device, Irp->MdlAddress, length, &copied);
    }
    PdCompleteIrp(Irp, status, copied);
    IoReleaseRemoveLock(&device->RemoveLock, Irp);
    return status;
}

/* Ends a read that came through StartIo and lets the next one in. The IRP and its MDL are gone afterwards. */
static VOID PdReadDone(PPD_DEVICE Device, PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    IoStartNextPacket(Device->Self, FALSE);
    PdCompleteIrp(Irp, Status, Information);
    IoReleaseRemoveLock(&Device->RemoveLock, Irp);
}

/* Prepares Device->Transfer for Irp. On success PdTransferEnd has to follow, on failure nothing has been taken. */
static NTSTATUS PdTransferBegin(PPD_DEVICE Device, PIRP Irp)
{
    PPD_TRANSFER transfer = &Device->Transfer;
    PMDL source = Irp->MdlAddress;
    PMDL partial;

    /*
     * Large enough for every piece: pieces are whole pages long, so that all of them begin at the same offset in a
     * page as the reader's buffer does.
     */
    partial = IoAllocateMdl(MmGetMdlVirtualAddress(source), Device->PieceMaximum, FALSE, FALSE, NULL); // expect: MDL020
    if (partial == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    /* After an abort the engine finishes its burst first. */
    if (PdReadRegister(&Device->Registers->Control) & PD_CONTROL_DMA_START) {
        return STATUS_DEVICE_BUSY;
    }

    transfer->Irp = Irp;
    transfer->Partial = partial;
    transfer->List = NULL;
    transfer->Position = (PUCHAR)MmGetMdlVirtualAddress(source);
    transfer->Remaining = MmGetMdlByteCount(source);
    transfer->PieceLength = 0;
    return STATUS_SUCCESS;
}

/* At DISPATCH_LEVEL. Partial is new or has been prepared for reuse. On success the transfer belongs to PdListReady. */
static NTSTATUS PdTransferNextPiece(PPD_DEVICE Device)
{
    PPD_TRANSFER transfer = &Device->Transfer;
    PDMA_ADAPTER dma = Device->DmaAdapter;

    transfer->PieceLength = transfer->Remaining;
    if (transfer->PieceLength > Device->PieceMaximum) {
        transfer->PieceLength = Device->PieceMaximum;
    }
    IoBuildPartialMdl(transfer->Irp->MdlAddress, transfer->Partial, transfer->Position, transfer->PieceLength);
    KeFlushIoBuffers(transfer->Partial, TRUE, TRUE);
    return dma->DmaOperations->GetScatterGatherList(dma, Device->Self, transfer->Partial, transfer->Position,
                                                    transfer->PieceLength, PdListReady, Device, FALSE);
}

/* Takes the transfer down: the engine has given the list back. Always completes the IRP. */
static VOID PdTransferEnd(PPD_DEVICE Device, NTSTATUS Status)
{
    PPD_TRANSFER transfer = &Device->Transfer;
    PIRP irp = transfer->Irp;
    ULONG done = MmGetMdlByteCount(irp->MdlAddress) - transfer->Remaining;

    IoFreeMdl(transfer->Partial);
    transfer->Partial = NULL;
    transfer->Irp = NULL;
    PdReadDone(Device, irp, Status, NT_SUCCESS(Status) ? done : 0);
}

VOID NTAPI PdStartIo(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPD_DEVICE device = (PPD_DEVICE)DeviceObject->DeviceExtension;
    NTSTATUS status;

    if (!device->Started) {
        PdReadDone(device, Irp, STATUS_DEVICE_NOT_CONNECTED, 0);
        return;
    }
    status = PdTransferBegin(device, Irp);
    if (!NT_SUCCESS(status)) {
        PdReadDone(device, Irp, status, 0);
        return;
    }
    status = PdTransferNextPiece(device);
    if (!NT_SUCCESS(status)) {
        PdTransferEnd(device, status); /* no map registers, so the list was never made */
    }
}

/* Pretends that the engine has failed, for when it cannot say so itself any more. */
VOID PdAbortTransfer(PPD_DEVICE Device)
{
    InterlockedOr(&Device->PendingInterrupts, PD_INT_DMA_ERROR);
    IoRequestDpc(Device->Self, NULL, NULL);
}

static VOID PdProgramEngine(PPD_DEVICE Device, PSCATTER_GATHER_LIST List)
{
    PPD_REGISTERS registers = Device->Registers;
    ULONG i;

    ASSERT(List->NumberOfElements <= PD_MAX_ELEMENTS);
    for (i = 0; i < List->NumberOfElements; i++) {
        PdWriteRegister(&registers->Element[i].AddressLow, List->Elements[i].Address.LowPart);
        PdWriteRegister(&registers->Element[i].AddressHigh, (ULONG)List->Elements[i].Address.HighPart);
        PdWriteRegister(&registers->Element[i].Length, List->Elements[i].Length);
    }
    PdWriteRegister(&registers->ElementCount, List->NumberOfElements);
    PdWriteRegister(&registers->Control, PD_CONTROL_ENABLE | PD_CONTROL_DMA_START);
}

/* The DMA adapter has mapped the piece. At DISPATCH_LEVEL, perhaps long after GetScatterGatherList returned. */
static VOID NTAPI PdListReady(PDEVICE_OBJECT DeviceObject, PIRP Irp, PSCATTER_GATHER_LIST List, PVOID Context)
{
    PPD_DEVICE device = (PPD_DEVICE)Context;
    PPD_TRANSFER transfer = &device->Transfer;
    BOOLEAN started;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp); /* CurrentIrp of the device object: not meant for us */

    KeAcquireSpinLockAtDpcLevel(&transfer->Lock);
    transfer->List = List;
    started = device->Started;
    if (started) {
        PdProgramEngine(device, List);
    }
    KeReleaseSpinLockFromDpcLevel(&transfer->Lock);
    if (!started) {
        PdAbortTransfer(device);
    }
}

/* The engine is done with the piece behind List, one way or the other. */
static VOID PdPieceDone(PPD_DEVICE Device, PSCATTER_GATHER_LIST List, NTSTATUS Status)
{
    PPD_TRANSFER transfer = &Device->Transfer;
    PDMA_ADAPTER dma = Device->DmaAdapter;

    dma->DmaOperations->PutScatterGatherList(dma, List, FALSE);
    if (NT_SUCCESS(Status)) {
        transfer->Position += transfer->PieceLength;
        transfer->Remaining -= transfer->PieceLength;
        if (transfer->Remaining != 0) {
            /* The adapter may have mapped the piece to copy it out of bounce buffers. */
            MmPrepareMdlForReuse(transfer->Partial);
            Status = PdTransferNextPiece(Device);
            if (NT_SUCCESS(Status)) {
                return;
            }
        }
    }
    PdTransferEnd(Device, Status);
}

BOOLEAN NTAPI PdInterruptService(PKINTERRUPT Interrupt, PVOID Context)
{
    PPD_DEVICE device = (PPD_DEVICE)Context;
    ULONG pending = PdReadRegister(&device->Registers->InterruptStatus);

    UNREFERENCED_PARAMETER(Interrupt);
    if (pending == 0xFFFFFFFF || (pending & PD_INT_ALL) == 0) {
        return FALSE; /* pulled out, or the line's other owner */
    }
    PdWriteRegister(&device->Registers->InterruptStatus, pending);
    InterlockedOr(&device->PendingInterrupts, (LONG)(pending & PD_INT_ALL));
    IoRequestDpc(device->Self, NULL, NULL);
    return TRUE;
}

static VOID PdDrainFifo(PPD_DEVICE Device)
{
    ULONG level = PdReadRegister(&Device->Registers->FifoLevel);

    if (level == 0xFFFFFFFF) {
        return;
    }
    for (; level != 0; level--) {
        PdRingPut(&Device->Ring, PdReadRegister(&Device->Registers->FifoData));
    }
}

VOID NTAPI PdDpcForIsr(PKDPC Dpc, PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PPD_DEVICE device = (PPD_DEVICE)DeviceObject->DeviceExtension;
    PPD_TRANSFER transfer = &device->Transfer;
    PSCATTER_GATHER_LIST list;
    LONG pending;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Context);

    pending = InterlockedExchange(&device->PendingInterrupts, 0);
    if (pending & PD_INT_FIFO) {
        PdDrainFifo(device);
    }
    if (pending & (PD_INT_DMA_DONE | PD_INT_DMA_ERROR)) {
        KeAcquireSpinLockAtDpcLevel(&transfer->Lock);
        list = transfer->List;
        transfer->List = NULL;
        KeReleaseSpinLockFromDpcLevel(&transfer->Lock);
        if (list != NULL) {
            PdPieceDone(device, list, (pending & PD_INT_DMA_ERROR) ? STATUS_IO_DEVICE_ERROR : STATUS_SUCCESS);
        }
    }
}
