// A block that keeps a mapped MDL goes into an array of pointers: the caller's, where it can be found again, or a local one, where it is lost.
#include <wdm.h>

typedef struct _COPY {
    PMDL Mdl;
    PVOID Pool;
} COPY, *PCOPY;

typedef struct _PARTS {
    PVOID Items[2];
} PARTS, *PPARTS;

#define COPY_TAG 'ypoC'

static PCOPY CopyCreate(PVOID Pool, ULONG Bytes)
{
    PCOPY copy = ExAllocatePoolWithTag(NonPagedPool, sizeof(COPY), COPY_TAG);

    if (copy == NULL)
        return NULL;
    copy->Pool = Pool;
    copy->Mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);
    if (copy->Mdl == NULL) {
        ExFreePoolWithTag(copy, COPY_TAG);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(copy->Mdl);
    return copy;
}

static NTSTATUS MapForUser(PMDL Mdl, PVOID *Address)
{
    __try {
        *Address = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL022
        return STATUS_SUCCESS;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
}

static NTSTATUS PartsFill(PPARTS Parts, PVOID Pool, ULONG Bytes)
{
    PCOPY copy = CopyCreate(Pool, Bytes);
    PVOID view;
    NTSTATUS status;

    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = MapForUser(copy->Mdl, &view);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(copy->Mdl);
        ExFreePoolWithTag(copy, COPY_TAG);
        return status;
    }
    Parts->Items[0] = copy;
    Parts->Items[1] = view;
    return STATUS_SUCCESS;
}

NTSTATUS fill_ok(PPARTS Parts, PVOID Pool, ULONG Bytes)
{
    return PartsFill(Parts, Pool, Bytes);
}

NTSTATUS fill_bad(PVOID Pool, ULONG Bytes)
{
    PARTS parts;

    return PartsFill(&parts, Pool, Bytes); // expect: MDL022
}
