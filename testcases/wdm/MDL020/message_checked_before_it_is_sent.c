// A helper that looks at a zeroed record's chain in many ways writes nothing to the record: its MDL is still there to be freed.
#include <wdm.h>

typedef struct _MESSAGE {
    PMDL Mdl;
    ULONG Offset;
    SIZE_T Length;
} MESSAGE, *PMESSAGE;

NTSTATUS HashBytes(const UCHAR *bytes, ULONG count);
NTSTATUS FinishHash(UCHAR digest[16]);

static NTSTATUS make_message(PMESSAGE message, PVOID *memory)
{
    PVOID buffer = ExAllocatePoolWithTag(NonPagedPool, 256, 'gsMt');
    PMDL mdl;

    if (buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = IoAllocateMdl(buffer, 256, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        ExFreePoolWithTag(buffer, 'gsMt');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(mdl);
    message->Mdl = mdl;
    message->Length = 256;
    *memory = buffer;
    return STATUS_SUCCESS;
}

static NTSTATUS check_message(const MESSAGE *message)
{
    SIZE_T left = message->Length - 16;
    ULONG offset = message->Offset;
    NTSTATUS status = STATUS_SUCCESS;
    UCHAR digest[16];
    PMDL mdl;

    for (mdl = message->Mdl; mdl != NULL; mdl = mdl->Next) {
        ULONG size, count;
        PUCHAR bytes = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

        if (bytes == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        size = MmGetMdlByteCount(mdl) - offset;
        count = size > left ? (ULONG)left : size;
        status = HashBytes(bytes + offset, count);
        if (!NT_SUCCESS(status))
            break;
        offset = 0;
        left -= count;
        if (left == 0) {
            ULONG rest = 16 - (size - count);

            while (rest > 0 && mdl->Next != NULL) {
                mdl = mdl->Next;
                bytes = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
                if (bytes == NULL) {
                    status = STATUS_INSUFFICIENT_RESOURCES;
                    break;
                }
                size = MmGetMdlByteCount(mdl);
                rest -= size > rest ? rest : size;
            }
            break;
        }
    }
    return NT_SUCCESS(status) ? FinishHash(digest) : status;
}

static void free_message(PMESSAGE message, PVOID memory)
{
    PMDL mdl = message->Mdl;

    while (mdl != NULL) {
        mdl = mdl->Next;
        IoFreeMdl(message->Mdl);
        message->Mdl = mdl;
    }
    ExFreePoolWithTag(memory, 'gsMt');
}

NTSTATUS talk_ok(void)
{
    MESSAGE message;
    PVOID memory = NULL;
    NTSTATUS status;

    RtlZeroMemory(&message, sizeof(message));
    status = make_message(&message, &memory);
    if (NT_SUCCESS(status))
        status = check_message(&message);
    if (memory != NULL)
        free_message(&message, memory);
    return status;
}

NTSTATUS talk_bad(void)
{
    MESSAGE message;
    PVOID memory = NULL;
    NTSTATUS status;

    RtlZeroMemory(&message, sizeof(message));
    status = make_message(&message, &memory); // expect: MDL020
    if (NT_SUCCESS(status))
        status = check_message(&message);
    if (memory != NULL)
        ExFreePoolWithTag(memory, 'gsMt');
    return status;
}
