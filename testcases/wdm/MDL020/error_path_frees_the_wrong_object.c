// The error path frees what the MDL describes and forgets the MDL; another one frees the MDL of the other buffer.
#include <wdm.h>

#define IMG_TAG 'gmIM'

typedef struct _IMAGE {
    PVOID Memory;
    PMDL Mdl;
    ULONG Bytes;
} IMAGE, *PIMAGE;

NTSTATUS ImageRelocate(PIMAGE Image);

NTSTATUS ImageMake_bad(PIMAGE Image, ULONG Bytes)
{
    NTSTATUS status;
    PMDL mdl;
    PVOID memory = ExAllocatePoolWithTag(NonPagedPool, Bytes, IMG_TAG);

    if (!memory)
        return STATUS_NO_MEMORY;
    mdl = IoAllocateMdl(memory, Bytes, FALSE, FALSE, NULL); // expect: MDL020
    if (!mdl) {
        ExFreePoolWithTag(memory, IMG_TAG);
        return STATUS_NO_MEMORY;
    }
    MmBuildMdlForNonPagedPool(mdl);
    status = ImageRelocate(Image);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(memory, IMG_TAG);
        return status;
    }
    Image->Memory = memory;
    Image->Mdl = mdl;
    Image->Bytes = Bytes;
    return STATUS_SUCCESS;
}

/* Pages, not pool: the descriptor of MmAllocatePagesForMdlEx is given up without its pages. */
NTSTATUS ImagePages_bad(PIMAGE Image, ULONG Bytes)
{
    PHYSICAL_ADDRESS low = {0}, high;
    NTSTATUS status;
    PVOID view;
    PMDL mdl;

    high.QuadPart = MAXLONGLONG;
    mdl = MmAllocatePagesForMdlEx(low, high, low, Bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (!mdl)
        return STATUS_NO_MEMORY;
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (!view) {
        ExFreePool(mdl); // expect: MDL023
        return STATUS_NO_MEMORY;
    }
    status = ImageRelocate(Image);
    MmUnmapLockedPages(view, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}

NTSTATUS ImagePair_bad(PVOID In, PVOID Out, ULONG Bytes)
{
    NTSTATUS status = STATUS_NO_MEMORY;
    PMDL in = IoAllocateMdl(In, Bytes, FALSE, FALSE, NULL); // expect: MDL020
    PMDL out;

    if (!in)
        return status;
    MmBuildMdlForNonPagedPool(in);
    out = IoAllocateMdl(Out, Bytes, FALSE, FALSE, NULL);
    if (!out) {
        IoFreeMdl(out); // expect: MDL032
        return status;
    }
    MmBuildMdlForNonPagedPool(out);
    status = STATUS_SUCCESS;
    IoFreeMdl(out);
    IoFreeMdl(in);
    return status;
}

NTSTATUS ImageMake_ok(PIMAGE Image, ULONG Bytes)
{
    NTSTATUS status = STATUS_NO_MEMORY;

    Image->Mdl = NULL;
    Image->Memory = ExAllocatePoolWithTag(NonPagedPool, Bytes, IMG_TAG);
    if (!Image->Memory)
        goto fail;
    Image->Mdl = IoAllocateMdl(Image->Memory, Bytes, FALSE, FALSE, NULL);
    if (!Image->Mdl)
        goto fail;
    MmBuildMdlForNonPagedPool(Image->Mdl);
    status = ImageRelocate(Image);
    if (NT_SUCCESS(status))
        return status;
fail:
    if (Image->Mdl)
        IoFreeMdl(Image->Mdl);
    if (Image->Memory)
        ExFreePoolWithTag(Image->Memory, IMG_TAG);
    Image->Mdl = NULL;
    Image->Memory = NULL;
    return status;
}
