// A teardown names the wrong MDL where it ends the other one's view. By itself it looks like an MDL that was freed too early.
#include <wdm.h>

struct pair {
    PMDL Data, Status;
    PVOID DataView, StatusView;
};

static NTSTATUS view_make(PVOID buffer, ULONG length, PMDL *mdl, PVOID *view)
{
    *mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (*mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(*mdl);
    __try {
        *view = MmMapLockedPagesSpecifyCache(*mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(*mdl);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static NTSTATUS pair_open(struct pair *pair, PVOID buffer, ULONG length)
{
    NTSTATUS status = view_make(buffer, length, &pair->Data, &pair->DataView);

    if (!NT_SUCCESS(status))
        return status;
    status = view_make(buffer, length, &pair->Status, &pair->StatusView);
    if (!NT_SUCCESS(status)) {
        MmUnmapLockedPages(pair->DataView, pair->Data);
        IoFreeMdl(pair->Data);
    }
    return status;
}

static void pair_close_in_turn(struct pair *pair)
{
    MmUnmapLockedPages(pair->StatusView, pair->Status);
    IoFreeMdl(pair->Status); // expect: MDL001
    MmUnmapLockedPages(pair->DataView, pair->Status);
    IoFreeMdl(pair->Data);
}

NTSTATUS in_turn_bad(PVOID buffer, ULONG length)
{
    struct pair pair = {0};
    NTSTATUS status = pair_open(&pair, buffer, length);

    if (!NT_SUCCESS(status))
        return status;
    pair_close_in_turn(&pair); // expect: MDL001 "user mapping" // miss: MDL012 — wrong whoever calls it, the teardown is judged before its callers are
    return STATUS_SUCCESS;
}

/* Nothing in here is wrong for sure: it is for the caller to know whose view it is. */
static void pair_close(struct pair *pair)
{
    MmUnmapLockedPages(pair->StatusView, pair->Status);
    MmUnmapLockedPages(pair->DataView, pair->Status);
    IoFreeMdl(pair->Status);
    IoFreeMdl(pair->Data);
}

NTSTATUS views_first_bad(PVOID buffer, ULONG length)
{
    struct pair pair = {0};
    NTSTATUS status = pair_open(&pair, buffer, length);

    if (!NT_SUCCESS(status))
        return status;
    pair_close(&pair); // expect: MDL012
    return STATUS_SUCCESS;
}
