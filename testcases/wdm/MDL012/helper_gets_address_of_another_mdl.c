// The helper pairs its two arguments; its caller pairs the wrong ones.
#include <wdm.h>

static void end_view(PVOID address, PMDL mdl)
{
    if (address != NULL)
        MmUnmapLockedPages(address, mdl);
    MmUnlockPages(mdl);
}

static PVOID begin_view(PMDL mdl)
{
    return MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
}

BOOLEAN compare_bad(PMDL first, PMDL second, SIZE_T length)
{
    BOOLEAN equal;
    PVOID a = begin_view(first);
    PVOID b = begin_view(second);

    equal = a != NULL && b != NULL && RtlCompareMemory(a, b, length) == length;
    end_view(a, second); // expect: MDL012
    MmUnlockPages(first);
    return equal;
}

BOOLEAN compare_ok(PMDL first, PMDL second, SIZE_T length)
{
    BOOLEAN equal;
    PVOID a = begin_view(first);
    PVOID b = begin_view(second);

    equal = a != NULL && b != NULL && RtlCompareMemory(a, b, length) == length;
    end_view(a, first);
    end_view(b, second);
    return equal;
}
