// Two releases exclude each other and a flag argument chooses; a caller asks for the one that does not fit the maker.
#include <wdm.h>

#define BUF_PAGES 0x01u
#define BUF_POOL  0x02u

typedef struct _PKT_BUFFER {
    PMDL Mdl;
    PVOID Pool;
    ULONG Kind;
} PKT_BUFFER, *PPKT_BUFFER;

#define PKT_TAG 'tkpB'

static BOOLEAN PktAllocate(PPKT_BUFFER Buffer, ULONG Kind, SIZE_T Bytes)
{
    PHYSICAL_ADDRESS low, high, skip;

    low.QuadPart = skip.QuadPart = 0;
    high.QuadPart = ~0ll;
    Buffer->Kind = Kind;
    Buffer->Pool = NULL;
    if (Kind & BUF_PAGES) {
        Buffer->Mdl = MmAllocatePagesForMdlEx(low, high, skip, Bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
        return Buffer->Mdl != NULL;
    }
    Buffer->Pool = ExAllocatePoolWithTag(NonPagedPool, Bytes, PKT_TAG);
    if (Buffer->Pool == NULL)
        return FALSE;
    Buffer->Mdl = IoAllocateMdl(Buffer->Pool, (ULONG)Bytes, FALSE, FALSE, NULL);
    if (Buffer->Mdl == NULL) {
        ExFreePoolWithTag(Buffer->Pool, PKT_TAG);
        return FALSE;
    }
    MmBuildMdlForNonPagedPool(Buffer->Mdl);
    return TRUE;
}

static VOID PktRelease(PPKT_BUFFER Buffer, BOOLEAN FreePages)
{
    if (FreePages) {
        MmFreePagesFromMdl(Buffer->Mdl);
        ExFreePool(Buffer->Mdl);
    } else {
        IoFreeMdl(Buffer->Mdl);
    }
    if (Buffer->Pool != NULL)
        ExFreePoolWithTag(Buffer->Pool, PKT_TAG);
    Buffer->Mdl = NULL;
    Buffer->Pool = NULL;
}

NTSTATUS PktUse(PPKT_BUFFER Buffer);

NTSTATUS PktSend_ok(SIZE_T Bytes, BOOLEAN Large)
{
    PKT_BUFFER buffer;
    NTSTATUS status;

    if (!PktAllocate(&buffer, Large ? BUF_PAGES : BUF_POOL, Bytes))
        return STATUS_NO_MEMORY;
    status = PktUse(&buffer);
    PktRelease(&buffer, Large);
    return status;
}

NTSTATUS PktSendKind_ok(SIZE_T Bytes, ULONG Kind)
{
    PKT_BUFFER buffer;
    NTSTATUS status;

    if (!PktAllocate(&buffer, Kind, Bytes))
        return STATUS_NO_MEMORY;
    status = STATUS_SUCCESS;
    PktRelease(&buffer, (buffer.Kind & BUF_PAGES) ? TRUE : FALSE);
    return status;
}

NTSTATUS PktSend_bad(SIZE_T Bytes)
{
    PKT_BUFFER buffer;

    if (!PktAllocate(&buffer, BUF_PAGES, Bytes))
        return STATUS_NO_MEMORY;
    PktRelease(&buffer, FALSE); // expect: MDL009
    return STATUS_SUCCESS;
}
