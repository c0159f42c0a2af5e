// The MDL lives with the session; each call maps it for a moment. A pointer into the view survives one of the calls.
#include <wdm.h>

typedef struct _SESSION_HEADER {
    ULONG Magic;
    ULONG Head;
    ULONG Tail;
} SESSION_HEADER, *PSESSION_HEADER;

typedef struct _SESSION {
    PMDL Pages; /* from MmAllocatePagesForMdlEx; not mapped between calls */
    SIZE_T Bytes;
    ULONG LastTail;
} SESSION, *PSESSION;

static PSESSION_HEADER SessionEnter(PSESSION Session)
{
    return MmMapLockedPagesSpecifyCache(Session->Pages, KernelMode, MmCached, NULL, FALSE, HighPagePriority);
}

static VOID SessionLeave(PSESSION Session, PSESSION_HEADER Header)
{
    MmUnmapLockedPages(Header, Session->Pages);
}

NTSTATUS SessionReset_ok(PSESSION Session)
{
    PSESSION_HEADER header = SessionEnter(Session);

    if (header == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    header->Magic = 'ssS ';
    header->Head = header->Tail = sizeof(*header);
    SessionLeave(Session, header);
    header = SessionEnter(Session);
    if (header == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    Session->LastTail = header->Tail;
    SessionLeave(Session, header);
    return STATUS_SUCCESS;
}

NTSTATUS SessionAdvance_ok(PSESSION Session, ULONG Bytes)
{
    NTSTATUS status = STATUS_BUFFER_OVERFLOW;
    PSESSION_HEADER header = SessionEnter(Session);

    if (header == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (header->Tail + Bytes <= Session->Bytes) {
        header->Tail += Bytes;
        Session->LastTail = header->Tail;
        status = STATUS_SUCCESS;
    }
    SessionLeave(Session, header);
    return status;
}

NTSTATUS SessionAdvance_bad(PSESSION Session, ULONG Bytes)
{
    PSESSION_HEADER header = SessionEnter(Session);

    if (header == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (header->Tail + Bytes > Session->Bytes) {
        SessionLeave(Session, header);
        return STATUS_BUFFER_OVERFLOW;
    }
    header->Tail += Bytes;
    SessionLeave(Session, header); // step: MDL014
    Session->LastTail = header->Tail; // expect: MDL014
    return STATUS_SUCCESS;
}

NTSTATUS SessionPeek_bad(PSESSION Session, PULONG Tail)
{
    PSESSION_HEADER header = SessionEnter(Session); // miss: MDL022 — the address is lost, but who owns the pages may still end the view by freeing them

    if (header == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (header->Magic != 'ssS ')
        return STATUS_FILE_CORRUPT_ERROR;
    *Tail = header->Tail;
    SessionLeave(Session, header);
    return STATUS_SUCCESS;
}
