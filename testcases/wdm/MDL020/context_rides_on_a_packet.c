// A helper puts its caller's context into a packet from a pool, and hands the packet to code that is not seen.
// What the packet is afterwards nobody knows, but whoever has it has the context.
#include <ntddk.h>

struct packet { SLIST_ENTRY link; PIRP irp; struct offload *owner; PVOID buffer; PMDL part; BOOLEAN has_part; };
struct pool { SLIST_HEADER packets; };
struct offload { struct pool *pool; struct packet *packet; PMDL mdl; UCHAR data[64]; };

VOID hardware_start(struct packet *packet);

static void offload_free(struct offload *offload)
{
    if (offload->mdl)
        IoFreeMdl(offload->mdl);
    ExFreePool(offload);
}

static struct offload *offload_make(struct pool *pool)
{
    struct offload *offload = ExAllocatePoolWithTag(NonPagedPool, sizeof(*offload), 'lffO');

    if (offload == NULL)
        return NULL;
    RtlZeroMemory(offload, sizeof(*offload));
    offload->pool = pool;
    offload->mdl = IoAllocateMdl(offload->data, sizeof(offload->data), FALSE, FALSE, NULL);
    if (offload->mdl == NULL) {
        offload_free(offload);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(offload->mdl);
    return offload;
}

static struct packet *packet_take(struct offload *offload)
{
    PSLIST_ENTRY entry = InterlockedPopEntrySList(&offload->pool->packets);

    offload->packet = entry ? CONTAINING_RECORD(entry, struct packet, link) : NULL;
    return offload->packet;
}

static void packet_send(struct packet *packet)
{
    if (packet->has_part)
        IoBuildPartialMdl(packet->irp->MdlAddress, packet->part, packet->buffer, 64);
    hardware_start(packet);
}

static void go_on(struct offload *offload)
{
    struct packet *packet = packet_take(offload);

    if (packet == NULL) {
        offload_free(offload);
        return;
    }
    packet->buffer = offload->data;
    packet->owner = offload;
    packet_send(packet);
}

static void go_on_alone(struct offload *offload)
{
    struct packet *packet = packet_take(offload);

    if (packet == NULL) {
        offload_free(offload);
        return;
    }
    packet->buffer = NULL;
    packet->owner = NULL;
    packet_send(packet);
}

NTSTATUS start_ok(struct pool *pool, PIRP irp)
{
    struct offload *offload = offload_make(pool);

    if (offload == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoMarkIrpPending(irp);
    go_on(offload);
    return STATUS_PENDING;
}

NTSTATUS start_bad(struct pool *pool, PIRP irp)
{
    struct offload *offload = offload_make(pool); // expect: MDL020

    if (offload == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoMarkIrpPending(irp);
    go_on_alone(offload);
    return STATUS_PENDING;
}
