// clean: functions whose bodies are seen as well, an annotated result that is borrowed, and parameters that may be kept.
#include <wdm.h>
#include "mdlguard/annotations.h"

typedef struct _BUF {
    PMDL Mdl;
    ULONG Length;
} BUF, *PBUF;

MDLGUARD_BORROWS PMDL BufMdl(PBUF buf);
NTSTATUS BufAttach(PBUF buf, PMDL mdl);
MDLGUARD_MAY_RAISE VOID BufTouch(PBUF buf, PMDL mdl);

static MDLGUARD_ACQUIRES(descriptor) PMDL make(PVOID va)
{
    return IoAllocateMdl(va, PAGE_SIZE, FALSE, FALSE, NULL);
}

static VOID drop(MDLGUARD_RELEASES(descriptor) PMDL mdl)
{
    IoFreeMdl(mdl);
}

ULONG look(PBUF buf)
{
    PMDL mdl = BufMdl(buf);

    return mdl ? MmGetMdlByteCount(mdl) : 0;
}

VOID make_and_drop(PVOID va)
{
    PMDL mdl = make(va);

    if (mdl)
        drop(mdl);
}

// Nothing is said about these parameters: they may be kept.
VOID touch(PBUF buf, PVOID va)
{
    PMDL mdl = make(va);

    if (mdl)
        BufTouch(buf, mdl);
}
