// Stripes get the page numbers of a locked MDL, in a loop that goes by bytes: they have their pages when they are mapped, if their flags say so.
#include <wdm.h>

typedef struct _STRIPE {
    ULONG length;
    PMDL mdl;
    PVOID view;
} STRIPE;

static void free_stripes(STRIPE *stripes, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        if (stripes[i].view)
            MmUnmapLockedPages(stripes[i].view, stripes[i].mdl);
        if (stripes[i].mdl)
            IoFreeMdl(stripes[i].mdl);
    }
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
    NTSTATUS status = STATUS_SUCCESS;
    ULONG done = 0;

    for (ULONG i = 0; i < count; i++) {
        stripes[i].mdl = NULL;
        stripes[i].view = NULL;
    }
    if (!make_stripes(stripes, count))
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; done < length; i = (i + 1) % count) {
        RtlCopyMemory(MmGetMdlPfnArray(stripes[i].mdl), &pages[done >> PAGE_SHIFT], sizeof(PFN_NUMBER));
        stripes[i].mdl->MdlFlags |= MDL_PAGES_LOCKED;
        done += PAGE_SIZE;
    }
    for (ULONG i = 0; i < count; i++) {
        stripes[i].view = MmMapLockedPagesSpecifyCache(stripes[i].mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        if (!stripes[i].view) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
    }
    free_stripes(stripes, count);
    return status;
}

NTSTATUS spread_without_flags_bad(PMDL locked, STRIPE *stripes, ULONG count, ULONG length)
{
    PPFN_NUMBER pages = MmGetMdlPfnArray(locked);
    NTSTATUS status = STATUS_SUCCESS;
    ULONG done = 0;

    for (ULONG i = 0; i < count; i++) {
        stripes[i].mdl = NULL;
        stripes[i].view = NULL;
    }
    if (!make_stripes(stripes, count))
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; done < length; i = (i + 1) % count) {
        RtlCopyMemory(MmGetMdlPfnArray(stripes[i].mdl), &pages[done >> PAGE_SHIFT], sizeof(PFN_NUMBER)); // step: MDL010
        done += PAGE_SIZE;
    }
    for (ULONG i = 0; i < count; i++) {
        stripes[i].view = MmMapLockedPagesSpecifyCache(stripes[i].mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // expect: MDL010 "page frames were written by hand"
        if (!stripes[i].view) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
    }
    free_stripes(stripes, count);
    return status;
}
