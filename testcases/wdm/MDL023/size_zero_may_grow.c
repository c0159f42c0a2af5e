// The same where a block's offset may be less than zero: there the routine does grow, and close loses what it made.
#include <wdm.h>

#define TAG 'eniM'

typedef struct _BLOCK {
    struct _BLOCK *Next;
    PMDL Mdl;
    LONGLONG Offset;
} BLOCK, *PBLOCK;

typedef struct _STORE {
    PBLOCK First;
} STORE, *PSTORE;

static LONGLONG total(PSTORE store)
{
    if (store->First == NULL)
        return 0;
    return store->First->Offset + MmGetMdlByteCount(store->First->Mdl);
}

static NTSTATUS set_size(PSTORE store, LONGLONG size)
{
    PHYSICAL_ADDRESS low = {0}, high;
    PBLOCK block;

    if (total(store) >= size) {
        while (store->First != NULL && store->First->Offset >= size) {
            block = store->First;
            store->First = block->Next;
            MmFreePagesFromMdl(block->Mdl);
            ExFreePool(block->Mdl);
            ExFreePoolWithTag(block, TAG);
        }
        return STATUS_SUCCESS;
    }
    high.QuadPart = -1;
    while (total(store) < size) {
        block = ExAllocatePoolWithTag(NonPagedPool, sizeof(*block), TAG);
        if (block == NULL)
            return STATUS_NO_MEMORY;
        block->Mdl = MmAllocatePagesForMdlEx(low, high, low, 1 << 20, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
        if (block->Mdl == NULL) {
            ExFreePoolWithTag(block, TAG);
            return STATUS_NO_MEMORY;
        }
        block->Offset = total(store);
        block->Next = store->First;
        store->First = block;
    }
    return STATUS_SUCCESS;
}

NTSTATUS grow_ok(PSTORE store, LONGLONG size)
{
    return set_size(store, size);
}

/* As the blocks are moved down. */
VOID shift(PSTORE store, LONGLONG by)
{
    if (store->First != NULL)
        store->First->Offset -= by;
}

VOID close_bad(PSTORE store)
{
    set_size(store, 0); // expect: MDL023
    ExFreePoolWithTag(store, TAG);
}
