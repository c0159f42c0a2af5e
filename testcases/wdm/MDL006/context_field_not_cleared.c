// stop() frees the MDL of the context without clearing the field; the caller runs stop() again.
#include <wdm.h>

typedef struct _CHANNEL {
    PMDL Mdl;
    BOOLEAN Running;
} CHANNEL;

NTSTATUS wait_idle(CHANNEL *channel);

static void stop_keeping_pointer(CHANNEL *channel)
{
    channel->Running = FALSE;
    if (channel->Mdl != NULL)
        IoFreeMdl(channel->Mdl);
}

static void stop_clearing_pointer(CHANNEL *channel)
{
    channel->Running = FALSE;
    if (channel->Mdl != NULL) {
        IoFreeMdl(channel->Mdl);
        channel->Mdl = NULL;
    }
}

NTSTATUS restart_bad(PVOID pool, ULONG length)
{
    CHANNEL channel;

    channel.Running = TRUE;
    channel.Mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (channel.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(channel.Mdl);
    stop_keeping_pointer(&channel);
    stop_keeping_pointer(&channel); // expect: MDL006
    return STATUS_SUCCESS;
}

NTSTATUS restart_ok(PVOID pool, ULONG length)
{
    CHANNEL channel;

    channel.Running = TRUE;
    channel.Mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (channel.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(channel.Mdl);
    stop_clearing_pointer(&channel);
    stop_clearing_pointer(&channel);
    return STATUS_SUCCESS;
}
