// The address that an annotated function maps may be NULL.
#include <wdm.h>
#include "mdlguard/annotations.h"

MDLGUARD_MAPS(system) PUCHAR BufView(PMDL mdl);
VOID BufUnview(MDLGUARD_UNMAPS(system) PVOID address, PMDL mdl);

VOID clear_bad(PMDL mdl)
{
    PUCHAR address = BufView(mdl);

    address[0] = 0; // expect: MDL015
    BufUnview(address, mdl);
}

VOID clear_ok(PMDL mdl)
{
    PUCHAR address = BufView(mdl);

    if (!address)
        return;
    address[0] = 0;
    BufUnview(address, mdl);
}
