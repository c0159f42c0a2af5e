// One mapping that nobody looked at, used in three branches: one finding, at the first use. Another mapping is another mistake.
#include <wdm.h>

VOID copy_bad(PMDL locked, PUCHAR data, SIZE_T size, ULONG kind)
{
    PUCHAR view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (kind == 0)
        RtlCopyMemory(view, data, size); // expect: MDL015
    else if (kind == 1)
        RtlCopyMemory(data, view, size);
    else
        RtlZeroMemory(view, size);
}

VOID fill_bad(PMDL first, PMDL second, SIZE_T size, BOOLEAN is_first)
{
    PUCHAR head = MmGetSystemAddressForMdlSafe(first, NormalPagePriority);
    PUCHAR tail = MmGetSystemAddressForMdlSafe(second, NormalPagePriority);

    if (is_first)
        RtlZeroMemory(head, size); // expect: MDL015
    else
        RtlZeroMemory(tail, size); // expect: MDL015
}

VOID copy_ok(PMDL locked, PUCHAR data, SIZE_T size, ULONG kind)
{
    PUCHAR view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (view == NULL)
        return;
    if (kind == 0)
        RtlCopyMemory(view, data, size);
    else
        RtlZeroMemory(view, size);
}
