// The descriptor of IoAllocateMdl may come from a lookaside list: ExFreePool is not its release.
#include <wdm.h>

typedef struct _IO_UNIT {
    PMDL Mdl;
    PVOID Data;
} IO_UNIT;

NTSTATUS unit_start(PVOID data, ULONG length);
NTSTATUS unit_run(IO_UNIT *unit);

NTSTATUS run_unit_bad(PVOID pool, ULONG length)
{
    IO_UNIT unit;
    NTSTATUS status;

    unit.Data = pool;
    unit.Mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (unit.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(unit.Mdl);
    status = unit_start(unit.Data, length);
    ExFreePool(unit.Mdl); // expect: MDL009
    return status;
}

NTSTATUS run_unit_ok(ULONG length)
{
    IO_UNIT unit;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    unit.Data = ExAllocatePoolWithTag(NonPagedPool, length, 'tinU');
    if (unit.Data == NULL)
        return status;
    unit.Mdl = IoAllocateMdl(unit.Data, length, FALSE, FALSE, NULL);
    if (unit.Mdl != NULL) {
        MmBuildMdlForNonPagedPool(unit.Mdl);
        status = unit_run(&unit);
        IoFreeMdl(unit.Mdl);
    }
    ExFreePoolWithTag(unit.Data, 'tinU');
    return status;
}
