// clean: an MDL inside a context is initialised and built again for each packet. In the kit MmInitializeMdl is an inline function.
#include <wdm.h>

#undef MmInitializeMdl

FORCEINLINE VOID MmInitializeMdl(PMDL Mdl, PVOID Base, SIZE_T Length)
{
    Mdl->Next = NULL;
    Mdl->Size = (CSHORT)MmSizeOfMdl(Base, Length);
    Mdl->MdlFlags = 0;
    Mdl->StartVa = PAGE_ALIGN(Base);
    Mdl->ByteOffset = BYTE_OFFSET(Base);
    Mdl->ByteCount = (ULONG)Length;
}

typedef struct _PACKET {
    struct _PACKET *Next;
    BOOLEAN Described;
    MDL Mdl;
    PFN_NUMBER Frames[2];
    UCHAR Headers[128];
} PACKET;

static void describe(PACKET *packet, ULONG length)
{
    if (!packet->Described) {
        MmInitializeMdl(&packet->Mdl, packet->Headers, sizeof(packet->Headers));
        MmBuildMdlForNonPagedPool(&packet->Mdl);
        packet->Described = TRUE;
    }
    packet->Mdl.ByteCount = length;
}

void describe_twice_ok(PACKET *packet)
{
    describe(packet, 64);
    packet->Described = FALSE;
    describe(packet, 128);
}

void describe_all_ok(PACKET *packets)
{
    for (; packets != NULL; packets = packets->Next) {
        packets->Described = FALSE;
        describe(packets, 64);
        packets->Described = FALSE;
        describe(packets, 32);
    }
}

NTSTATUS in_pool_ok(PVOID buffer, SIZE_T length, BOOLEAN twice)
{
    PMDL mdl = ExAllocatePoolWithTag(NonPagedPool, MmSizeOfMdl(buffer, length), 'ldM ');

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmInitializeMdl(mdl, buffer, length);
    MmBuildMdlForNonPagedPool(mdl);
    if (twice) {
        MmInitializeMdl(mdl, buffer, length);
        MmBuildMdlForNonPagedPool(mdl);
    }
    ExFreePoolWithTag(mdl, 'ldM ');
    return STATUS_SUCCESS;
}
