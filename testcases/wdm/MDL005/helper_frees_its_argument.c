// The helper frees what it is given; the caller goes on with the same pointer.
#include <wdm.h>

NTSTATUS queue_mdl(PMDL mdl);

static void discard(PMDL mdl)
{
    if (mdl != NULL) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
}

NTSTATUS requeue_bad(PMDL mdl, BOOLEAN stale)
{
    if (stale)
        discard(mdl);
    return queue_mdl(mdl); // expect: MDL005
}

NTSTATUS requeue_ok(PMDL mdl, BOOLEAN stale)
{
    if (stale) {
        discard(mdl);
        return STATUS_CANCELLED;
    }
    return queue_mdl(mdl);
}
