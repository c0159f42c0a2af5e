// clean: prepare, run and release are three functions; the context holds what one leaves to the next.
#include <wdm.h>

typedef struct _DMA_CONTEXT {
    PMDL Mdl;
    PVOID SystemAddress;
    ULONG Length;
} DMA_CONTEXT;

NTSTATUS context_prepare(DMA_CONTEXT *context, PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    context->SystemAddress = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (context->SystemAddress == NULL) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    context->Mdl = mdl;
    context->Length = length;
    return STATUS_SUCCESS;
}

void context_fill(DMA_CONTEXT *context, UCHAR value)
{
    RtlFillMemory(context->SystemAddress, context->Length, value);
}

void context_release(DMA_CONTEXT *context)
{
    PMDL mdl = context->Mdl;

    if (mdl == NULL)
        return;
    context->Mdl = NULL;
    context->SystemAddress = NULL;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

NTSTATUS context_once(PVOID buffer, ULONG length)
{
    DMA_CONTEXT context = {NULL, NULL, 0};
    NTSTATUS status = context_prepare(&context, buffer, length);

    if (NT_SUCCESS(status))
        context_fill(&context, 0xa5);
    context_release(&context);
    return status;
}
