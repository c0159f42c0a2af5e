// The mapping is made in a helper; whether anybody catches depends on who calls it.
#include <wdm.h>

static PVOID expose(PMDL mdl, MEMORY_CACHING_TYPE cache)
{
    return MmMapLockedPagesSpecifyCache(mdl, UserMode, cache, NULL, FALSE, NormalPagePriority);
}

NTSTATUS map_ring_ok(PMDL mdl, PVOID *address)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        *address = expose(mdl, MmNonCached);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

static PVOID expose_quietly(PMDL mdl)
{
    return MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, TRUE, NormalPagePriority); // expect: MDL031
}

NTSTATUS map_log(PMDL mdl, PVOID *address)
{
    *address = expose_quietly(mdl);
    return STATUS_SUCCESS;
}
