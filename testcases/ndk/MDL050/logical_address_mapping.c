// A logical address mapping pins the MDL's pages for the adapter until it is released; what a region needs may have to be asked for first.
#include <wdm.h>

typedef struct _NDK_ADAPTER NDK_ADAPTER;
typedef struct { ULONG pages; ULONGLONG addresses[16]; } NDK_LOGICAL_ADDRESS_MAPPING;
typedef struct _NDK_ADAPTER_DISPATCH {
    NTSTATUS (*NdkBuildLAM)(NDK_ADAPTER *adapter, PMDL mdl, SIZE_T length, PVOID done, PVOID context, NDK_LOGICAL_ADDRESS_MAPPING *mapping,
                            ULONG *size, ULONG *first);
    VOID (*NdkReleaseLAM)(NDK_ADAPTER *adapter, NDK_LOGICAL_ADDRESS_MAPPING *mapping);
} NDK_ADAPTER_DISPATCH;
struct _NDK_ADAPTER { const NDK_ADAPTER_DISPATCH *Dispatch; };

NTSTATUS run(NDK_LOGICAL_ADDRESS_MAPPING *mapping, ULONG first);

NTSTATUS send_bad(NDK_ADAPTER *adapter, PMDL mdl, NDK_LOGICAL_ADDRESS_MAPPING *mapping)
{
    ULONG size = sizeof(*mapping), first = 0;
    NTSTATUS status = adapter->Dispatch->NdkBuildLAM(adapter, mdl, MmGetMdlByteCount(mdl), NULL, NULL, mapping, &size, &first);

    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl); // expect: MDL050
    adapter->Dispatch->NdkReleaseLAM(adapter, mapping);
    return status;
}

NTSTATUS send_ok(NDK_ADAPTER *adapter, PMDL mdl, NDK_LOGICAL_ADDRESS_MAPPING *mapping)
{
    ULONG size = sizeof(*mapping), first = 0;
    NTSTATUS status = adapter->Dispatch->NdkBuildLAM(adapter, mdl, MmGetMdlByteCount(mdl), NULL, NULL, mapping, &size, &first);

    if (NT_SUCCESS(status)) {
        status = run(mapping, first);
        adapter->Dispatch->NdkReleaseLAM(adapter, mapping);
    }
    MmUnlockPages(mdl);
    return status;
}

/* Too small a buffer is told by the size that comes back. */
NTSTATUS size_ok(NDK_ADAPTER *adapter, PMDL mdl, ULONG *wanted)
{
    ULONG size = 0, first;
    NTSTATUS status = adapter->Dispatch->NdkBuildLAM(adapter, mdl, MmGetMdlByteCount(mdl), NULL, NULL, NULL, &size, &first);

    if (NT_SUCCESS(status) || size == 0)
        return STATUS_UNSUCCESSFUL;
    *wanted = size;
    MmUnlockPages(mdl);
    return status;
}
