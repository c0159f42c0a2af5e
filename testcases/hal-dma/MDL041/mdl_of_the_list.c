// The MDL that is built from a scatter/gather list belongs to the list: it may be the driver's original one.
#include <wdm.h>

NTSTATUS look(PMDL mdl);

NTSTATUS build_bad(PDMA_ADAPTER adapter, PSCATTER_GATHER_LIST list, PMDL original)
{
    PMDL mdl;
    NTSTATUS status = adapter->DmaOperations->BuildMdlFromScatterGatherList(adapter, list, original, &mdl);

    if (NT_SUCCESS(status))
        IoFreeMdl(mdl); // expect: MDL041
    return status;
}

NTSTATUS build_ok(PDMA_ADAPTER adapter, PSCATTER_GATHER_LIST list, PMDL original)
{
    PMDL mdl;
    NTSTATUS status = adapter->DmaOperations->BuildMdlFromScatterGatherList(adapter, list, original, &mdl);

    return NT_SUCCESS(status) ? look(mdl) : status;
}
