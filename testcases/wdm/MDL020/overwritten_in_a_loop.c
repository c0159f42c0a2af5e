// Each turn of the loop overwrites the variable that holds the MDL of the turn before.
#include <wdm.h>

NTSTATUS last_fitting_bad(PVOID pool, ULONG count)
{
    PMDL mdl = NULL;
    ULONG i;

    for (i = 1; i <= count; i++) {
        mdl = IoAllocateMdl(pool, i * PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020
        if (mdl == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS last_fitting_ok(PVOID pool, ULONG count)
{
    PMDL mdl = NULL;
    ULONG i;

    for (i = 1; i <= count; i++) {
        if (mdl != NULL)
            IoFreeMdl(mdl);
        mdl = IoAllocateMdl(pool, i * PAGE_SIZE, FALSE, FALSE, NULL);
        if (mdl == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
