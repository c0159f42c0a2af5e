// clean: a pointer that was followed on the way is not NULL at the end.
#include <wdm.h>
typedef struct { ULONG Max; LONG Users; } FILT;
typedef struct { FILT *Filter; } OPEN;
NTSTATUS validate(PIRP Irp, OPEN **Open, PVOID *Buffer, ULONG *Length);
VOID release_open(OPEN *Open);
NTSTATUS write_ok(PIRP Irp)
{
    OPEN *open;
    PVOID buffer;
    ULONG length;
    PMDL mdl = NULL;
    NTSTATUS status = validate(Irp, &open, &buffer, &length);

    if (!NT_SUCCESS(status)) {
        open = NULL;
        goto end;
    }
    mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto end;
    }
    MmBuildMdlForNonPagedPool(mdl);
    if (length > open->Filter->Max) {
        status = STATUS_INVALID_PARAMETER;
        goto end;
    }
    IoFreeMdl(mdl);
    mdl = NULL;
end:
    if (open && !NT_SUCCESS(status)) {
        if (mdl)
            IoFreeMdl(mdl);
    }
    if (open)
        release_open(open);
    return status;
}
