// release_one() is right for one MDL and is used on a chain of two.
#include <wdm.h>

static void release_one(PMDL mdl)
{
    IoFreeMdl(mdl);
}

static void release_all(PMDL mdl)
{
    PMDL next;

    for (; mdl != NULL; mdl = next) {
        next = mdl->Next;
        IoFreeMdl(mdl);
    }
}

static PMDL pool_mdl(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl != NULL)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

void two_parts_bad(PVOID a, PVOID b, ULONG length)
{
    PMDL head = pool_mdl(a, length);

    if (head == NULL)
        return;
    head->Next = pool_mdl(b, length); // expect: MDL024
    release_one(head);
}

void two_parts_ok(PVOID a, PVOID b, ULONG length)
{
    PMDL head = pool_mdl(a, length);

    if (head == NULL)
        return;
    head->Next = pool_mdl(b, length);
    release_all(head);
}
