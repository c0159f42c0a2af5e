// A helper that frees when it is asked to and there is something: its two ways of doing nothing are told apart for the caller.
#include <wdm.h>

static void Release(PMDL *Mdl, BOOLEAN Last)
{
    if (Last && *Mdl != NULL) {
        IoFreeMdl(*Mdl);
        *Mdl = NULL;
    }
}

void CallTwice_ok(PVOID Buffer)
{
    PMDL mdl = IoAllocateMdl(Buffer, PAGE_SIZE, FALSE, FALSE, NULL);

    Release(&mdl, FALSE);
    Release(&mdl, TRUE);
}

void NeverLast_bad(PVOID Buffer)
{
    PMDL mdl = IoAllocateMdl(Buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020

    Release(&mdl, FALSE);
}
