// The out parameter is set on success only, through a pointer to a pointer; some failures leave the MDL behind.
#include <wdm.h>

NTSTATUS CheckRange(PVOID Buffer, ULONG Bytes);
NTSTATUS DmaStart(PMDL Mdl);

static NTSTATUS MdlCreate(PVOID Buffer, ULONG Bytes, PMDL *Result)
{
    NTSTATUS status;
    PMDL mdl;

    status = CheckRange(Buffer, Bytes);
    if (!NT_SUCCESS(status))
        return status;
    mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    *Result = mdl;
    return STATUS_SUCCESS;
}

static void MdlDestroy(PMDL *Slot)
{
    if (*Slot != NULL) {
        IoFreeMdl(*Slot);
        *Slot = NULL;
    }
}

/* Two levels: the inner failure must not touch what the outer caller sees. */
static NTSTATUS MdlCreatePair(PVOID First, PVOID Second, ULONG Bytes, PMDL *A, PMDL *B)
{
    PMDL one, two;
    NTSTATUS status = MdlCreate(First, Bytes, &one);

    if (!NT_SUCCESS(status))
        return status;
    status = MdlCreate(Second, Bytes, &two);
    if (!NT_SUCCESS(status)) {
        MdlDestroy(&one);
        return status;
    }
    *A = one;
    *B = two;
    return STATUS_SUCCESS;
}

NTSTATUS StartOne_ok(PVOID Buffer, ULONG Bytes)
{
    PMDL mdl;
    NTSTATUS status = MdlCreate(Buffer, Bytes, &mdl);

    if (NT_SUCCESS(status)) {
        status = DmaStart(mdl);
        IoFreeMdl(mdl);
    }
    return status;
}

NTSTATUS StartPair_ok(PVOID First, PVOID Second, ULONG Bytes)
{
    PMDL a = NULL, b = NULL;
    NTSTATUS status;

    status = MdlCreatePair(First, Second, Bytes, &a, &b);
    if (NT_SUCCESS(status))
        status = DmaStart(a);
    if (NT_SUCCESS(status))
        status = DmaStart(b);
    MdlDestroy(&b);
    MdlDestroy(&a);
    return status;
}

NTSTATUS MdlCreateChecked_bad(PVOID Buffer, ULONG Bytes, PMDL *Result)
{
    NTSTATUS status;
    PMDL mdl;

    mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL); // expect: MDL020
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    status = CheckRange(Buffer, Bytes);
    if (NT_SUCCESS(status))
        *Result = mdl;
    return status;
}

NTSTATUS StartPair_bad(PVOID First, PVOID Second, ULONG Bytes)
{
    PMDL a, b;
    NTSTATUS status = MdlCreatePair(First, Second, Bytes, &a, &b); // expect: MDL020

    if (!NT_SUCCESS(status))
        return status;
    status = DmaStart(a);
    MdlDestroy(&a);
    if (!NT_SUCCESS(status))
        return status;
    status = DmaStart(b);
    MdlDestroy(&b);
    return status;
}
