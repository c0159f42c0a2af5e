// A long function that has to do with MDLs by chance only: it gives back pool. Its ways are told apart by what they give back, and by nothing else.
#include <ntddk.h>

typedef struct _CONTEXT_WITH_MDL {
    PMDL mdl;
    ULONG seen[64];
} CONTEXT_WITH_MDL;

static CONTEXT_WITH_MDL *current;

#define WEIGH(i)                                                                                                       \
    if (context->seen[i] > sum)                                                                                        \
        sum += context->seen[i];
#define WEIGH_4(i) WEIGH(i) WEIGH(i + 1) WEIGH(i + 2) WEIGH(i + 3)
#define WEIGH_16(i) WEIGH_4(i) WEIGH_4(i + 4) WEIGH_4(i + 8) WEIGH_4(i + 12)
#define WEIGH_64 WEIGH_16(0) WEIGH_16(16) WEIGH_16(32) WEIGH_16(48)

static ULONG weigh(CONTEXT_WITH_MDL *context, BOOLEAN is_last)
{
    ULONG sum = 0;

    WEIGH_64
    if (is_last)
        ExFreePool(context);
    else
        sum += 1;
    if (sum > 1000)
        sum = 1000;
    if (sum % 7 == 0)
        sum = 7;
    return sum;
}

static CONTEXT_WITH_MDL *make(PVOID buffer)
{
    CONTEXT_WITH_MDL *context = ExAllocatePoolWithTag(NonPagedPool, sizeof(*context), 'xtnC');

    if (context == NULL)
        return NULL;
    context->mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    if (context->mdl != NULL)
        return context;
    ExFreePool(context);
    return NULL;
}

ULONG weighed_and_gone_bad(PVOID buffer)
{
    current = make(buffer); // expect: MDL020
    if (current == NULL)
        return 0;
    return weigh(current, TRUE);
}

ULONG weighed_ok(PVOID buffer)
{
    current = make(buffer);
    if (current == NULL)
        return 0;
    return weigh(current, FALSE);
}

VOID release_current(VOID)
{
    if (current == NULL)
        return;
    IoFreeMdl(current->mdl);
    ExFreePool(current);
    current = NULL;
}
