// An operation that the minifilter made takes its MDL along when it is freed; one that is used again has lost sight of its own.
#include <wdm.h>

typedef union _FLT_PARAMETERS {
    struct { ULONG Length; PVOID ReadBuffer; PMDL MdlAddress; } Read;
} FLT_PARAMETERS;
typedef struct _FLT_IO_PARAMETER_BLOCK { ULONG Flags; FLT_PARAMETERS Parameters; } FLT_IO_PARAMETER_BLOCK, *PFLT_IO_PARAMETER_BLOCK;
typedef struct _FLT_CALLBACK_DATA { ULONG Flags; PFLT_IO_PARAMETER_BLOCK Iopb; } FLT_CALLBACK_DATA, *PFLT_CALLBACK_DATA;

VOID FltFreeCallbackData(PFLT_CALLBACK_DATA data);
VOID FltReuseCallbackData(PFLT_CALLBACK_DATA data);
NTSTATUS perform(PFLT_CALLBACK_DATA data);

NTSTATUS read_ok(PFLT_CALLBACK_DATA data, PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    data->Iopb->Parameters.Read.MdlAddress = mdl;
    status = perform(data);
    FltFreeCallbackData(data);
    return status;
}

/* The MDL never came into the operation. */
NTSTATUS read_bad(PFLT_CALLBACK_DATA data, PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL); // expect: MDL020

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    data->Iopb->Parameters.Read.ReadBuffer = buffer;
    FltFreeCallbackData(data);
    return STATUS_SUCCESS;
}

/* What stands in the parameters after a reuse is not what stood there before. */
void again_ok(PFLT_CALLBACK_DATA data)
{
    PMDL mdl = data->Iopb->Parameters.Read.MdlAddress;

    if (mdl == NULL)
        return;
    IoFreeMdl(mdl);
    FltReuseCallbackData(data);
    if (data->Iopb->Parameters.Read.MdlAddress != NULL)
        IoFreeMdl(data->Iopb->Parameters.Read.MdlAddress);
}

void again_bad(PFLT_CALLBACK_DATA data)
{
    PMDL mdl = data->Iopb->Parameters.Read.MdlAddress;

    if (mdl == NULL)
        return;
    IoFreeMdl(mdl);
    FltReuseCallbackData(data);
    IoFreeMdl(mdl); // expect: MDL006
}
