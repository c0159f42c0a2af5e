// An array of descriptors in a pool block of its own: filled in a loop, rolled back on failure, given up with the block.
#include <wdm.h>

#define VEC_TAG 'ceVM'

typedef struct _IO_VECTOR {
    ULONG Count;
    PMDL Mdls[1];
} IO_VECTOR, *PIO_VECTOR;

NTSTATUS VectorSubmit(PIO_VECTOR Vector);

static VOID VectorFree(PIO_VECTOR Vector)
{
    ULONG i;

    if (Vector == NULL)
        return;
    for (i = 0; i < Vector->Count; i++) {
        MmUnlockPages(Vector->Mdls[i]);
        IoFreeMdl(Vector->Mdls[i]);
    }
    ExFreePoolWithTag(Vector, VEC_TAG);
}

static NTSTATUS VectorAdd(PIO_VECTOR Vector, PVOID Base, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Base, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    Vector->Mdls[Vector->Count++] = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS VectorBuild_ok(PVOID *Bases, PULONG Bytes, ULONG Count, PIO_VECTOR *Result)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;
    PIO_VECTOR vector = ExAllocatePoolWithTag(NonPagedPool, FIELD_OFFSET(IO_VECTOR, Mdls) + Count * sizeof(PMDL), VEC_TAG);

    if (vector == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    vector->Count = 0;
    for (i = 0; NT_SUCCESS(status) && i < Count; i++)
        status = VectorAdd(vector, Bases[i], Bytes[i]);
    if (!NT_SUCCESS(status)) {
        VectorFree(vector);
        return status;
    }
    *Result = vector;
    return STATUS_SUCCESS;
}

/* A single-entry vector whose block is freed without the descriptor in it. */
NTSTATUS VectorOne_bad(PVOID Base, ULONG Bytes, ULONG Limit)
{
    NTSTATUS status;
    PIO_VECTOR vector = ExAllocatePoolWithTag(NonPagedPool, sizeof(*vector), VEC_TAG);

    if (vector == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    vector->Count = 0;
    vector->Mdls[0] = IoAllocateMdl(Base, Bytes, FALSE, FALSE, NULL); // expect: MDL020
    if (vector->Mdls[0] == NULL) {
        ExFreePoolWithTag(vector, VEC_TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(vector->Mdls[0]);
    if (Bytes > Limit) {
        ExFreePoolWithTag(vector, VEC_TAG);
        return STATUS_INVALID_PARAMETER;
    }
    status = VectorSubmit(vector);
    IoFreeMdl(vector->Mdls[0]);
    ExFreePoolWithTag(vector, VEC_TAG);
    return status;
}
