// The view is given back early without clearing its bit, so that the exit, which asks the bit, unmaps once more.
#include <wdm.h>

enum { XFER_HAS_MDL = 1 << 0, XFER_PINNED = 1 << 1, XFER_VIEW = 1 << 2, XFER_EOF = 1 << 3 };

struct xfer {
    PMDL mdl;
    void *view;
    unsigned int flags;
    ULONG done;
};

BOOLEAN device_wants_more(struct xfer *x);
NTSTATUS device_push(const void *data, ULONG length);

static NTSTATUS xfer_begin(struct xfer *x, PVOID user, ULONG length)
{
    NTSTATUS st = STATUS_SUCCESS;

    RtlZeroMemory(x, sizeof(*x));
    x->mdl = IoAllocateMdl(user, length, FALSE, FALSE, NULL);
    if (x->mdl == NULL)
        return STATUS_NO_MEMORY;
    x->flags |= XFER_HAS_MDL;
    __try {
        MmProbeAndLockPages(x->mdl, UserMode, IoReadAccess);
        x->flags |= XFER_PINNED;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        st = GetExceptionCode();
    }
    return st;
}

static void xfer_end(struct xfer *x)
{
    if (x->flags & XFER_VIEW)
        MmUnmapLockedPages(x->view, x->mdl);
    if (x->flags & XFER_PINNED)
        MmUnlockPages(x->mdl);
    if (x->flags & XFER_HAS_MDL)
        IoFreeMdl(x->mdl);
    x->flags = 0;
}

NTSTATUS xfer_send_bad(PVOID user, ULONG length)
{
    struct xfer x;
    NTSTATUS st = xfer_begin(&x, user, length);

    if (!NT_SUCCESS(st))
        goto out;
    x.view = MmMapLockedPagesSpecifyCache(x.mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (x.view == NULL) {
        st = STATUS_INSUFFICIENT_RESOURCES;
        goto out;
    }
    x.flags |= XFER_VIEW;
    st = device_push(x.view, length);
    if (NT_SUCCESS(st)) {
        MmUnmapLockedPages(x.view, x.mdl); // step: MDL011
        x.flags |= XFER_EOF;
    }
out:
    xfer_end(&x); // expect: MDL011
    return st;
}

NTSTATUS xfer_send_ok(PVOID user, ULONG length)
{
    struct xfer x;
    NTSTATUS st = xfer_begin(&x, user, length);

    if (!NT_SUCCESS(st))
        goto out;
    x.view = MmMapLockedPagesSpecifyCache(x.mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (x.view == NULL) {
        st = STATUS_INSUFFICIENT_RESOURCES;
        goto out;
    }
    x.flags |= XFER_VIEW;
    st = device_push(x.view, length);
    if (NT_SUCCESS(st)) {
        MmUnmapLockedPages(x.view, x.mdl);
        x.flags &= ~XFER_VIEW;
        x.flags |= XFER_EOF;
    }
out:
    xfer_end(&x);
    return st;
}
