// Code elsewhere may have changed the request: its flags are asked in the helper that allocates, and once more by its caller, with one answer.
#include <ntddk.h>

typedef struct _REQUEST {
    ULONG flags;
    PVOID buffer;
    PMDL mdl;
} REQUEST;

#define MUST_NOT_WAIT 1

void RequestRefresh(REQUEST *request);

static NTSTATUS prepare(REQUEST *request)
{
    if (request->flags & MUST_NOT_WAIT)
        return STATUS_CANT_WAIT;
    request->mdl = IoAllocateMdl(request->buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    if (request->mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

NTSTATUS asked_twice_ok(void)
{
    REQUEST request;
    NTSTATUS status;

    RequestRefresh(&request);
    status = prepare(&request);
    if (request.flags & MUST_NOT_WAIT)
        return status;
    if (NT_SUCCESS(status))
        IoFreeMdl(request.mdl);
    return status;
}

NTSTATUS asked_the_wrong_way_bad(void)
{
    REQUEST request;
    NTSTATUS status;

    RequestRefresh(&request);
    status = prepare(&request); // expect: MDL020
    if (!(request.flags & MUST_NOT_WAIT))
        return status; // step: MDL020
    if (NT_SUCCESS(status))
        IoFreeMdl(request.mdl);
    return status;
}
