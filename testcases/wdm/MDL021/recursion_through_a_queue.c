// Loading a library runs what waited for it, which may load it again: who does not look whether there is an MDL overwrites one that is still locked.
#include <wdm.h>

#define LOADED 1
#define CANCELLED 2

typedef struct _REQUEST {
    struct _REQUEST *Next;
    int Kind;
    PVOID Buffer;
    ULONG Length;
} REQUEST;

typedef struct _CACHE {
    ULONG State;
    REQUEST *Head;
    PMDL Mdl;
} CACHE;

NTSTATUS StartLibrary(void);

static CACHE CarefulCache;

static void CarefulProcess(BOOLEAN cancel);

static NTSTATUS CarefulLoad(void)
{
    if (CarefulCache.State & LOADED)
        return STATUS_DEVICE_NOT_READY;
    CarefulCache.State |= LOADED;
    CarefulCache.State &= ~CANCELLED;
    CarefulProcess(FALSE);
    return STATUS_SUCCESS;
}

static void CarefulUnload(void)
{
    if (!(CarefulCache.State & LOADED))
        return;
    CarefulCache.State &= ~LOADED;
    CarefulCache.State |= CANCELLED;
    CarefulProcess(TRUE);
}

static void CarefulRelease(void)
{
    if (CarefulCache.Mdl == NULL)
        return;
    MmUnlockPages(CarefulCache.Mdl);
    IoFreeMdl(CarefulCache.Mdl);
    CarefulCache.Mdl = NULL;
}

static NTSTATUS CarefulInitialize_ok(REQUEST *request)
{
    NTSTATUS status = CarefulLoad();

    if (!NT_SUCCESS(status))
        goto done;
    if (CarefulCache.Mdl != NULL)
        return STATUS_DEVICE_BUSY;
    CarefulCache.Mdl = IoAllocateMdl(request->Buffer, request->Length, FALSE, FALSE, NULL);
    if (CarefulCache.Mdl == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto done;
    }
    __try {
        MmProbeAndLockPages(CarefulCache.Mdl, KernelMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(CarefulCache.Mdl);
        CarefulCache.Mdl = NULL;
        status = GetExceptionCode();
        goto done;
    }
    status = StartLibrary();
done:
    if (!NT_SUCCESS(status)) {
        CarefulRelease();
        CarefulUnload();
    }
    return status;
}

static void CarefulSubmit(REQUEST *request)
{
    switch (request->Kind) {
    case 1:
        CarefulInitialize_ok(request);
        break;
    case 2:
        CarefulUnload();
        CarefulRelease();
        break;
    }
}

static void CarefulProcess(BOOLEAN cancel)
{
    while (CarefulCache.Head != NULL) {
        REQUEST *request = CarefulCache.Head;

        CarefulCache.Head = request->Next;
        if (!cancel)
            CarefulSubmit(request);
        ExFreePool(request);
    }
}

void CarefulRun(REQUEST *request)
{
    CarefulSubmit(request);
}

static CACHE BlindCache;

static void BlindProcess(BOOLEAN cancel);

static NTSTATUS BlindLoad(void)
{
    if (BlindCache.State & LOADED)
        return STATUS_DEVICE_NOT_READY;
    BlindCache.State |= LOADED;
    BlindCache.State &= ~CANCELLED;
    BlindProcess(FALSE);
    return STATUS_SUCCESS;
}

static void BlindUnload(void)
{
    if (!(BlindCache.State & LOADED))
        return;
    BlindCache.State &= ~LOADED;
    BlindCache.State |= CANCELLED;
    BlindProcess(TRUE);
}

static void BlindRelease(void)
{
    if (BlindCache.Mdl == NULL)
        return;
    MmUnlockPages(BlindCache.Mdl);
    IoFreeMdl(BlindCache.Mdl);
    BlindCache.Mdl = NULL;
}

static NTSTATUS BlindInitialize_bad(REQUEST *request)
{
    NTSTATUS status = BlindLoad(); // expect: MDL021

    if (!NT_SUCCESS(status))
        goto done;
    BlindCache.Mdl = IoAllocateMdl(request->Buffer, request->Length, FALSE, FALSE, NULL);
    if (BlindCache.Mdl == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto done;
    }
    __try {
        MmProbeAndLockPages(BlindCache.Mdl, KernelMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(BlindCache.Mdl);
        BlindCache.Mdl = NULL;
        status = GetExceptionCode();
        goto done;
    }
    status = StartLibrary();
done:
    if (!NT_SUCCESS(status)) {
        BlindRelease();
        BlindUnload();
    }
    return status;
}

static void BlindSubmit(REQUEST *request)
{
    switch (request->Kind) {
    case 1:
        BlindInitialize_bad(request);
        break;
    case 2:
        BlindUnload();
        BlindRelease();
        break;
    case 3:
        BlindUnload();
        break;
    }
}

static void BlindProcess(BOOLEAN cancel)
{
    while (BlindCache.Head != NULL) {
        REQUEST *request = BlindCache.Head;

        BlindCache.Head = request->Next;
        if (!cancel)
            BlindSubmit(request);
        ExFreePool(request);
    }
}

void BlindRun(REQUEST *request)
{
    BlindSubmit(request);
}

