// clean: one release routine for all that a context may hold, told by a stage number or by bits.
#include <wdm.h>

#define HAS_USER 0x20
#define HAS_VIEW 0x10
#define HAS_LOCK 0x8
#define HAS_MDL 0x4
#define HAS_SECOND 0x2

typedef struct _HELD {
    PMDL Mdl, Second;
    PVOID User, View;
    ULONG What;
} HELD;

NTSTATUS device_start(PVOID device);

static void release_by_stage(HELD *held)
{
    switch (held->What) {
    case 5:
        MmUnmapLockedPages(held->User, held->Mdl);
    case 4:
        MmUnmapLockedPages(held->View, held->Mdl);
    case 3:
        MmUnlockPages(held->Mdl);
    case 2:
        IoFreeMdl(held->Mdl);
    case 1:
        IoFreeMdl(held->Second);
    default:
        break;
    }
}

static void release_by_bits(HELD *held)
{
    if (held->What & HAS_USER)
        MmUnmapLockedPages(held->User, held->Mdl);
    if (held->What & HAS_VIEW)
        MmUnmapLockedPages(held->View, held->Mdl);
    if (held->What & HAS_LOCK)
        MmUnlockPages(held->Mdl);
    if (held->What & HAS_MDL)
        IoFreeMdl(held->Mdl);
    if (held->What & HAS_SECOND)
        IoFreeMdl(held->Second);
}

static NTSTATUS lock_of(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static NTSTATUS share(HELD *held)
{
    __try {
        held->User = MmMapLockedPagesSpecifyCache(held->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS stages(PVOID buffer, ULONG length, PVOID device)
{
    HELD held = {0};
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    held.Second = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (held.Second == NULL)
        goto exit;
    held.What = 1;
    held.Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (held.Mdl == NULL)
        goto exit;
    held.What = 2;
    status = lock_of(held.Mdl);
    if (!NT_SUCCESS(status))
        goto exit;
    held.What = 3;
    held.View = MmMapLockedPagesSpecifyCache(held.Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (held.View == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto exit;
    }
    held.What = 4;
    status = share(&held);
    if (NT_SUCCESS(status))
        held.What = 5;
    if (NT_SUCCESS(status))
        status = device_start(device);
exit:
    release_by_stage(&held);
    return status;
}

NTSTATUS bits(PVOID buffer, ULONG length, PVOID device)
{
    HELD held = {0};
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    held.Second = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (held.Second == NULL)
        goto exit;
    held.What |= HAS_SECOND;
    held.Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (held.Mdl == NULL)
        goto exit;
    held.What |= HAS_MDL;
    status = lock_of(held.Mdl);
    if (!NT_SUCCESS(status))
        goto exit;
    held.What |= HAS_LOCK;
    held.View = MmMapLockedPagesSpecifyCache(held.Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (held.View == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto exit;
    }
    held.What |= HAS_VIEW;
    status = share(&held);
    if (NT_SUCCESS(status))
        held.What |= HAS_USER;
    if (NT_SUCCESS(status))
        status = device_start(device);
exit:
    release_by_bits(&held);
    return status;
}
