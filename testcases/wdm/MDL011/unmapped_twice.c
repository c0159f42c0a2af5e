// The loop's error branch unmaps and so does the end of the function.
#include <wdm.h>

NTSTATUS send_word(ULONG word);

NTSTATUS send_words_bad(PMDL locked, ULONG count)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;
    PULONG words = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (words == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (i = 0; i < count; i++) {
        status = send_word(words[i]);
        if (!NT_SUCCESS(status)) {
            MmUnmapLockedPages(words, locked); // step: MDL011
            break;
        }
    }
    MmUnmapLockedPages(words, locked); // expect: MDL011
    return status;
}

NTSTATUS send_words_ok(PMDL locked, ULONG count)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;
    PULONG words = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (words == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (i = 0; i < count; i++) {
        status = send_word(words[i]);
        if (!NT_SUCCESS(status))
            break;
    }
    MmUnmapLockedPages(words, locked);
    return status;
}
