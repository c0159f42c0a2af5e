// clean: a request keeps its copy, whose MDL is mapped, in an array of pointers; the routine that ends the request finds both there.
#include <wdm.h>

typedef enum _PART { PartCopy, PartView, PartProcess, PartIrp, PartCount } PART;

typedef struct _COPY {
    PMDL Mdl;
    PVOID Pool;
} COPY, *PCOPY;

typedef struct _REQUEST REQUEST, *PREQUEST;
typedef VOID REQUEST_END(PREQUEST Request, PVOID Parts[PartCount]);

struct _REQUEST {
    LIST_ENTRY Link;
    REQUEST_END *End;
    PVOID Parts[PartCount];
};

typedef struct _DISK {
    REQUEST Read;
} DISK, *PDISK;

#define COPY_TAG 'ypoC'

BOOLEAN CopyIsNeeded(PMDL Mdl);
VOID RequestLog(PREQUEST Request, PVOID Process);

static NTSTATUS CopyCreate(PMDL Mdl, PCOPY *Result)
{
    PCOPY copy = ExAllocatePoolWithTag(NonPagedPool, sizeof(COPY), COPY_TAG);

    *Result = NULL;
    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    copy->Pool = ExAllocatePoolWithTag(NonPagedPool, MmGetMdlByteCount(Mdl), COPY_TAG);
    if (copy->Pool == NULL) {
        ExFreePoolWithTag(copy, COPY_TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    copy->Mdl = IoAllocateMdl(copy->Pool, MmGetMdlByteCount(Mdl), FALSE, FALSE, NULL);
    if (copy->Mdl == NULL) {
        ExFreePoolWithTag(copy->Pool, COPY_TAG);
        ExFreePoolWithTag(copy, COPY_TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(copy->Mdl);
    *Result = copy;
    return STATUS_SUCCESS;
}

static VOID CopyDelete(PCOPY Copy)
{
    IoFreeMdl(Copy->Mdl);
    ExFreePoolWithTag(Copy->Pool, COPY_TAG);
    ExFreePoolWithTag(Copy, COPY_TAG);
}

static NTSTATUS MapForUser(PMDL Mdl, PVOID *Address)
{
    __try {
        *Address = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        return *Address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
}

static NTSTATUS RequestPrepare(PIRP Irp, PREQUEST Request, REQUEST_END *End)
{
    PCOPY copy = NULL;
    PVOID view;
    NTSTATUS status;

    Request->End = End;
    RtlZeroMemory(Request->Parts, sizeof Request->Parts);
    Request->Parts[PartIrp] = Irp;
    if (CopyIsNeeded(Irp->MdlAddress)) {
        status = CopyCreate(Irp->MdlAddress, &copy);
        if (!NT_SUCCESS(status))
            return status;
    }
    status = MapForUser(copy != NULL ? copy->Mdl : Irp->MdlAddress, &view);
    if (!NT_SUCCESS(status)) {
        if (copy != NULL)
            CopyDelete(copy);
        return status;
    }
    Request->Parts[PartCopy] = copy;
    Request->Parts[PartView] = view;
    Request->Parts[PartProcess] = PsGetCurrentProcess();
    return STATUS_SUCCESS;
}

static VOID RequestEnd(PREQUEST Request, PVOID Parts[PartCount])
{
    PIRP irp = Parts[PartIrp];
    PCOPY copy = Parts[PartCopy];
    PVOID view = Parts[PartView];

    if (view != NULL) {
        if (Parts[PartProcess] != PsGetCurrentProcess())
            RequestLog(Request, Parts[PartProcess]);
        MmUnmapLockedPages(view, copy != NULL ? copy->Mdl : irp->MdlAddress);
    }
    if (copy != NULL)
        CopyDelete(copy);
    RequestLog(Request, NULL);
}

NTSTATUS start_read_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PDISK disk = device->DeviceExtension;

    return RequestPrepare(irp, &disk->Read, RequestEnd);
}

NTSTATUS end_read(PDEVICE_OBJECT device, PIRP irp)
{
    PDISK disk = device->DeviceExtension;

    UNREFERENCED_PARAMETER(irp);
    disk->Read.End(&disk->Read, disk->Read.Parts);
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNREFERENCED_PARAMETER(path);
    driver->MajorFunction[IRP_MJ_READ] = start_read_ok;
    driver->MajorFunction[IRP_MJ_CLEANUP] = end_read;
    return STATUS_SUCCESS;
}
