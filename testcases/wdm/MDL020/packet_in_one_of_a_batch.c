// A helper with many ways through puts a packet into a slot of a batch, under one name or another.
// On ways that have become one, nobody knows which of them holds the packet, but one does.
#include <ntddk.h>

#define SLOTS 16

struct packet { PVOID data; PMDL mdl; };
struct slot { ULONG at, length, kind; PVOID data; struct packet *packet; };
struct batch { ULONG count, most, size, room, align, padded; struct slot slots[SLOTS]; };

static NTSTATUS packet_make(PVOID data, ULONG length, struct packet **out)
{
    struct packet *packet = ExAllocatePoolWithTag(NonPagedPool, sizeof(*packet), 'tkcP');

    if (packet == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    packet->data = data;
    packet->mdl = IoAllocateMdl(data, length, FALSE, FALSE, NULL);
    if (packet->mdl == NULL) {
        ExFreePool(packet);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(packet->mdl);
    *out = packet;
    return STATUS_SUCCESS;
}

static void packet_free(struct packet *packet)
{
    IoFreeMdl(packet->mdl);
    ExFreePool(packet);
}

static NTSTATUS batch_fit(struct batch *batch, ULONG length, ULONG kind)
{
    if (batch->count + 1 > batch->most || batch->size + length > batch->room)
        return STATUS_BUFFER_OVERFLOW;
    if (batch->align)
        batch->size += batch->align;
    if (kind == 3)
        batch->padded++;
    if (length & 1)
        batch->padded++;
    if (batch->padded > 100)
        batch->padded = 0;
    batch->slots[batch->count].at = batch->size;
    batch->slots[batch->count].length = length;
    batch->slots[batch->count].kind = kind;
    batch->size += length;
    return STATUS_SUCCESS;
}

static NTSTATUS batch_add(struct batch *batch, PVOID what, ULONG length, ULONG kind)
{
    NTSTATUS status = batch_fit(batch, length, kind);

    if (!NT_SUCCESS(status))
        return status;
    if (kind == 2)
        batch->slots[batch->count].data = what;
    else
        batch->slots[batch->count].packet = what;
    batch->count++;
    return status;
}

static NTSTATUS batch_count(struct batch *batch, PVOID what, ULONG length, ULONG kind)
{
    NTSTATUS status = batch_fit(batch, length, kind);

    if (!NT_SUCCESS(status))
        return status;
    if (kind == 2)
        batch->slots[batch->count].data = NULL;
    else
        batch->slots[batch->count].packet = NULL;
    batch->count++;
    return what ? status : STATUS_INVALID_PARAMETER;
}

NTSTATUS send_ok(struct batch *batch, PVOID data, ULONG length, ULONG kind)
{
    struct packet *packet;
    NTSTATUS status = packet_make(data, length, &packet);

    if (!NT_SUCCESS(status))
        return status;
    status = batch_add(batch, packet, length, kind);
    if (!NT_SUCCESS(status))
        packet_free(packet);
    return status;
}

NTSTATUS send_bad(struct batch *batch, PVOID data, ULONG length, ULONG kind)
{
    struct packet *packet;
    NTSTATUS status = packet_make(data, length, &packet); // expect: MDL020

    if (!NT_SUCCESS(status))
        return status;
    status = batch_count(batch, packet, length, kind);
    if (!NT_SUCCESS(status))
        packet_free(packet);
    return status;
}
