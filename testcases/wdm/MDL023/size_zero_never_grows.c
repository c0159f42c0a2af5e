// Close sets the size to zero with the routine that also grows: no size is less than zero, so nothing is allocated on the way out.
// clean
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

VOID close_ok(PSTORE store)
{
    set_size(store, 0);
    ExFreePoolWithTag(store, TAG);
}
