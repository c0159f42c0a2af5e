// FsRtlAllocatePoolWithTag raises and is never NULL: what follows a test for NULL never runs.
#include <ntifs.h>

VOID fill(PVOID pool, PVOID copy);

NTSTATUS copy_ok(PVOID pool, ULONG length)
{
    PVOID copy = FsRtlAllocatePoolWithTag(NonPagedPool, length, 'ldmT');
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL) {
        ExFreePool(copy);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    fill(pool, copy);
    ExFreePool(copy);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS raise_ok(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    NTSTATUS status = STATUS_SUCCESS;
    PVOID copy;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        copy = FsRtlAllocatePoolWithTag(NonPagedPool, length, 'ldmT');
        fill(pool, copy);
        ExFreePool(copy);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS raise_bad(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL); // expect: MDL020
    PVOID copy;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        copy = FsRtlAllocatePoolWithTag(NonPagedPool, length, 'ldmT');
        fill(pool, copy);
        ExFreePool(copy);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
