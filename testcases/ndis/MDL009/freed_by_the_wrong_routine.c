// What NdisAllocateMdl has made goes to NdisFreeMdl, and nothing else does.
#include <wdm.h>

typedef PVOID NDIS_HANDLE;
typedef int NDIS_STATUS;
typedef struct _NET_BUFFER {
    struct _NET_BUFFER *Next;
    PMDL CurrentMdl;
    PMDL MdlChain;
} NET_BUFFER, *PNET_BUFFER;

PMDL NdisAllocateMdl(NDIS_HANDLE handle, PVOID address, unsigned int length);
void NdisFreeMdl(PMDL mdl);
void NdisAdjustMdlLength(PMDL mdl, unsigned int length);
void NdisQueryMdl(PMDL mdl, PVOID *address, unsigned int *length, ULONG priority);
PNET_BUFFER NdisAllocateNetBuffer(NDIS_HANDLE pool, PMDL chain, ULONG offset, SIZE_T length);
PNET_BUFFER NdisAllocateNetBufferMdlAndData(NDIS_HANDLE pool);
void NdisFreeNetBuffer(PNET_BUFFER buffer);
NDIS_STATUS NdisRetreatNetBufferDataStart(PNET_BUFFER buffer, ULONG delta, ULONG back, PVOID allocate);
void NdisAdvanceNetBufferDataStart(PNET_BUFFER buffer, ULONG delta, BOOLEAN free_mdl, PVOID handler);

void io_free_bad(NDIS_HANDLE handle, PVOID pool, unsigned int bytes)
{
    PMDL mdl = NdisAllocateMdl(handle, pool, bytes);

    if (mdl)
        IoFreeMdl(mdl); // expect: MDL009
}

void ndis_free_ok(NDIS_HANDLE handle, PVOID pool, unsigned int bytes)
{
    PMDL mdl = NdisAllocateMdl(handle, pool, bytes);

    if (mdl) {
        NdisAdjustMdlLength(mdl, bytes / 2);
        NdisAdjustMdlLength(mdl, bytes);
        NdisFreeMdl(mdl);
    }
}

void ndis_free_bad(PVOID pool, ULONG bytes)
{
    PMDL mdl = IoAllocateMdl(pool, bytes, FALSE, FALSE, NULL);

    if (mdl)
        NdisFreeMdl(mdl); // expect: MDL009
}

/* It is built already, and free of charge: never locked, never unlocked. */
void unlock_bad(NDIS_HANDLE handle, PVOID pool, unsigned int bytes)
{
    PMDL mdl = NdisAllocateMdl(handle, pool, bytes);

    unsigned int length;
    PVOID address;

    if (!mdl)
        return;
    NdisQueryMdl(mdl, &address, &length, NormalPagePriority);
    MmUnlockPages(mdl); // expect: MDL007
    NdisFreeMdl(mdl);
}

/* The structure goes, the chain stays. */
void net_buffer_bad(NDIS_HANDLE pools, NDIS_HANDLE handle, PVOID pool, unsigned int bytes)
{
    PMDL mdl = NdisAllocateMdl(handle, pool, bytes); // expect: MDL020
    PNET_BUFFER buffer;

    if (!mdl)
        return;
    buffer = NdisAllocateNetBuffer(pools, mdl, 0, bytes);
    if (!buffer)
        return;
    NdisFreeNetBuffer(buffer);
    NdisFreeMdl(mdl);
}

void net_buffer_ok(NDIS_HANDLE pools, NDIS_HANDLE handle, PVOID pool, unsigned int bytes)
{
    PMDL mdl = NdisAllocateMdl(handle, pool, bytes);
    PNET_BUFFER buffer;
    unsigned int length;
    PVOID address;

    if (!mdl)
        return;
    NdisQueryMdl(mdl, &address, &length, NormalPagePriority);
    buffer = NdisAllocateNetBuffer(pools, mdl, 0, bytes);
    if (buffer) {
        NdisFreeMdl(buffer->MdlChain);
        NdisFreeNetBuffer(buffer);
    } else {
        NdisFreeMdl(mdl);
    }
}

/* MDL and data came with the buffer. */
void preallocated_bad(NDIS_HANDLE pools)
{
    PNET_BUFFER buffer = NdisAllocateNetBufferMdlAndData(pools);

    if (!buffer)
        return;
    NdisFreeMdl(buffer->MdlChain); // expect: MDL041
    NdisFreeNetBuffer(buffer);
}

void preallocated_ok(NDIS_HANDLE pools)
{
    PNET_BUFFER buffer = NdisAllocateNetBufferMdlAndData(pools);

    if (!buffer)
        return;
    if (NdisRetreatNetBufferDataStart(buffer, 14, 0, NULL) >= 0)
        NdisAdvanceNetBufferDataStart(buffer, 14, TRUE, NULL);
    NdisFreeNetBuffer(buffer);
}
