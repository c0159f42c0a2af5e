// Stripes get the page numbers of a locked MDL: each of them has its pages when it is mapped.
#include <wdm.h>

typedef struct _STRIPE {
    ULONG length;
    PMDL mdl;
    PVOID view;
} STRIPE;

static void free_stripes(STRIPE *stripes, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        if (stripes[i].mdl)
            IoFreeMdl(stripes[i].mdl);
}

static BOOLEAN make_stripes(STRIPE *stripes, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        stripes[i].mdl = IoAllocateMdl(NULL, stripes[i].length, FALSE, FALSE, NULL);
        if (!stripes[i].mdl) {
            free_stripes(stripes, count);
            return FALSE;
        }
    }
    return TRUE;
}

NTSTATUS spread_ok(PMDL locked, STRIPE *stripes, ULONG count, ULONG length)
{
    PPFN_NUMBER pages = MmGetMdlPfnArray(locked);
    ULONG done = 0;

    for (ULONG i = 0; i < count; i++)
        stripes[i].mdl = NULL;
    if (!make_stripes(stripes, count))
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; done < length; i = (i + 1) % count) {
        RtlCopyMemory(MmGetMdlPfnArray(stripes[i].mdl), &pages[done >> PAGE_SHIFT], sizeof(PFN_NUMBER));
        done += PAGE_SIZE;
    }
    for (ULONG i = 0; i < count; i++)
        stripes[i].view = MmGetSystemAddressForMdlSafe(stripes[i].mdl, NormalPagePriority); // false: MDL010 — on the path that fills none, which LENGTH rules out: the loop's bound and the count are not compared
    free_stripes(stripes, count);
    return STATUS_SUCCESS;
}
