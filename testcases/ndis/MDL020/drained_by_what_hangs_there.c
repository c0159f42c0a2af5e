// The handle of the pool is asked for each buffer while a list is drained: of the ways that free nothing none is open to a caller who knows the handle.
#include <wdm.h>

typedef PVOID NDIS_HANDLE;
typedef struct _NET_BUFFER NET_BUFFER, *PNET_BUFFER;
struct _NET_BUFFER { PNET_BUFFER Next; PMDL CurrentMdl; PMDL MdlChain; NDIS_HANDLE NdisPoolHandle; };
typedef struct _NET_BUFFER_LIST { struct _NET_BUFFER_LIST *Next; PNET_BUFFER FirstNetBuffer; NDIS_HANDLE NdisPoolHandle; } NET_BUFFER_LIST, *PNET_BUFFER_LIST;
PNET_BUFFER_LIST NdisAllocateNetBufferList(NDIS_HANDLE pool, USHORT size, USHORT fill);
PNET_BUFFER NdisAllocateNetBuffer(NDIS_HANDLE pool, PMDL mdl, ULONG offset, SIZE_T length);
PNET_BUFFER NdisAllocateNetBufferMdlAndData(NDIS_HANDLE pool);
VOID NdisFreeNetBuffer(PNET_BUFFER buffer);
VOID NdisFreeNetBufferList(PNET_BUFFER_LIST list);

static NDIS_HANDLE own_buffers, own_lists;

static PNET_BUFFER_LIST list_create(PVOID data, ULONG bytes)
{
    PMDL mdl = IoAllocateMdl(data, bytes, FALSE, FALSE, NULL);
    PNET_BUFFER buffer;
    PNET_BUFFER_LIST list;

    if (mdl == NULL)
        return NULL;
    MmBuildMdlForNonPagedPool(mdl);
    buffer = NdisAllocateNetBuffer(own_buffers, mdl, 0, bytes);
    if (buffer == NULL) {
        IoFreeMdl(mdl);
        return NULL;
    }
    list = NdisAllocateNetBufferList(own_lists, 0, 0);
    if (list == NULL) {
        NdisFreeNetBuffer(buffer);
        IoFreeMdl(mdl);
        return NULL;
    }
    list->FirstNetBuffer = buffer;
    return list;
}

static void list_free(PNET_BUFFER_LIST list)
{
    if (list->NdisPoolHandle == own_lists) {
        while (list->FirstNetBuffer) {
            PNET_BUFFER buffer = list->FirstNetBuffer;

            list->FirstNetBuffer = list->FirstNetBuffer->Next;
            if (buffer->NdisPoolHandle == own_buffers)
                IoFreeMdl(buffer->MdlChain);
            NdisFreeNetBuffer(buffer);
        }
    }
    NdisFreeNetBufferList(list);
}

BOOLEAN round_trip_ok(PVOID data, ULONG bytes)
{
    PNET_BUFFER_LIST list = list_create(data, bytes);

    if (list == NULL)
        return FALSE;
    list_free(list);
    return TRUE;
}

BOOLEAN half_of_it_bad(PVOID data, ULONG bytes)
{
    PNET_BUFFER_LIST list = list_create(data, bytes); // expect: MDL020

    if (list == NULL)
        return FALSE;
    if (list->NdisPoolHandle == own_lists)
        NdisFreeNetBuffer(list->FirstNetBuffer);
    NdisFreeNetBufferList(list);
    return TRUE;
}
