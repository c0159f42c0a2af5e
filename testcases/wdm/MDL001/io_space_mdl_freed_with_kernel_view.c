// MDL of device memory: IoFreeMdl releases only the mapping of a partial MDL, so the kernel view goes first.
#include <wdm.h>

NTKERNELAPI NTSTATUS NTAPI MmAllocateMdlForIoSpace(PVOID PhysicalAddressList, SIZE_T NumberOfEntries, PMDL *NewMdl);

typedef struct _RANGE {
    PHYSICAL_ADDRESS Address;
    SIZE_T Size;
} RANGE;

NTSTATUS read_id_bad(RANGE *bar, PULONG id)
{
    PMDL mdl = NULL;
    PULONG registers;
    NTSTATUS status = MmAllocateMdlForIoSpace(bar, 1, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    registers = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmNonCached, NULL, FALSE, NormalPagePriority);
    if (registers == NULL) {
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *id = registers[0];
    IoFreeMdl(mdl); // expect: MDL001
    return STATUS_SUCCESS;
}

NTSTATUS read_id_ok(RANGE *bar, PULONG id)
{
    PMDL mdl = NULL;
    PULONG registers;
    NTSTATUS status = MmAllocateMdlForIoSpace(bar, 1, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    registers = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmNonCached, NULL, FALSE, NormalPagePriority);
    if (registers != NULL) {
        *id = registers[0];
        MmUnmapLockedPages(registers, mdl);
    } else {
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    IoFreeMdl(mdl);
    return status;
}
