// Every element of an array is released by one loop, and the first ones again by another.
#include <wdm.h>

#define MAX_PARTS 16

static ULONG fill(PMDL *mdls, PVOID *buffers, ULONG length, ULONG count)
{
    ULONG got;

    for (got = 0; got < count; got++) {
        mdls[got] = IoAllocateMdl(buffers[got], length, FALSE, FALSE, NULL);
        if (mdls[got] == NULL)
            break;
    }
    return got;
}

void twice_bad(PVOID *buffers, ULONG length, ULONG count)
{
    PMDL mdls[MAX_PARTS];
    ULONG i, got;

    for (got = 0; got < count && got < MAX_PARTS; got++) {
        mdls[got] = IoAllocateMdl(buffers[got], length, FALSE, FALSE, NULL);
        if (mdls[got] == NULL)
            break;
    }
    for (i = 0; i < got; i++)
        IoFreeMdl(mdls[i]);
    while (got-- > 0)
        IoFreeMdl(mdls[got]); // expect: MDL006
}

void once_ok(PVOID *buffers, ULONG length, ULONG count)
{
    PMDL mdls[MAX_PARTS];
    ULONG got = fill(mdls, buffers, length, count < MAX_PARTS ? count : MAX_PARTS);

    while (got-- > 0)
        IoFreeMdl(mdls[got]);
}
