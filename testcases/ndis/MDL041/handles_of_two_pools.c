// Whose the MDL of a NET_BUFFER is, its pool's handle tells: the handles of two pools, each kept in a variable of its own, are never equal.
#include <wdm.h>

typedef PVOID NDIS_HANDLE;
typedef struct _NET_BUFFER {
    struct _NET_BUFFER *Next;
    PMDL CurrentMdl;
    PMDL MdlChain;
    NDIS_HANDLE NdisPoolHandle;
} NET_BUFFER, *PNET_BUFFER;
typedef struct _NET_BUFFER_POOL_PARAMETERS {
    ULONG DataSize;
} NET_BUFFER_POOL_PARAMETERS;

NDIS_HANDLE NdisAllocateNetBufferPool(NDIS_HANDLE handle, NET_BUFFER_POOL_PARAMETERS *parameters);
void NdisFreeNetBufferPool(NDIS_HANDLE pool);
PNET_BUFFER NdisAllocateNetBufferMdlAndData(NDIS_HANDLE pool);
void NdisFreeNetBuffer(PNET_BUFFER buffer);

static NDIS_HANDLE own_buffers, other_buffers;
static NDIS_HANDLE data_buffers[2];
static NDIS_HANDLE chosen;
static struct {
    NDIS_HANDLE first, second;
} both;

NTSTATUS start(NDIS_HANDLE handle, ULONG size)
{
    NET_BUFFER_POOL_PARAMETERS parameters = {size};

    own_buffers = NdisAllocateNetBufferPool(handle, &parameters);
    if (own_buffers == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    other_buffers = own_buffers;
    for (ULONG i = 0; i < 2; i++) {
        data_buffers[i] = NdisAllocateNetBufferPool(handle, &parameters);
        if (data_buffers[i] == NULL) {
            while (i-- > 0)
                NdisFreeNetBufferPool(data_buffers[i]);
            NdisFreeNetBufferPool(own_buffers);
            own_buffers = other_buffers = NULL;
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    chosen = data_buffers[size > 100];
    both.first = NdisAllocateNetBufferPool(handle, &parameters);
    both.second = NdisAllocateNetBufferPool(handle, &parameters);
    return STATUS_SUCCESS;
}

static void buffer_free(PNET_BUFFER buffer)
{
    if (buffer->NdisPoolHandle == own_buffers)
        IoFreeMdl(buffer->MdlChain);
    NdisFreeNetBuffer(buffer);
}

NTSTATUS round_trip_ok(ULONG which)
{
    PNET_BUFFER buffer = NdisAllocateNetBufferMdlAndData(data_buffers[which]);

    if (buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer_free(buffer);
    return STATUS_SUCCESS;
}

/* Whichever element it was. */
NTSTATUS first_that_has_one_ok(void)
{
    PNET_BUFFER buffer = NULL;

    for (ULONG i = 0; buffer == NULL && i < 2; i++)
        buffer = NdisAllocateNetBufferMdlAndData(data_buffers[i]);
    if (buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer_free(buffer);
    return STATUS_SUCCESS;
}

NTSTATUS members_ok(void)
{
    PNET_BUFFER buffer = NdisAllocateNetBufferMdlAndData(both.first);

    if (buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (buffer->NdisPoolHandle == both.second)
        IoFreeMdl(buffer->MdlChain);
    NdisFreeNetBuffer(buffer);
    return STATUS_SUCCESS;
}

NTSTATUS members_bad(void)
{
    PNET_BUFFER buffer = NdisAllocateNetBufferMdlAndData(both.first);

    if (buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (buffer->NdisPoolHandle != both.second)
        IoFreeMdl(buffer->MdlChain); // expect: MDL041
    NdisFreeNetBuffer(buffer);
    return STATUS_SUCCESS;
}

/* What comes from the pool of the driver's own buffers has an MDL of its own, if it was made so. */
NTSTATUS same_pool_bad(void)
{
    PNET_BUFFER buffer = NdisAllocateNetBufferMdlAndData(own_buffers);

    if (buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer_free(buffer); // expect: MDL041
    return STATUS_SUCCESS;
}

/* An element of the array may be the one that another variable holds, too. */
NTSTATUS second_name_bad(ULONG which)
{
    PNET_BUFFER buffer = NdisAllocateNetBufferMdlAndData(data_buffers[which]);

    if (buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (buffer->NdisPoolHandle == chosen)
        IoFreeMdl(buffer->MdlChain); // expect: MDL041
    NdisFreeNetBuffer(buffer);
    return STATUS_SUCCESS;
}
