// A lock and an unlock of the project's own, which the system's routines go together with.
#include <wdm.h>
#include "mdlguard/annotations.h"

NTSTATUS BufLock(MDLGUARD_ACQUIRES(lock) PMDL mdl);
VOID BufUnlock(MDLGUARD_RELEASES(lock) PMDL mdl);

NTSTATUS touch_bad(PVOID va)
{
    PMDL mdl = IoAllocateMdl(va, PAGE_SIZE, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = BufLock(mdl);
    if (!NT_SUCCESS(status))
        BufUnlock(mdl); // expect: MDL007
    else
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS touch_ok(PVOID va)
{
    PMDL mdl = IoAllocateMdl(va, PAGE_SIZE, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = BufLock(mdl);
    if (NT_SUCCESS(status))
        BufUnlock(mdl);
    IoFreeMdl(mdl);
    return status;
}
