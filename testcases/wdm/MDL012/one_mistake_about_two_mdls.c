// The address of one MDL's mapping goes to the unmap with another MDL, which is one mistake about both.
// That the first MDL is then freed while it is mapped is no second one.
#include <wdm.h>

static void unmap(PVOID address, PMDL mdl)
{
    MmUnmapLockedPages(address, mdl);
}

static PVOID map_for_user(PMDL mdl)
{
    PVOID address;

    __try {
        address = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        address = NULL;
    }
    return address;
}

void share_bad(PVOID buffer, PVOID other, ULONG length)
{
    PMDL mine, yours = NULL;
    PVOID address = NULL;

    mine = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (mine == NULL)
        return;
    MmBuildMdlForNonPagedPool(mine);
    yours = IoAllocateMdl(other, length, FALSE, FALSE, NULL);
    if (yours != NULL) {
        MmBuildMdlForNonPagedPool(yours);
        address = map_for_user(yours);
        if (address != NULL)
            unmap(address, mine); // expect: MDL012
        IoFreeMdl(yours);
    }
    IoFreeMdl(mine);
}

void share_ok(PVOID buffer, PVOID other, ULONG length)
{
    PMDL mine, yours = NULL;
    PVOID address = NULL;

    mine = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (mine == NULL)
        return;
    MmBuildMdlForNonPagedPool(mine);
    yours = IoAllocateMdl(other, length, FALSE, FALSE, NULL);
    if (yours != NULL) {
        MmBuildMdlForNonPagedPool(yours);
        address = map_for_user(yours);
        if (address != NULL)
            unmap(address, yours);
        IoFreeMdl(yours);
    }
    IoFreeMdl(mine);
}

// The other MDL lies over pool, where nothing was mapped, but the mistake is still whose address it is.
void over_pool_bad(PVOID other, ULONG length)
{
    PHYSICAL_ADDRESS low, high;
    PMDL mine, yours;
    PVOID address;

    low.QuadPart = 0;
    high.QuadPart = -1;
    yours = MmAllocatePagesForMdlEx(low, high, low, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (yours == NULL)
        return;
    mine = IoAllocateMdl(other, length, FALSE, FALSE, NULL);
    if (mine != NULL) {
        MmBuildMdlForNonPagedPool(mine);
        address = MmMapLockedPagesSpecifyCache(yours, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        if (address != NULL)
            MmUnmapLockedPages(address, mine); // expect: MDL012
        IoFreeMdl(mine);
    }
    MmFreePagesFromMdl(yours);
    ExFreePool(yours);
}

typedef struct _PAIR {
    PMDL First;
    PMDL Second;
    PVOID Address;
} PAIR;

// Both MDLs cannot be the one that the address belongs to, whatever the caller has.
void close_pair_bad(PAIR *pair)
{
    MmUnmapLockedPages(pair->Address, pair->First);
    MmUnmapLockedPages(pair->Address, pair->Second); // expect: MDL012
    IoFreeMdl(pair->Second);
    IoFreeMdl(pair->First);
}
