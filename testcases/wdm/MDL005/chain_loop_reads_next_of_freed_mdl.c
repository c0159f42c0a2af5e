// The loop that frees a chain steps to Next after the element is gone.
#include <wdm.h>

void free_chain_bad(PMDL head)
{
    PMDL mdl;

    for (mdl = head; mdl != NULL; mdl = mdl->Next) { // expect: MDL005
        MmUnlockPages(mdl);
        IoFreeMdl(mdl); // step: MDL005
    }
}

void free_chain_ok(PMDL head)
{
    PMDL mdl = head;

    while (mdl != NULL) {
        PMDL next = mdl->Next;

        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        mdl = next;
    }
}
