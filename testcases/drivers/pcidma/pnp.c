// clean
/*
 * pnp.c - the device's life: AddDevice, resources, start, removal, power.
 *
 * PdAcquireHardware and PdReleaseHardware mirror each other. Releasing tells what there is from the fields themselves,
 * so that it also rolls back a start that failed half way.
 */
#include "pcidma.h"

/* {6C0C3B7E-52A5-4B0E-9D53-0F3B1F6E8A10} */
static const GUID GUID_DEVINTERFACE_PCIDMA = {
    0x6c0c3b7e, 0x52a5, 0x4b0e, {0x9d, 0x53, 0x0f, 0x3b, 0x1f, 0x6e, 0x8a, 0x10}};

NTSTATUS NTAPI PdAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT self;
    PPD_DEVICE device;
    NTSTATUS status;

    status = IoCreateDevice(DriverObject, sizeof(PD_DEVICE), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE,
                            &self);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    device = (PPD_DEVICE)self->DeviceExtension;
    RtlZeroMemory(device, sizeof(*device));
    device->Self = self;
    device->Pdo = PhysicalDeviceObject;
    IoInitializeRemoveLock(&device->RemoveLock, PD_TAG, 0, 0);
    KeInitializeSpinLock(&device->Transfer.Lock);
    IoInitializeDpcRequest(self, PdDpcForIsr);

    status = IoRegisterDeviceInterface(PhysicalDeviceObject, &GUID_DEVINTERFACE_PCIDMA, NULL, &device->InterfaceName);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(self);
        return status;
    }
    device->Lower = IoAttachDeviceToDeviceStack(self, PhysicalDeviceObject);
    if (device->Lower == NULL) {
        RtlFreeUnicodeString(&device->InterfaceName);
        IoDeleteDevice(self);
        return STATUS_NO_SUCH_DEVICE;
    }
    self->Flags |= DO_DIRECT_IO | (device->Lower->Flags & DO_POWER_PAGABLE);
    self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

/* Takes the IRP back from the drivers below. It is no longer pending there, so the dispatch routine goes on with it. */
static NTSTATUS NTAPI PdForwardComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned) {
        KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS PdForwardAndWait(PPD_DEVICE Device, PIRP Irp)
{
    NTSTATUS status;
    KEVENT done;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, PdForwardComplete, &done, TRUE, TRUE, TRUE);
    status = IoCallDriver(Device->Lower, Irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = Irp->IoStatus.Status;
    }
    return status;
}

static NTSTATUS PdMapRegisters(PPD_DEVICE Device, PCM_PARTIAL_RESOURCE_DESCRIPTOR Memory)
{
    if (Memory == NULL || Memory->u.Memory.Length < sizeof(PD_REGISTERS)) {
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    Device->Registers = (PPD_REGISTERS)MmMapIoSpace(Memory->u.Memory.Start, Memory->u.Memory.Length, MmNonCached);
    if (Device->Registers == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Device->RegistersLength = Memory->u.Memory.Length;
    return STATUS_SUCCESS;
}

static NTSTATUS PdOpenDmaAdapter(PPD_DEVICE Device)
{
    DEVICE_DESCRIPTION description;
    ULONG mapRegisters;

    RtlZeroMemory(&description, sizeof(description));
    description.Version = DEVICE_DESCRIPTION_VERSION;
    description.Master = TRUE;
    description.ScatterGather = TRUE;
    description.Dma32BitAddresses = TRUE;
    description.Dma64BitAddresses = TRUE;
    description.InterfaceType = PCIBus;
    description.MaximumLength = PD_PIECE_LENGTH;
    Device->DmaAdapter = IoGetDmaAdapter(Device->Pdo, &description, &mapRegisters);
    if (Device->DmaAdapter == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (mapRegisters < 2) {
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }

    /* One register, and one element, is for the page that a piece at an odd offset runs into. */
    Device->PieceMaximum = PD_PIECE_LENGTH;
    if (mapRegisters - 1 < Device->PieceMaximum / PAGE_SIZE) {
        Device->PieceMaximum = (mapRegisters - 1) * PAGE_SIZE;
    }
    return STATUS_SUCCESS;
}

/* The interrupt comes last: its routines use everything else. */
static NTSTATUS PdConnectInterrupt(PPD_DEVICE Device, PCM_PARTIAL_RESOURCE_DESCRIPTOR Interrupt)
{
    NTSTATUS status;

    if (Interrupt == NULL) {
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    status = IoConnectInterrupt(&Device->Interrupt, PdInterruptService, Device, NULL, Interrupt->u.Interrupt.Vector,
                                (KIRQL)Interrupt->u.Interrupt.Level, (KIRQL)Interrupt->u.Interrupt.Level,
                                (Interrupt->Flags & CM_RESOURCE_INTERRUPT_LATCHED) ? Latched : LevelSensitive,
                                Interrupt->ShareDisposition == CmResourceShareShared, Interrupt->u.Interrupt.Affinity,
                                FALSE);
    if (!NT_SUCCESS(status)) {
        Device->Interrupt = NULL;
        return status;
    }
    PdWriteRegister(&Device->Registers->InterruptStatus, PD_INT_ALL);
    PdWriteRegister(&Device->Registers->InterruptMask, PD_INT_ALL);
    PdWriteRegister(&Device->Registers->Control, PD_CONTROL_ENABLE);
    return STATUS_SUCCESS;
}

/* Surprise tells that the card does not answer any more. At PASSIVE_LEVEL. */
static VOID PdReleaseHardware(PPD_DEVICE Device, BOOLEAN Surprise)
{
    if (Device->Registers != NULL && !Surprise) {
        PdWriteRegister(&Device->Registers->Control, 0);
        PdWriteRegister(&Device->Registers->InterruptMask, 0);
    }
    if (Device->Interrupt != NULL) {
        IoDisconnectInterrupt(Device->Interrupt);
        Device->Interrupt = NULL;
    }
    KeFlushQueuedDpcs(); /* the DPC uses the registers, the ring and the adapter */
    PdRingDestroy(&Device->Ring);
    if (Device->DmaAdapter != NULL) {
        Device->DmaAdapter->DmaOperations->PutDmaAdapter(Device->DmaAdapter);
        Device->DmaAdapter = NULL;
    }
    if (Device->Registers != NULL) {
        MmUnmapIoSpace(Device->Registers, Device->RegistersLength);
        Device->Registers = NULL;
    }
}

static NTSTATUS PdAcquireHardware(PPD_DEVICE Device, PCM_RESOURCE_LIST Resources)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR memory = NULL, interrupt = NULL, item;
    PCM_PARTIAL_RESOURCE_LIST list;
    NTSTATUS status;
    ULONG i;

    if (Resources == NULL || Resources->Count != 1) {
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    list = &Resources->List[0].PartialResourceList;
    for (i = 0; i < list->Count; i++) {
        item = &list->PartialDescriptors[i];
        if (item->Type == CmResourceTypeMemory && memory == NULL) {
            memory = item;
        } else if (item->Type == CmResourceTypeInterrupt) {
            interrupt = item;
        }
    }

    status = PdMapRegisters(Device, memory);
    if (NT_SUCCESS(status)) {
        status = PdOpenDmaAdapter(Device);
    }
    if (NT_SUCCESS(status)) {
        status = PdRingCreate(Device, &Device->Ring);
    }
    if (NT_SUCCESS(status)) {
        status = PdConnectInterrupt(Device, interrupt);
    }
    if (!NT_SUCCESS(status)) {
        PdReleaseHardware(Device, FALSE);
    }
    return status;
}

static NTSTATUS PdStartDevice(PPD_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS status;

    status = PdForwardAndWait(Device, Irp); /* the bus has to start first */
    if (NT_SUCCESS(status)) {
        status = PdAcquireHardware(Device, stack->Parameters.StartDevice.AllocatedResourcesTranslated);
    }
    if (NT_SUCCESS(status)) {
        Device->Started = TRUE;
        IoSetDeviceInterfaceState(&Device->InterfaceName, TRUE);
    }
    return PdCompleteIrp(Irp, status, 0);
}

/*
 * The card is gone, handles may still be open. Reads in the engine are failed here; the memory stays until the last
 * handle is closed and IRP_MN_REMOVE_DEVICE comes, because requests in progress look at it.
 */
static VOID PdSurpriseRemoval(PPD_DEVICE Device)
{
    if (Device->Started) {
        Device->Started = FALSE;
        IoSetDeviceInterfaceState(&Device->InterfaceName, FALSE);
        PdAbortTransfer(Device);
    }
}

/* Every handle is closed by now, so the user mappings have gone with IRP_MJ_CLEANUP. */
static NTSTATUS PdRemoveDevice(PPD_DEVICE Device, PIRP Irp)
{
    BOOLEAN surprise = !Device->Started;
    PDEVICE_OBJECT lower = Device->Lower;
    PDEVICE_OBJECT self = Device->Self;
    NTSTATUS status;

    if (!surprise) {
        Device->Started = FALSE;
        IoSetDeviceInterfaceState(&Device->InterfaceName, FALSE);
    }
    IoReleaseRemoveLockAndWait(&Device->RemoveLock, Irp);
    PdReleaseHardware(Device, surprise);
    RtlFreeUnicodeString(&Device->InterfaceName);

    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(lower, Irp);
    IoDetachDevice(lower);
    IoDeleteDevice(self);
    return status;
}

NTSTATUS NTAPI PdDispatchPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPD_DEVICE device = (PPD_DEVICE)DeviceObject->DeviceExtension;
    NTSTATUS status;

    status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return PdCompleteIrp(Irp, status, 0);
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        status = PdStartDevice(device, Irp);
        break;

    case IRP_MN_REMOVE_DEVICE:
        return PdRemoveDevice(device, Irp); /* gives the lock back itself, and the device with it */

    case IRP_MN_QUERY_STOP_DEVICE:
        /* A sampler that loses samples is worse than one that stays where it is. */
        status = PdCompleteIrp(Irp, STATUS_UNSUCCESSFUL, 0);
        break;

    case IRP_MN_SURPRISE_REMOVAL:
        PdSurpriseRemoval(device);
        /* fall through */
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        /* fall through */
    default:
        IoSkipCurrentIrpStackLocation(Irp);
        status = IoCallDriver(device->Lower, Irp);
        break;
    }
    IoReleaseRemoveLock(&device->RemoveLock, Irp);
    return status;
}

NTSTATUS NTAPI PdDispatchPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPD_DEVICE device = (PPD_DEVICE)DeviceObject->DeviceExtension;
    NTSTATUS status;

    status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
    PoStartNextPowerIrp(Irp);
    if (!NT_SUCCESS(status)) {
        return PdCompleteIrp(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(device->Lower, Irp);
    IoReleaseRemoveLock(&device->RemoveLock, Irp);
    return status;
}

NTSTATUS NTAPI PdDispatchForward(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPD_DEVICE device = (PPD_DEVICE)DeviceObject->DeviceExtension;
    NTSTATUS status;

    status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return PdCompleteIrp(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(device->Lower, Irp);
    IoReleaseRemoveLock(&device->RemoveLock, Irp);
    return status;
}
