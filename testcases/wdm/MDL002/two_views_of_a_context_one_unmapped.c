// Two embedded views, both mapped by one control code; the teardown unmaps only one of them, and unlocks both.
#include <wdm.h>

typedef struct _VIEW {
    PMDL Mdl;
    PVOID Address;
} VIEW;

typedef struct _CHANNEL {
    VIEW In, Out;
    BOOLEAN Open;
} CHANNEL, *PCHANNEL;

static NTSTATUS view_map(VIEW *view)
{
    __try {
        view->Address = MmMapLockedPagesSpecifyCache(view->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL002
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS channel_open(PCHANNEL channel)
{
    NTSTATUS status = view_map(&channel->In);

    if (!NT_SUCCESS(status))
        return status;
    status = view_map(&channel->Out);
    if (!NT_SUCCESS(status)) {
        MmUnmapLockedPages(channel->In.Address, channel->In.Mdl);
        return status;
    }
    channel->Open = TRUE;
    return STATUS_SUCCESS;
}

VOID channel_close_bad(PCHANNEL channel)
{
    if (!channel->Open)
        return;
    MmUnmapLockedPages(channel->In.Address, channel->In.Mdl);
    MmUnlockPages(channel->In.Mdl);
    MmUnlockPages(channel->Out.Mdl); // expect: MDL002 "user mapping"
    channel->Open = FALSE;
}
