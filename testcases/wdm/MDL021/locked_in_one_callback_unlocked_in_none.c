// The buffer is locked when the device starts and kept in the context; no function of the driver unlocks it.
#include <wdm.h>

typedef struct _RING {
    PVOID Buffer;
    ULONG Length;
    PMDL Mdl;
    ULONG Head;
} RING, *PRING;

NTSTATUS NTAPI start_bad(PDEVICE_OBJECT device, PIRP irp)
{
    PRING ring = device->DeviceExtension;
    PMDL mdl = IoAllocateMdl(ring->Buffer, ring->Length, FALSE, FALSE, NULL);

    UNREFERENCED_PARAMETER(irp);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess); // expect: MDL021 "nothing in the program unlocks them"
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_ACCESS_VIOLATION;
    }
    ring->Mdl = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI stop_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PRING ring = device->DeviceExtension;

    UNREFERENCED_PARAMETER(irp);
    ring->Head = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNREFERENCED_PARAMETER(path);
    driver->MajorFunction[IRP_MJ_CREATE] = start_bad;
    driver->MajorFunction[IRP_MJ_CLOSE] = stop_ok;
    return STATUS_SUCCESS;
}
