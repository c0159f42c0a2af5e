// A function that is said to raise leads into the handler, where the MDL has to be freed.
#include <wdm.h>
#include "mdlguard/annotations.h"

MDLGUARD_ACQUIRES(descriptor) PMDL BufMake(PVOID va);
VOID BufFree(MDLGUARD_RELEASES(descriptor) PMDL mdl);
MDLGUARD_MAY_RAISE ULONG BufCheck(ULONG value);

NTSTATUS check_bad(PVOID va)
{
    PMDL mdl = BufMake(va); // expect: MDL020

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        BufCheck(1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_UNSUCCESSFUL; // step: MDL020
    }
    BufFree(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS check_ok(PVOID va)
{
    PMDL mdl = BufMake(va);
    NTSTATUS status = STATUS_SUCCESS;

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        BufCheck(1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = STATUS_UNSUCCESSFUL;
    }
    BufFree(mdl);
    return status;
}
