// clean: an MDL is put into a global by an interlocked exchange, and freed when another one was there already.
#include <wdm.h>
PMDL Reserve;
NTSTATUS stash_ok(void)
{
    if (!Reserve) {
        PMDL mdl = IoAllocateMdl(NULL, 65536, TRUE, FALSE, NULL);
        if (!mdl)
            return STATUS_INSUFFICIENT_RESOURCES;
        InterlockedCompareExchangePointer((PVOID volatile *)&Reserve, mdl, NULL);
        if (Reserve != mdl)
            IoFreeMdl(mdl);
    }
    if (!Reserve)
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}
