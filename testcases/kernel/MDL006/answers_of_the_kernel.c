// What the kernel's routines write is not what stood there before: a pointer that was NULL, a flag that was set.
#include <ntifs.h>

struct state { PMDL mdl; BOOLEAN done; };

BOOLEAN finish(PVOID context);

static void release(struct state *state)
{
    IoFreeMdl(state->mdl);
}

/* The synchronised routine may have taken the MDL. */
void synchronised_ok(PKINTERRUPT interrupt, PVOID buffer)
{
    struct state state = {IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL), FALSE};

    if (state.mdl == NULL)
        return;
    KeSynchronizeExecution(interrupt, finish, &state);
    if (!state.done)
        release(&state);
}

void synchronised_bad(PKINTERRUPT interrupt, PMDL mdl)
{
    struct state state = {mdl, FALSE};

    IoFreeMdl(mdl);
    KeSynchronizeExecution(interrupt, finish, &state);
    if (state.done)
        IoFreeMdl(mdl); // expect: MDL006
}

void device_bad(PDRIVER_OBJECT driver, PMDL mdl)
{
    PDEVICE_OBJECT device = NULL;

    IoFreeMdl(mdl);
    if (NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)) && device != NULL)
        IoFreeMdl(mdl); // expect: MDL006
}

void device_ok(PDRIVER_OBJECT driver, PMDL mdl)
{
    PDEVICE_OBJECT device = NULL;

    if (!NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)))
        IoFreeMdl(mdl);
    if (device != NULL)
        IoFreeMdl(mdl);
}

void stack_bad(PDEVICE_OBJECT own, PDEVICE_OBJECT below, PMDL mdl)
{
    PDEVICE_OBJECT lower = NULL;

    IoFreeMdl(mdl);
    if (NT_SUCCESS(IoAttachDeviceToDeviceStackSafe(own, below, &lower)) && lower != NULL)
        IoFreeMdl(mdl); // expect: MDL006
}

void file_bad(HANDLE handle, PMDL mdl)
{
    OBJECT_HANDLE_INFORMATION granted = {0, 0};
    PVOID object = NULL;

    IoFreeMdl(mdl);
    if (!NT_SUCCESS(ObReferenceObjectByHandle(handle, 0, NULL, KernelMode, &object, &granted)))
        return;
    if (object != NULL && granted.GrantedAccess != 0)
        IoFreeMdl(mdl); // expect: MDL006
}

void name_bad(PUNICODE_STRING name, PMDL mdl)
{
    PFILE_OBJECT file = NULL;
    PDEVICE_OBJECT device = NULL;

    IoFreeMdl(mdl);
    if (NT_SUCCESS(IoGetDeviceObjectPointer(name, FILE_READ_DATA, &file, &device)) && file != NULL && device != NULL)
        IoFreeMdl(mdl); // expect: MDL006
}

void adapter_bad(PDEVICE_OBJECT pdo, DEVICE_DESCRIPTION *description, PMDL mdl)
{
    ULONG registers = 0;
    PDMA_ADAPTER adapter = IoGetDmaAdapter(pdo, description, &registers);

    if (adapter == NULL)
        return;
    IoFreeMdl(mdl);
    if (registers != 0)
        IoFreeMdl(mdl); // expect: MDL006
}

/* A pin that is there after all has to be looked at. */
void pinned_bad(PFILE_OBJECT file, LARGE_INTEGER offset, PMDL mdl)
{
    PVOID bcb = NULL, data = NULL;

    IoFreeMdl(mdl);
    __try {
        CcMapData(file, &offset, PAGE_SIZE, 1, &bcb, &data);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return;
    }
    if (bcb != NULL && data != NULL)
        IoFreeMdl(mdl); // expect: MDL006
}

void prepared_ok(PFILE_OBJECT file, LARGE_INTEGER offset, PMDL mdl)
{
    PVOID bcb = NULL, data = NULL;

    __try {
        if (!CcPreparePinWrite(file, &offset, PAGE_SIZE, FALSE, 1, &bcb, &data) ||
            !CcPinMappedData(file, &offset, PAGE_SIZE, 1, &bcb))
            bcb = NULL;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        bcb = NULL;
    }
    if (bcb != NULL)
        IoFreeMdl(mdl);
    if (bcb == NULL)
        IoFreeMdl(mdl);
}
