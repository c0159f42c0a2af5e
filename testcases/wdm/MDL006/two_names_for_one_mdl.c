// Two variables hold the same MDL and each is freed.
#include <wdm.h>

void release_pair_bad(PVOID pool, ULONG length, BOOLEAN separate)
{
    PMDL input = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    PMDL output = input;

    if (input == NULL)
        return;
    if (separate) {
        output = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    }
    if (output != NULL)
        IoFreeMdl(output);
    IoFreeMdl(input); // expect: MDL006
}

void release_pair_ok(PVOID pool, ULONG length, BOOLEAN separate)
{
    PMDL input = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    PMDL output = input;

    if (input == NULL)
        return;
    if (separate)
        output = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (output != NULL && output != input)
        IoFreeMdl(output);
    IoFreeMdl(input);
}
