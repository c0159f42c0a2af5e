// `__analysis_assume` says to analyzers what the driver knows: that this mapping is there already. An ASSERT that is compiled to nothing says nothing.
#include <wdm.h>
#ifndef __analysis_assume
#include <specstrings.h>
#endif

/* The kit's specstrings_strict.h takes it away again, unless it is told not to. */
#if !defined(__SPECSTRINGS_STRICT_LEVEL) || __SPECSTRINGS_STRICT_LEVEL > 0
#undef __analysis_assume
#define __analysis_assume(condition) ((void)0)
#endif

#define CHECKED(condition) ((void)0)

UCHAR first_ok(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    __analysis_assume(address != NULL);
    return address[0];
}

UCHAR asserted_only_bad(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    CHECKED(address != NULL);
    return address[0]; // expect: MDL015
}

/* It holds from there on, and not before. */
UCHAR late_bad(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    UCHAR first = address[0]; // expect: MDL015

    __analysis_assume(address != NULL);
    return first;
}

/* Ways that are assumed away are none. */
NTSTATUS ways_ok(PMDL mdl, int way)
{
    __analysis_assume(way == 0 || way == 1);
    if (way == 0)
        MmUnlockPages(mdl);
    if (way == 2)
        MmUnlockPages(mdl);
    if (way != 0)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
