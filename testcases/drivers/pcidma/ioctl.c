/*
 * ioctl.c - control codes. This driver is the top of its stack, so a request arrives in the thread that sent it: that
 * is what allows METHOD_NEITHER addresses and user mappings to be used here. All handlers run at PASSIVE_LEVEL and
 * finish the request; none of them pends.
 */
#include "pcidma.h"

typedef struct _PD_REQUEST {
    PPD_DEVICE Device;
    PPD_FILE File;
    PIRP Irp;
    PVOID InputAddress;     /* METHOD_NEITHER only: an address of the caller, not checked */
    PVOID OutputAddress;    /* METHOD_NEITHER only: likewise */
    ULONG InputLength;
    ULONG OutputLength;
    ULONG_PTR Information;  /* out: bytes given back */
} PD_REQUEST, *PPD_REQUEST;

typedef NTSTATUS PD_IOCTL_HANDLER(PPD_REQUEST Request);

typedef struct _PD_IOCTL_ENTRY {
    ULONG Code;
    ULONG MinimumInput;
    ULONG MinimumOutput;
    PD_IOCTL_HANDLER *Handler;
} PD_IOCTL_ENTRY;

static VOID PdFillInfo(PPD_DEVICE Device, PPD_INFO Info)
{
    Info->Version = Device->ProgramVersion;
    Info->RingLength = Device->Ring.Length;
    Info->RingSlots = Device->Ring.Header->SlotCount;
    Info->Overruns = Device->Ring.Header->Overruns;
}

static NTSTATUS PdIoctlGetInfo(PPD_REQUEST Request)
{
    PdFillInfo(Request->Device, (PPD_INFO)Request->Irp->AssociatedIrp.SystemBuffer);
    if (Request->File->StatusPage != NULL) {
        PdFillInfo(Request->Device, Request->File->StatusPage->KernelVa);
    }
    Request->Information = sizeof(PD_INFO);
    return STATUS_SUCCESS;
}

/* METHOD_OUT_DIRECT: the output is described by the I/O manager's MDL, which is not ours to release. */
static NTSTATUS PdIoctlPeek(PPD_REQUEST Request)
{
    PVOID destination;

    if (Request->Irp->MdlAddress == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    destination = MmGetSystemAddressForMdlSafe(Request->Irp->MdlAddress, PD_MAP_PRIORITY);
    if (destination == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Request->Information = PdRingRead(&Request->Device->Ring, destination, Request->OutputLength, FALSE);
    return STATUS_SUCCESS;
}

/*
 * The copy is made with the ring's spin lock held, so the caller's pages have to be locked and mapped: a page fault
 * cannot be served there.
 */
static NTSTATUS PdIoctlSnapshot(PPD_REQUEST Request)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID image;
    PMDL mdl;

    if (Request->OutputLength > PD_MAX_USER_LENGTH) {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    mdl = IoAllocateMdl(Request->OutputAddress, Request->OutputLength, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free_mdl;
    }

    image = MmGetSystemAddressForMdlSafe(mdl, PD_MAP_PRIORITY);
    if (image == NULL) {
        MmUnlockPages(mdl); // step: MDL007
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto unlock;
    }
    PdRingImage(&Request->Device->Ring, image, Request->OutputLength);
    Request->Information = Request->OutputLength;

unlock:
    MmUnlockPages(mdl); // expect: MDL007
free_mdl:
    IoFreeMdl(mdl);
    return status;
}

/*
 * The program goes from the caller's pages into the sequencer's memory. The caller can change the pages while we look
 * at them, so what is checked is fetched once; the code words need no check.
 */
static NTSTATUS PdIoctlLoadProgram(PPD_REQUEST Request)
{
    PPD_REGISTERS registers = Request->Device->Registers;
    PPD_PROGRAM_HEADER header;
    volatile ULONG *code;
    PD_BUFFER buffer;
    ULONG words, i;
    NTSTATUS status;

    if (Request->InputLength > PD_MAX_USER_LENGTH) {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    status = PdBufferLock(Request->InputAddress, Request->InputLength, IoReadAccess, &buffer);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    header = (PPD_PROGRAM_HEADER)PdBufferSystemVa(&buffer);
    if (header == NULL) {
        PdBufferRelease(&buffer);
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    words = *(volatile ULONG *)&header->WordCount;
    if (header->Magic != PD_PROGRAM_MAGIC || words > PD_PROGRAM_MAX_WORDS ||
        words > (Request->InputLength - sizeof(*header)) / sizeof(ULONG)) {
        PdBufferRelease(&buffer);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    code = (volatile ULONG *)(header + 1);
    for (i = 0; i < words; i++) {
        PdWriteRegister(&registers->Program[i], code[i]);
    }
    PdBufferRelease(&buffer); // step: MDL014
    Request->Device->ProgramVersion = header->Version; // expect: MDL014

    PdWriteRegister(&registers->Control, PD_CONTROL_ENABLE | PD_CONTROL_SEQUENCER_RUN);
    return STATUS_SUCCESS;
}

static NTSTATUS PdIoctlPlay(PPD_REQUEST Request)
{
    PPD_REGISTERS registers = Request->Device->Registers;
    PD_BUFFER buffer;
    PULONG words;
    ULONG i;
    NTSTATUS status;

    if (Request->InputLength > PD_MAX_USER_LENGTH || Request->InputLength % sizeof(ULONG) != 0) {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    status = PdBufferLock(Request->InputAddress, Request->InputLength, IoReadAccess, &buffer);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    words = (PULONG)PdBufferSystemVa(&buffer);
    if (words == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto release;
    }
    for (i = 0; i < buffer.Length / sizeof(ULONG); i++) {
        PdWriteRegister(&registers->FifoData, words[i]);
    }

release:
    PdBufferRelease(&buffer);
    return status;
}

/* Once a handle: asked again, it gives the same address. */
static NTSTATUS PdIoctlMapStatus(PPD_REQUEST Request)
{
    PPD_VIEW view = (PPD_VIEW)Request->Irp->AssociatedIrp.SystemBuffer;
    PPD_STATUS_PAGE page = Request->File->StatusPage;
    NTSTATUS status;

    if (page == NULL) {
        status = PdStatusPageCreate(&page);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        PdFillInfo(Request->Device, page->KernelVa);
        status = PdStatusPageMap(page);
        if (!NT_SUCCESS(status)) {
            PdStatusPageFree(page);
            return status;
        }
        if (!Request->Device->Started) {
            /* Pulled out since the request was let in: do not hand out a page that nobody updates. */
            PdStatusPageFree(page); // expect: MDL001
            return STATUS_DEVICE_NOT_CONNECTED;
        }
        Request->File->StatusPage = page;
    }
    view->Address = (ULONG_PTR)page->UserVa;
    view->Length = PAGE_SIZE;
    view->Reserved = 0;
    Request->Information = sizeof(*view);
    return STATUS_SUCCESS;
}

/* Tells the sequencer which user address its results are tagged with. It refuses while a program uses the old one. */
static NTSTATUS PdProgramWindow(PPD_DEVICE Device, PPD_BUFFER Window)
{
    ULARGE_INTEGER address;

    if (PdReadRegister(&Device->Registers->Control) & PD_CONTROL_WINDOW_BUSY) {
        return STATUS_DEVICE_BUSY;
    }
    address.QuadPart = (ULONG_PTR)Window->Alias;
    PdWriteRegister(&Device->Registers->WindowLow, address.LowPart);
    PdWriteRegister(&Device->Registers->WindowHigh, address.HighPart);
    PdWriteRegister(&Device->Registers->WindowLength, Window->Length);
    return STATUS_SUCCESS;
}

static NTSTATUS PdIoctlOpenWindow(PPD_REQUEST Request)
{
    PPD_VIEW view = (PPD_VIEW)Request->Irp->AssociatedIrp.SystemBuffer;
    PVOID address = (PVOID)(ULONG_PTR)view->Address;
    ULONG length = view->Length;
    PD_BUFFER window;
    NTSTATUS status;

    if (Request->File->WindowOpen) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (length == 0 || length > PD_MAX_USER_LENGTH || BYTE_OFFSET(length) != 0 || BYTE_OFFSET(address) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    status = PdBufferLockWithAlias(address, length, &window);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = PdProgramWindow(Request->Device, &window);
    if (!NT_SUCCESS(status)) {
        PdBufferRelease(&window); // expect: MDL002
        return status;
    }
    Request->File->Window = window;
    Request->File->WindowOpen = TRUE;

    view->Address = (ULONG_PTR)window.Alias;
    Request->Information = sizeof(*view);
    return STATUS_SUCCESS;
}

static VOID PdCloseWindow(PPD_FILE File)
{
    PdBufferUnmapAlias(&File->Window);
    PdBufferRelease(&File->Window);
    File->WindowOpen = FALSE;
}

static NTSTATUS PdIoctlCloseWindow(PPD_REQUEST Request)
{
    if (!Request->File->WindowOpen) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    PdWriteRegister(&Request->Device->Registers->WindowLength, 0);
    PdCloseWindow(Request->File);
    return STATUS_SUCCESS;
}

/* Once a handle: asked again, it gives the same address. */
static NTSTATUS PdIoctlOpenTrace(PPD_REQUEST Request)
{
    PPD_VIEW view = (PPD_VIEW)Request->Irp->AssociatedIrp.SystemBuffer;
    PPD_TRACE trace = &Request->File->Trace;

    if (trace->Mdl == NULL) {
        NTSTATUS status = PdTraceOpen(trace);

        if (!NT_SUCCESS(status)) {
            return status;
        }
    }
    view->Address = (ULONG_PTR)trace->UserVa;
    view->Length = PAGE_SIZE;
    view->Reserved = 0;
    Request->Information = sizeof(*view);
    return STATUS_SUCCESS;
}

/* Gives up what a handle has in its process, and has to be called there, with File->Lock held. */
VOID PdReleaseFile(PPD_FILE File)
{
    if (File->WindowOpen) {
        PdCloseWindow(File);
    }
    if (File->StatusPage != NULL) {
        PdStatusPageUnmap(File->StatusPage);
        PdStatusPageFree(File->StatusPage);
        File->StatusPage = NULL;
    }
    if (File->Trace.Mdl != NULL) {
        PdTraceClose(&File->Trace);
    }
}

static const PD_IOCTL_ENTRY PdIoctlTable[] = {
    {IOCTL_PD_GET_INFO, 0, sizeof(PD_INFO), PdIoctlGetInfo},
    {IOCTL_PD_PEEK, 0, sizeof(ULONG), PdIoctlPeek},
    {IOCTL_PD_SNAPSHOT, 0, sizeof(PD_RING_HEADER), PdIoctlSnapshot},
    {IOCTL_PD_LOAD_PROGRAM, sizeof(PD_PROGRAM_HEADER), 0, PdIoctlLoadProgram},
    {IOCTL_PD_PLAY, sizeof(ULONG), 0, PdIoctlPlay},
    {IOCTL_PD_MAP_STATUS, 0, sizeof(PD_VIEW), PdIoctlMapStatus},
    {IOCTL_PD_OPEN_WINDOW, sizeof(PD_VIEW), sizeof(PD_VIEW), PdIoctlOpenWindow},
    {IOCTL_PD_CLOSE_WINDOW, 0, 0, PdIoctlCloseWindow},
    {IOCTL_PD_OPEN_TRACE, 0, sizeof(PD_VIEW), PdIoctlOpenTrace},
};

static const PD_IOCTL_ENTRY *PdFindIoctl(ULONG Code)
{
    ULONG i;

    for (i = 0; i < sizeof(PdIoctlTable) / sizeof(PdIoctlTable[0]); i++) {
        if (PdIoctlTable[i].Code == Code) {
            return &PdIoctlTable[i];
        }
    }
    return NULL;
}

/* One request of a handle at a time, so that cleanup cannot overtake a request that is just making a mapping. */
static NTSTATUS PdRunRequest(const PD_IOCTL_ENTRY *Entry, PPD_REQUEST Request)
{
    NTSTATUS status;

    if (Request->InputLength < Entry->MinimumInput || Request->OutputLength < Entry->MinimumOutput) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    KeWaitForSingleObject(&Request->File->Lock, Executive, KernelMode, FALSE, NULL);
    if (Request->File->CleanedUp) {
        status = STATUS_FILE_CLOSED;
    } else if (!Request->Device->Started) {
        status = STATUS_DEVICE_NOT_READY;
    } else {
        status = Entry->Handler(Request);
    }
    KeReleaseMutex(&Request->File->Lock, FALSE);
    return status;
}

NTSTATUS NTAPI PdDispatchDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    const PD_IOCTL_ENTRY *entry;
    PD_REQUEST request;
    NTSTATUS status;

    request.Device = (PPD_DEVICE)DeviceObject->DeviceExtension;
    request.File = (PPD_FILE)stack->FileObject->FsContext;
    request.Irp = Irp;
    request.InputAddress = stack->Parameters.DeviceIoControl.Type3InputBuffer;
    request.OutputAddress = Irp->UserBuffer;
    request.InputLength = stack->Parameters.DeviceIoControl.InputBufferLength;
    request.OutputLength = stack->Parameters.DeviceIoControl.OutputBufferLength;
    request.Information = 0;

    status = IoAcquireRemoveLock(&request.Device->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return PdCompleteIrp(Irp, status, 0);
    }
    entry = PdFindIoctl(stack->Parameters.DeviceIoControl.IoControlCode);
    status = entry != NULL ? PdRunRequest(entry, &request) : STATUS_INVALID_DEVICE_REQUEST;
    PdCompleteIrp(Irp, status, request.Information);
    IoReleaseRemoveLock(&request.Device->RemoveLock, Irp);
    return status;
}
