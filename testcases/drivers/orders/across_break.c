/* across_break.c - gives back what across_make.c takes. None of these functions is wrong by itself. */
#include "orders.h"

/* Not the ViewTouch of across_make.c: this one looks and leaves alone. */
static VOID ViewTouch(POR_VIEW View)
{
    if (View->Mdl != NULL && View->UserVa == NULL)
        DbgPrint("orders: view %p of %u bytes has no user address\n", View, View->Bytes);
}

VOID OrViewUnmap(POR_VIEW View)
{
    if (View->UserVa != NULL) {
        MmUnmapLockedPages(View->UserVa, View->Mdl);
        View->UserVa = NULL;
    }
}

VOID OrViewUnpin(POR_VIEW View)
{
    ViewTouch(View);
    MmUnlockPages(View->Mdl);
}

VOID OrViewFree(POR_VIEW View)
{
    ViewTouch(View);
    IoFreeMdl(View->Mdl);
    View->Mdl = NULL;
}

VOID OrViewFreePages(POR_VIEW View)
{
    ViewTouch(View);
    MmFreePagesFromMdl(View->Mdl);
    ExFreePool(View->Mdl);
    View->Mdl = NULL;
}
