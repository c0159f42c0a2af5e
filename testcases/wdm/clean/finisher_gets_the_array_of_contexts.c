// clean: the request's own array of contexts goes to its finisher as a plain pointer: that one unmaps, without a name of the request's.
#include <wdm.h>

#define CONTEXT_MDL 0
#define CONTEXT_ADDRESS 1

typedef VOID FINISH(PVOID context[2]);

typedef struct _REQUEST {
    FINISH *Finish;
    PVOID Context[2];
} REQUEST, *PREQUEST;

static VOID finish(PVOID context[2])
{
    PVOID address = context[CONTEXT_ADDRESS];

    if (address != NULL)
        MmUnmapLockedPages(address, context[CONTEXT_MDL]);
}

NTSTATUS NTAPI prepare(PDEVICE_OBJECT device, PIRP irp)
{
    PREQUEST request = device->DeviceExtension;
    PVOID address;

    __try {
        address = MmMapLockedPagesSpecifyCache(irp->MdlAddress, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    request->Context[CONTEXT_MDL] = irp->MdlAddress;
    request->Context[CONTEXT_ADDRESS] = address;
    request->Finish = finish;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI complete(PDEVICE_OBJECT device, PIRP irp)
{
    PREQUEST request = device->DeviceExtension;

    UNREFERENCED_PARAMETER(irp);
    request->Finish(request->Context);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNREFERENCED_PARAMETER(path);
    driver->MajorFunction[IRP_MJ_READ] = prepare;
    driver->MajorFunction[IRP_MJ_CLOSE] = complete;
    return STATUS_SUCCESS;
}
