// The first element is taken out of its list by its own links: what the head leads to afterwards is another one.
#include <wdm.h>

struct buffer { LIST_ENTRY link; PMDL mdl; };
struct queue { LIST_ENTRY buffers; ULONG count; };

static void buffer_free(struct buffer *buffer)
{
    MmUnlockPages(buffer->mdl);
    IoFreeMdl(buffer->mdl);
    ExFreePool(buffer);
}

void drop_two_ok(struct queue *queue)
{
    struct buffer *first, *second;

    if (queue->count < 2)
        return;
    first = CONTAINING_RECORD(queue->buffers.Flink, struct buffer, link);
    RemoveEntryList(&first->link);
    buffer_free(first);
    second = CONTAINING_RECORD(queue->buffers.Flink, struct buffer, link);
    RemoveEntryList(&second->link);
    buffer_free(second);
    queue->count -= 2;
}

void drop_last_two_ok(struct queue *queue)
{
    struct buffer *last, *before;

    if (queue->count < 2)
        return;
    last = CONTAINING_RECORD(queue->buffers.Blink, struct buffer, link);
    RemoveEntryList(&last->link);
    buffer_free(last);
    before = CONTAINING_RECORD(queue->buffers.Blink, struct buffer, link);
    RemoveEntryList(&before->link);
    buffer_free(before);
    queue->count -= 2;
}

void drop_twice_bad(struct queue *queue)
{
    struct buffer *first, *again;

    if (queue->count == 0)
        return;
    first = CONTAINING_RECORD(queue->buffers.Flink, struct buffer, link);
    MmUnlockPages(first->mdl);
    IoFreeMdl(first->mdl);
    again = CONTAINING_RECORD(queue->buffers.Flink->Flink->Blink, struct buffer, link);
    IoFreeMdl(again->mdl); // expect: MDL006
    queue->count--;
}
