// The MDLs of frames that come down to a miniport are the sender's, and go back with them.
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
} NET_BUFFER_LIST, *PNET_BUFFER_LIST;
typedef void (*SEND_HANDLER)(NDIS_HANDLE context, PNET_BUFFER_LIST lists, ULONG port, ULONG flags);
typedef struct _NDIS_MINIPORT_DRIVER_CHARACTERISTICS {
    SEND_HANDLER SendNetBufferListsHandler;
    SEND_HANDLER ReturnNetBufferListsHandler;
} NDIS_MINIPORT_DRIVER_CHARACTERISTICS;

void NdisFreeMdl(PMDL mdl);
void NdisMSendNetBufferListsComplete(NDIS_HANDLE handle, PNET_BUFFER_LIST lists, ULONG flags);
void transmit(PMDL mdl);

static void send_bad(NDIS_HANDLE context, PNET_BUFFER_LIST lists, ULONG port, ULONG flags)
{
    PMDL mdl = lists->FirstNetBuffer->CurrentMdl;

    (void)port;
    transmit(mdl);
    NdisFreeMdl(mdl); // expect: MDL041
    NdisMSendNetBufferListsComplete(context, lists, flags);
}

static void send_ok(NDIS_HANDLE context, PNET_BUFFER_LIST lists, ULONG port, ULONG flags)
{
    (void)port;
    transmit(lists->FirstNetBuffer->CurrentMdl);
    NdisMSendNetBufferListsComplete(context, lists, flags);
}

/* What comes back is the miniport's own. */
static void return_ok(NDIS_HANDLE context, PNET_BUFFER_LIST lists, ULONG port, ULONG flags)
{
    (void)context;
    (void)port;
    (void)flags;
    NdisFreeMdl(lists->FirstNetBuffer->MdlChain);
    lists->FirstNetBuffer->MdlChain = NULL;
}

void fill(NDIS_MINIPORT_DRIVER_CHARACTERISTICS *first, NDIS_MINIPORT_DRIVER_CHARACTERISTICS *second)
{
    first->SendNetBufferListsHandler = send_bad;
    second->SendNetBufferListsHandler = send_ok;
    second->ReturnNetBufferListsHandler = return_ok;
}
