// A queue that takes the MDL over is not reached on one path; a function that borrows it changes nothing about that.
#include <wdm.h>
#include "mdlguard/annotations.h"

NTSTATUS BufPin(PVOID va, ULONG length, MDLGUARD_ACQUIRES(locked) PMDL *mdl);
VOID BufUnpin(MDLGUARD_RELEASES(locked) PMDL mdl);
VOID BufQueue(PVOID queue, MDLGUARD_TAKES PMDL mdl);
ULONG BufLength(MDLGUARD_BORROWS PMDL mdl);

NTSTATUS queue_bad(PVOID queue, PVOID va)
{
    PMDL mdl;
    NTSTATUS status = BufPin(va, PAGE_SIZE, &mdl); // expect: MDL021

    if (!NT_SUCCESS(status))
        return status;
    if (BufLength(mdl) < 16)
        return STATUS_BUFFER_TOO_SMALL; // step: MDL021
    BufQueue(queue, mdl);
    return STATUS_SUCCESS;
}

NTSTATUS queue_ok(PVOID queue, PVOID va)
{
    PMDL mdl;
    NTSTATUS status = BufPin(va, PAGE_SIZE, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    if (BufLength(mdl) < 16) {
        BufUnpin(mdl);
        return STATUS_BUFFER_TOO_SMALL;
    }
    BufQueue(queue, mdl);
    return STATUS_SUCCESS;
}
