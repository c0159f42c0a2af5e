// Open maps the buffer for the user and keeps the address in the context; Close, another callback, frees the MDL without an unmap.
#include <wdm.h>

typedef struct _VIEW {
    PMDL Mdl;
    PVOID Address;
} VIEW, *PVIEW;

NTSTATUS open_view(PDEVICE_OBJECT device, PIRP irp)
{
    PVIEW view = device->DeviceExtension;
    NTSTATUS status = STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(irp);
    view->Mdl = IoAllocateMdl(view, PAGE_SIZE, FALSE, FALSE, NULL);
    if (view->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(view->Mdl);
    __try {
        view->Address = MmMapLockedPagesSpecifyCache(view->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL001
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(view->Mdl);
        view->Mdl = NULL;
        status = STATUS_NO_MEMORY;
    }
    return status;
}

NTSTATUS close_view_bad(PDEVICE_OBJECT device, PIRP irp)
{
    PVIEW view = device->DeviceExtension;

    UNREFERENCED_PARAMETER(irp);
    IoFreeMdl(view->Mdl); // expect: MDL001 "user mapping"
    view->Mdl = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNREFERENCED_PARAMETER(path);
    driver->MajorFunction[IRP_MJ_CREATE] = open_view;
    driver->MajorFunction[IRP_MJ_CLOSE] = close_view_bad;
    return STATUS_SUCCESS;
}
