// The MDL in the parameters of an operation is not the minifilter's, whoever has put it there.
#include <wdm.h>

typedef union _FLT_PARAMETERS {
    struct { ULONG Length; PVOID ReadBuffer; PMDL MdlAddress; } Read;
    struct { ULONG Length; PVOID WriteBuffer; PMDL MdlAddress; } Write;
} FLT_PARAMETERS;
typedef struct _FLT_IO_PARAMETER_BLOCK { ULONG Flags; FLT_PARAMETERS Parameters; } FLT_IO_PARAMETER_BLOCK, *PFLT_IO_PARAMETER_BLOCK;
typedef struct _FLT_CALLBACK_DATA { ULONG Flags; PFLT_IO_PARAMETER_BLOCK Iopb; } FLT_CALLBACK_DATA, *PFLT_CALLBACK_DATA;
typedef int (*PRE_CALLBACK)(PFLT_CALLBACK_DATA data, PVOID objects, PVOID *context);
typedef struct _FLT_OPERATION_REGISTRATION { UCHAR MajorFunction; PRE_CALLBACK PreOperation; } FLT_OPERATION_REGISTRATION;

NTSTATUS FltLockUserBuffer(PFLT_CALLBACK_DATA data);
NTSTATUS FltDecodeParameters(PFLT_CALLBACK_DATA data, PMDL **mdl, PVOID **buffer, PULONG *length, int *access);
void FltSetCallbackDataDirty(PFLT_CALLBACK_DATA data);
NTSTATUS FltReadFileEx(PVOID instance, PVOID file, PVOID offset, ULONG length, PVOID buffer, ULONG flags, PULONG read, PVOID callback,
                       PVOID context, PULONG key, PMDL mdl);
void look(PMDL mdl);

static int pre_read_bad(PFLT_CALLBACK_DATA data, PVOID objects, PVOID *context)
{
    (void)objects;
    (void)context;
    look(data->Iopb->Parameters.Read.MdlAddress);
    IoFreeMdl(data->Iopb->Parameters.Read.MdlAddress); // expect: MDL041
    FltLockUserBuffer(data);
    return 0;
}

static int pre_read_ok(PFLT_CALLBACK_DATA data, PVOID objects, PVOID *context)
{
    PMDL *place;
    PVOID *buffer;
    PULONG length;

    (void)objects;
    (void)context;
    if (!NT_SUCCESS(FltLockUserBuffer(data)))
        return 1;
    if (NT_SUCCESS(FltDecodeParameters(data, &place, &buffer, &length, NULL)))
        look(*place);
    return 0;
}

/* A buffer of the minifilter's own is swapped in: the filter manager frees its MDL. */
static int pre_swap_ok(PFLT_CALLBACK_DATA data, PVOID objects, PVOID *context)
{
    PMDL mdl = IoAllocateMdl(objects, PAGE_SIZE, FALSE, FALSE, NULL);

    (void)context;
    if (mdl == NULL)
        return 1;
    MmBuildMdlForNonPagedPool(mdl);
    data->Iopb->Parameters.Read.MdlAddress = mdl;
    FltSetCallbackDataDirty(data);
    return 0;
}

static int pre_swap_bad(PFLT_CALLBACK_DATA data, PVOID objects, PVOID *context)
{
    PMDL mdl = IoAllocateMdl(objects, PAGE_SIZE, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (mdl == NULL)
        return 1;
    MmBuildMdlForNonPagedPool(mdl);
    FltSetCallbackDataDirty(data);
    FltDecodeParameters(data, NULL, NULL, NULL, NULL);
    IoFreeMdl(mdl);
    status = FltReadFileEx(objects, NULL, NULL, PAGE_SIZE, NULL, 0, NULL, NULL, *context, NULL, mdl); // expect: MDL005
    return status < 0;
}

const FLT_OPERATION_REGISTRATION operations[] = {
    {IRP_MJ_READ, pre_read_bad},
    {IRP_MJ_WRITE, pre_read_ok},
    {IRP_MJ_SET_EA, pre_swap_ok},
    {IRP_MJ_QUERY_EA, pre_swap_bad},
};
