// IoAllocateMdl returns NULL when pool is short; what follows takes the result for granted.
#include <wdm.h>

void build_bad(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL); // step: MDL032

    MmBuildMdlForNonPagedPool(mdl); // expect: MDL032 "mdl"
    IoFreeMdl(mdl);
}

void build_ok(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl) {
        MmBuildMdlForNonPagedPool(mdl);
        IoFreeMdl(mdl);
    }
}

/* The test comes too late. */
NTSTATUS link_bad(PMDL first, PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    mdl->Next = NULL; // expect: MDL032
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    first->Next = mdl;
    return STATUS_SUCCESS;
}

/* A helper uses it, and cannot know. */
static void describe(PMDL mdl)
{
    MmBuildMdlForNonPagedPool(mdl);
}

PMDL describe_bad(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    describe(mdl); // expect: MDL032
    return mdl;
}

/* The helper allocates; its caller may check. */
static PMDL allocate(PVOID pool, ULONG length)
{
    return IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
}

NTSTATUS helper_ok(PVOID pool, ULONG length, PMDL *out)
{
    *out = allocate(pool, length);
    if (*out == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    describe(*out);
    return STATUS_SUCCESS;
}

void helper_bad(PVOID pool, ULONG length, PMDL *out)
{
    *out = allocate(pool, length);
    describe(*out); // expect: MDL032
}

/* Returned as it is: that is for the caller. */
PMDL pass_on_ok(PVOID pool, ULONG length)
{
    return IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
}
