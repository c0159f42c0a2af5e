// Whether there is an MDL is no way back to it.
#include <wdm.h>

BOOLEAN can_allocate_bad(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020

    return mdl != NULL;
}

BOOLEAN can_allocate_ok(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    BOOLEAN can = mdl != NULL;

    if (mdl != NULL)
        IoFreeMdl(mdl);
    return can;
}
