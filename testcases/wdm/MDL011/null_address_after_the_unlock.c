// The mapping failed, so that its address is NULL at the unmap: nothing was mapped that the unlock could have ended.
#include <wdm.h>

static PMDL pinned(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    return mdl;
}

void window_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = pinned(buffer, length);
    PVOID address;

    if (mdl == NULL)
        return;
    address = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (address == NULL) {
        MmUnlockPages(mdl);
        MmUnmapLockedPages(address, mdl); // expect: MDL011
        IoFreeMdl(mdl);
        return;
    }
    *(volatile ULONG *)address = 1;
    MmUnmapLockedPages(address, mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

void window_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = pinned(buffer, length);
    PVOID address;

    if (mdl == NULL)
        return;
    address = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (address != NULL) {
        *(volatile ULONG *)address = 1;
        MmUnmapLockedPages(address, mdl);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}
