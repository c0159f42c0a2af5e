// clean: for nonpaged pool the address is the pool block: it stays good after IoFreeMdl.
#include <wdm.h>

ULONG pool_word_ok(PVOID pool, ULONG length)
{
    PULONG words;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return 0;
    MmBuildMdlForNonPagedPool(mdl);
    words = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    IoFreeMdl(mdl);
    if (words == NULL)
        return 0;
    return words[0];
}
