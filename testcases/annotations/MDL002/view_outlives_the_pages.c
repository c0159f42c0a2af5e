// The view of an annotated function is unmapped after the pages are gone, and one that the unlock ends by itself is not unmapped.
#include <wdm.h>
#include "mdlguard/annotations.h"

NTSTATUS BufPin(PVOID va, ULONG length, MDLGUARD_ACQUIRES(locked) PMDL *mdl);
VOID BufUnpin(MDLGUARD_RELEASES(locked) PMDL mdl);
MDLGUARD_MAPS(system) PUCHAR BufView(PMDL mdl);
VOID BufUnview(MDLGUARD_UNMAPS(system) PVOID address, PMDL mdl);

NTSTATUS fill_bad(PVOID va)
{
    PMDL mdl;
    PUCHAR address;
    NTSTATUS status = BufPin(va, PAGE_SIZE, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    address = BufView(mdl); // step: MDL002
    BufUnpin(mdl); // expect: MDL002
    if (address)
        BufUnview(address, mdl);
    return STATUS_SUCCESS;
}

NTSTATUS fill_ok(PVOID va)
{
    PMDL mdl;
    PUCHAR address;
    NTSTATUS status = BufPin(va, PAGE_SIZE, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    address = BufView(mdl);
    if (address)
        address[0] = 1;
    BufUnpin(mdl);
    return STATUS_SUCCESS;
}
