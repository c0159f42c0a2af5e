// Every failure jumps to one cleanup routine, which has to know from the context how far the set-up came.
#include <wdm.h>

#define IN_BYTES  (16 * PAGE_SIZE)

typedef struct _CHANNEL {
    PVOID InBuffer;
    PMDL InMdl;
    BOOLEAN InLocked;
    PVOID InSystem;
    PVOID InClient;
    HANDLE Process;
} CHANNEL, *PCHANNEL;

NTSTATUS ChannelRegister(PCHANNEL Channel);

static VOID ChannelInit(PCHANNEL Channel, PVOID Buffer)
{
    RtlZeroMemory(Channel, sizeof(*Channel));
    Channel->InBuffer = Buffer;
}

static VOID ChannelCleanup(PCHANNEL Channel)
{
    if (Channel->InMdl == NULL)
        return;
    if (Channel->InClient != NULL)
        MmUnmapLockedPages(Channel->InClient, Channel->InMdl);
    if (Channel->InLocked)
        MmUnlockPages(Channel->InMdl);
    IoFreeMdl(Channel->InMdl);
    Channel->InMdl = NULL;
    Channel->InLocked = FALSE;
    Channel->InSystem = NULL;
    Channel->InClient = NULL;
}

/* Believes that a client address exists only once the system address does. */
static VOID ChannelCleanupShort(PCHANNEL Channel)
{
    if (Channel->InMdl == NULL)
        return;
    if (Channel->InSystem != NULL && Channel->InClient != NULL)
        MmUnmapLockedPages(Channel->InClient, Channel->InMdl);
    if (Channel->InLocked)
        MmUnlockPages(Channel->InMdl); // step: MDL002
    IoFreeMdl(Channel->InMdl);
    Channel->InMdl = NULL;
}

NTSTATUS ChannelOpen_ok(PCHANNEL Channel, PVOID Buffer)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    ChannelInit(Channel, Buffer);
    Channel->InMdl = IoAllocateMdl(Buffer, IN_BYTES, FALSE, FALSE, NULL);
    if (Channel->InMdl == NULL)
        goto fail;
    __try {
        MmProbeAndLockPages(Channel->InMdl, UserMode, IoModifyAccess);
        Channel->InLocked = TRUE;
        Channel->InClient = MmMapLockedPagesSpecifyCache(Channel->InMdl, UserMode, MmCached, NULL, FALSE,
                                                         NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto fail;
    }
    Channel->InSystem = MmGetSystemAddressForMdlSafe(Channel->InMdl, NormalPagePriority);
    if (Channel->InSystem == NULL)
        goto fail;
    status = ChannelRegister(Channel);
    if (!NT_SUCCESS(status))
        goto fail;
    return STATUS_SUCCESS;

fail:
    ChannelCleanup(Channel);
    return status;
}

NTSTATUS ChannelOpen_bad(PCHANNEL Channel, PVOID Buffer)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    ChannelInit(Channel, Buffer);
    Channel->InMdl = IoAllocateMdl(Buffer, IN_BYTES, FALSE, FALSE, NULL);
    if (Channel->InMdl == NULL)
        goto fail;
    __try {
        MmProbeAndLockPages(Channel->InMdl, UserMode, IoModifyAccess);
        Channel->InLocked = TRUE;
        Channel->InClient = MmMapLockedPagesSpecifyCache(Channel->InMdl, UserMode, MmCached, NULL, FALSE,
                                                         NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto fail;
    }
    Channel->InSystem = MmGetSystemAddressForMdlSafe(Channel->InMdl, NormalPagePriority);
    if (Channel->InSystem == NULL)
        goto fail;
    status = ChannelRegister(Channel);
    if (!NT_SUCCESS(status))
        goto fail;
    return STATUS_SUCCESS;

fail:
    ChannelCleanupShort(Channel); // expect: MDL002
    return status;
}
