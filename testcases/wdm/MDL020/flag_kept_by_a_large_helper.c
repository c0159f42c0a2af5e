// A helper too large to be followed names only members of its own concern: the flag that tells whether there is an MDL is what it was before.
#include <ntddk.h>

typedef struct _REQUEST {
    ULONG flags;
    ULONG seen[64];
    PVOID buffer;
    struct {
        ULONG state, rounds;
    } progress;
} REQUEST;

#define HAS_MDL 1

#define COUNT(i) request->seen[i] += request->seen[(i) + 1] * 3 + i;
#define COUNT_4(i) COUNT(i) COUNT(i + 1) COUNT(i + 2) COUNT(i + 3)
#define COUNT_16(i) COUNT_4(i) COUNT_4(i + 4) COUNT_4(i + 8) COUNT_4(i + 12)
#define COUNT_60 COUNT_16(0) COUNT_16(16) COUNT_16(32) COUNT_4(48) COUNT_4(52) COUNT_4(56)

static void count(REQUEST *request)
{
    COUNT_60
    request->progress.rounds++;
}

static void set_bits(PULONG bits, ULONG value)
{
    *bits |= value;
}

static void count_and_set(REQUEST *request)
{
    COUNT_60
    set_bits(&request->flags, HAS_MDL);
}

static void wipe(PVOID memory, SIZE_T bytes)
{
    RtlZeroMemory(memory, bytes);
}

static void count_and_wipe(REQUEST *request)
{
    COUNT_60
    wipe(request, sizeof(*request));
}

static void count_and_replace(REQUEST *request)
{
    REQUEST empty = {0};

    COUNT_60
    empty.flags = request->seen[0];
    *request = empty;
}

NTSTATUS counted_ok(REQUEST *request)
{
    PMDL mdl = NULL;

    if (request->flags & HAS_MDL) {
        mdl = IoAllocateMdl(request->buffer, PAGE_SIZE, FALSE, FALSE, NULL);
        if (!mdl)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    count(request);
    if (request->flags & HAS_MDL)
        IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS counted_bad(REQUEST *request)
{
    PMDL mdl = NULL;

    if (request->flags & HAS_MDL) {
        mdl = IoAllocateMdl(request->buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020
        if (!mdl)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    count(request);
    if (!(request->flags & HAS_MDL))
        IoFreeMdl(mdl);
    return STATUS_SUCCESS; // step: MDL020
}

/* What the helper says now decides: nothing is known of the flag. */
NTSTATUS set_by_helper_ok(REQUEST *request, PMDL mdl)
{
    request->flags = 0;
    count_and_set(request);
    if (!(request->flags & HAS_MDL))
        return STATUS_UNSUCCESSFUL;
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS set_by_helper_bad(REQUEST *request)
{
    PMDL mdl = IoAllocateMdl(request->buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020

    request->flags = 0;
    count_and_set(request);
    if (request->flags & HAS_MDL)
        return STATUS_UNSUCCESSFUL; // step: MDL020
    if (mdl)
        IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS wiped_by_helper_bad(REQUEST *request)
{
    PMDL mdl = IoAllocateMdl(request->buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020

    request->flags = HAS_MDL;
    count_and_wipe(request);
    if (!(request->flags & HAS_MDL))
        return STATUS_UNSUCCESSFUL; // step: MDL020
    if (mdl)
        IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS replaced_by_helper_bad(REQUEST *request)
{
    PMDL mdl = IoAllocateMdl(request->buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020

    request->flags = HAS_MDL;
    count_and_replace(request);
    if (!(request->flags & HAS_MDL))
        return STATUS_UNSUCCESSFUL; // step: MDL020
    if (mdl)
        IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
