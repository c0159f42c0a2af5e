// Pages of an annotated allocation, freed by the project's routine or by the system's.
#include <wdm.h>
#include "mdlguard/annotations.h"

MDLGUARD_ACQUIRES(pages) PMDL BufPages(ULONG count);
VOID BufFreePages(MDLGUARD_RELEASES(pages) PMDL mdl);

VOID scratch_bad(void)
{
    PMDL mdl = BufPages(4);

    if (!mdl)
        return;
    BufFreePages(mdl);
    BufFreePages(mdl); // expect: MDL006
}

VOID scratch_ok(BOOLEAN by_hand)
{
    PMDL mdl = BufPages(4);

    if (!mdl)
        return;
    if (by_hand) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
    } else {
        BufFreePages(mdl);
    }
}
