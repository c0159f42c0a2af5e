/*
 * driver.c - entry points of the driver and of its handles.
 */
#include "pcidma.h"

static DRIVER_UNLOAD PdUnload;
static DRIVER_DISPATCH PdDispatchCreate;
static DRIVER_DISPATCH PdDispatchCleanup;
static DRIVER_DISPATCH PdDispatchClose;

/* Completes a read or a control request; after it nothing reached through Irp may be touched. Returns Status. */
NTSTATUS PdCompleteIrp(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, Information != 0 ? IO_DISK_INCREMENT : IO_NO_INCREMENT);
    return Status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);

    DriverObject->DriverUnload = PdUnload;
    DriverObject->DriverStartIo = PdStartIo;
    DriverObject->DriverExtension->AddDevice = PdAddDevice;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = PdDispatchCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = PdDispatchCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = PdDispatchClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = PdDispatchRead;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = PdDispatchDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = PdDispatchPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = PdDispatchPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = PdDispatchForward;
    return STATUS_SUCCESS;
}

static VOID NTAPI PdUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject); /* every device is gone, and there is nothing that belongs to the driver */
}

static NTSTATUS NTAPI PdDispatchCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPD_DEVICE device = (PPD_DEVICE)DeviceObject->DeviceExtension;
    PFILE_OBJECT fileObject = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    PPD_FILE file;

    if (!device->Started) {
        return PdCompleteIrp(Irp, STATUS_DEVICE_NOT_READY, 0);
    }
    file = (PPD_FILE)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*file), PD_TAG);
    if (file == NULL) {
        return PdCompleteIrp(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    RtlZeroMemory(file, sizeof(*file));
    KeInitializeMutex(&file->Lock, 0);
    fileObject->FsContext = file;
    return PdCompleteIrp(Irp, STATUS_SUCCESS, 0);
}

/*
 * The last handle is closed. This is the last time that the driver runs in the process that the user mappings belong
 * to: at IRP_MJ_CLOSE it may be any other.
 */
static NTSTATUS NTAPI PdDispatchCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPD_FILE file = (PPD_FILE)IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeWaitForSingleObject(&file->Lock, Executive, KernelMode, FALSE, NULL);
    file->CleanedUp = TRUE;
    PdReleaseFile(file); // expect: MDL001 "user mapping"
    KeReleaseMutex(&file->Lock, FALSE);
    return PdCompleteIrp(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI PdDispatchClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFILE_OBJECT fileObject = IoGetCurrentIrpStackLocation(Irp)->FileObject;

    UNREFERENCED_PARAMETER(DeviceObject);
    ExFreePoolWithTag(fileObject->FsContext, PD_TAG);
    fileObject->FsContext = NULL;
    return PdCompleteIrp(Irp, STATUS_SUCCESS, 0);
}
