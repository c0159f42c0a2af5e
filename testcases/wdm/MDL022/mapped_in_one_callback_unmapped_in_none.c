// The status page is mapped when a handle is opened; closing it frees nothing, and no function of the driver unmaps it.
#include <wdm.h>

typedef struct _HANDLE_CONTEXT {
    PMDL Mdl;
    PVOID UserAddress;
} HANDLE_CONTEXT, *PHANDLE_CONTEXT;

NTSTATUS NTAPI open_bad(PDEVICE_OBJECT device, PIRP irp)
{
    PHANDLE_CONTEXT context = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;

    UNREFERENCED_PARAMETER(device);
    __try {
        context->UserAddress =
            MmMapLockedPagesSpecifyCache(context->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // expect: MDL022 "nothing in the program unmaps it"
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI close_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PHANDLE_CONTEXT context = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;

    UNREFERENCED_PARAMETER(device);
    context->UserAddress = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNREFERENCED_PARAMETER(path);
    driver->MajorFunction[IRP_MJ_CREATE] = open_bad;
    driver->MajorFunction[IRP_MJ_CLOSE] = close_ok;
    return STATUS_SUCCESS;
}
