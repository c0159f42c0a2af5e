// A release helper asks seven bits, and the caller forgets the one of the lock, so that the MDL is freed with its pages locked.
// The helper has more ways through than can be kept apart, but each caller knows the bits.
#include <wdm.h>

#define HAS_MDL 0x1
#define HAS_PAGES 0x2
#define HAS_VIEW 0x4
#define HAS_MDL2 0x10
#define HAS_PAGES2 0x20
#define HAS_VIEW2 0x40
#define HAS_USER2 0x80

typedef struct _CHANNEL {
    PMDL Mdl;
    PVOID View;
    PMDL Mdl2;
    PVOID View2;
    PVOID User2;
    ULONG Held;
} CHANNEL;

static void channel_release(CHANNEL *channel)
{
    if (channel->Held & HAS_USER2)
        MmUnmapLockedPages(channel->User2, channel->Mdl2);
    if (channel->Held & HAS_VIEW2)
        MmUnmapLockedPages(channel->View2, channel->Mdl2);
    if (channel->Held & HAS_PAGES2)
        MmUnlockPages(channel->Mdl2);
    if (channel->Held & HAS_MDL2)
        IoFreeMdl(channel->Mdl2);
    if (channel->Held & HAS_VIEW)
        MmUnmapLockedPages(channel->View, channel->Mdl);
    if (channel->Held & HAS_PAGES)
        MmUnlockPages(channel->Mdl);
    if (channel->Held & HAS_MDL)
        IoFreeMdl(channel->Mdl);
}

static NTSTATUS lock(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS channel_run_ok(PVOID buffer, ULONG length)
{
    CHANNEL channel = {0};
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    channel.Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (channel.Mdl == NULL)
        goto done;
    channel.Held |= HAS_MDL;
    status = lock(channel.Mdl);
    if (!NT_SUCCESS(status))
        goto done;
    channel.Held |= HAS_PAGES;
    status = STATUS_INSUFFICIENT_RESOURCES;
    channel.View = MmGetSystemAddressForMdlSafe(channel.Mdl, NormalPagePriority);
    if (channel.View == NULL)
        goto done;
    channel.Held |= HAS_VIEW;
    channel.Mdl2 = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (channel.Mdl2 == NULL)
        goto done;
    channel.Held |= HAS_MDL2;
    status = lock(channel.Mdl2);
    if (!NT_SUCCESS(status))
        goto done;
    channel.Held |= HAS_PAGES2;
    channel.View2 = MmGetSystemAddressForMdlSafe(channel.Mdl2, NormalPagePriority);
    if (channel.View2 == NULL)
        goto done;
    channel.Held |= HAS_VIEW2;
    __try {
        channel.User2 = MmMapLockedPagesSpecifyCache(channel.Mdl2, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        channel.Held |= HAS_USER2;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
done:
    channel_release(&channel);
    return status;
}

NTSTATUS channel_run_bad(PVOID buffer, ULONG length)
{
    CHANNEL channel = {0};
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    channel.Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (channel.Mdl == NULL)
        goto done;
    channel.Held |= HAS_MDL;
    status = lock(channel.Mdl);
    if (!NT_SUCCESS(status))
        goto done;
    status = STATUS_INSUFFICIENT_RESOURCES;
    channel.View = MmGetSystemAddressForMdlSafe(channel.Mdl, NormalPagePriority);
    if (channel.View == NULL)
        goto done;
    channel.Held |= HAS_VIEW;
    channel.Mdl2 = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (channel.Mdl2 == NULL)
        goto done;
    channel.Held |= HAS_MDL2;
    status = lock(channel.Mdl2);
    if (NT_SUCCESS(status))
        channel.Held |= HAS_PAGES2;
done:
    channel_release(&channel); // expect: MDL004
    return status;
}
