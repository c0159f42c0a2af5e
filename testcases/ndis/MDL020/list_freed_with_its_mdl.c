// Freeing a NET_BUFFER_LIST frees neither the chain that hangs from it nor its data: the MDL has to be taken off before.
#include <wdm.h>

typedef PVOID NDIS_HANDLE;
typedef struct _NET_BUFFER {
    struct _NET_BUFFER *Next;
    PMDL CurrentMdl;
    PMDL MdlChain;
} NET_BUFFER, *PNET_BUFFER;
typedef struct _NET_BUFFER_LIST {
    struct _NET_BUFFER_LIST *Next;
    PNET_BUFFER FirstNetBuffer;
    PVOID MiniportReserved[2];
} NET_BUFFER_LIST, *PNET_BUFFER_LIST;

PMDL NdisAllocateMdl(NDIS_HANDLE handle, PVOID address, ULONG length);
void NdisFreeMdl(PMDL mdl);
PNET_BUFFER NdisAllocateNetBuffer(NDIS_HANDLE pool, PMDL chain, ULONG offset, SIZE_T length);
void NdisFreeNetBuffer(PNET_BUFFER buffer);
PNET_BUFFER_LIST NdisAllocateNetBufferAndNetBufferList(NDIS_HANDLE pool, USHORT context, USHORT backfill, PMDL chain,
                                                       ULONG offset, SIZE_T length);
void NdisFreeNetBufferList(PNET_BUFFER_LIST list);
void NdisSendNetBufferLists(NDIS_HANDLE binding, PNET_BUFFER_LIST list, ULONG port, ULONG flags);

struct frame {
    LIST_ENTRY Link;
    PNET_BUFFER_LIST List;
};

/* The MDL is known by the list alone from here on. */
static PNET_BUFFER_LIST wrap(NDIS_HANDLE pool, PVOID data, ULONG length)
{
    PNET_BUFFER_LIST list;
    PMDL mdl = NdisAllocateMdl(pool, data, length);

    if (mdl == NULL)
        return NULL;
    list = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, mdl, 0, length);
    if (list == NULL)
        NdisFreeMdl(mdl);
    return list;
}

struct frame *queue_bad(NDIS_HANDLE pool, PVOID data, ULONG length)
{
    PNET_BUFFER_LIST list = wrap(pool, data, length); // expect: MDL020
    struct frame *frame;

    if (list == NULL)
        return NULL;
    frame = ExAllocatePoolWithTag(NonPagedPool, sizeof(*frame), 'rfDN');
    if (frame == NULL) {
        NdisFreeNetBufferList(list);
        return NULL;
    }
    frame->List = list;
    return frame;
}

struct frame *queue_ok(NDIS_HANDLE pool, PVOID data, ULONG length)
{
    PNET_BUFFER_LIST list = wrap(pool, data, length);
    struct frame *frame;

    if (list == NULL)
        return NULL;
    frame = ExAllocatePoolWithTag(NonPagedPool, sizeof(*frame), 'rfDN');
    if (frame == NULL) {
        NdisFreeMdl(list->FirstNetBuffer->MdlChain);
        NdisFreeNetBufferList(list);
        return NULL;
    }
    frame->List = list;
    return frame;
}

/* The list itself is lost. */
NTSTATUS forget_bad(NDIS_HANDLE pool, PVOID data, ULONG length, BOOLEAN link_up)
{
    PNET_BUFFER_LIST list = wrap(pool, data, length); // expect: MDL020

    if (list == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!link_up)
        return STATUS_DEVICE_NOT_CONNECTED;
    NdisSendNetBufferLists(pool, list, 0, 0);
    return STATUS_SUCCESS;
}

/* What is sent comes back to the completion handler, with its MDL. */
NTSTATUS send_ok(NDIS_HANDLE pool, PVOID data, ULONG length)
{
    PNET_BUFFER_LIST list = wrap(pool, data, length);

    if (list == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    list->MiniportReserved[0] = data;
    NdisSendNetBufferLists(pool, list, 0, 0);
    return STATUS_SUCCESS;
}

VOID sent_ok(PNET_BUFFER_LIST list)
{
    while (list != NULL) {
        PNET_BUFFER_LIST next = list->Next;
        PMDL mdl = list->FirstNetBuffer->CurrentMdl;

        list->Next = NULL;
        NdisFreeNetBufferList(list);
        NdisFreeMdl(mdl);
        list = next;
    }
}

/* A second NET_BUFFER on an MDL of its own; the first one belongs to the list. */
NTSTATUS extend_bad(NDIS_HANDLE pool, PNET_BUFFER_LIST list, PVOID data, ULONG length, BOOLEAN wanted)
{
    PNET_BUFFER buffer;
    PMDL mdl = NdisAllocateMdl(pool, data, length); // expect: MDL020

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer = NdisAllocateNetBuffer(pool, mdl, 0, length);
    if (buffer == NULL) {
        NdisFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!wanted) {
        NdisFreeNetBuffer(buffer);
        return STATUS_CANCELLED;
    }
    list->FirstNetBuffer->Next = buffer;
    return STATUS_SUCCESS;
}

NTSTATUS extend_ok(NDIS_HANDLE pool, PNET_BUFFER_LIST list, PVOID data, ULONG length, BOOLEAN wanted)
{
    PNET_BUFFER buffer;
    PMDL mdl = NdisAllocateMdl(pool, data, length);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer = NdisAllocateNetBuffer(pool, mdl, 0, length);
    if (buffer == NULL) {
        NdisFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!wanted) {
        NdisFreeMdl(buffer->CurrentMdl);
        NdisFreeNetBuffer(buffer);
        return STATUS_CANCELLED;
    }
    list->FirstNetBuffer->Next = buffer;
    return STATUS_SUCCESS;
}
