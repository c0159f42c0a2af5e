// The MDL that a request hands out stays the request's.
#include <wdm.h>

typedef PVOID WDFREQUEST, WDFMEMORY;
typedef struct _WDF_MEMORY_DESCRIPTOR { PMDL Mdl; ULONG Length; } WDF_MEMORY_DESCRIPTOR;
NTSTATUS WdfRequestRetrieveInputWdmMdl(WDFREQUEST request, PMDL *mdl);
NTSTATUS WdfRequestRetrieveOutputWdmMdl(WDFREQUEST request, PMDL *mdl);
NTSTATUS WdfRequestProbeAndLockUserBufferForRead(WDFREQUEST request, PVOID buffer, SIZE_T length, WDFMEMORY *memory);
VOID WDF_MEMORY_DESCRIPTOR_INIT_MDL(WDF_MEMORY_DESCRIPTOR *descriptor, PMDL mdl, ULONG length);
NTSTATUS send(WDF_MEMORY_DESCRIPTOR *descriptor);

NTSTATUS copy_bad(WDFREQUEST request, WDFMEMORY *memory)
{
    PMDL mdl;
    WDF_MEMORY_DESCRIPTOR descriptor;
    NTSTATUS status = WdfRequestRetrieveInputWdmMdl(request, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    WDF_MEMORY_DESCRIPTOR_INIT_MDL(&descriptor, mdl, MmGetMdlByteCount(mdl));
    status = send(&descriptor);
    MmUnlockPages(mdl); // expect: MDL041
    WdfRequestProbeAndLockUserBufferForRead(request, NULL, 0, memory);
    return status;
}

NTSTATUS copy_ok(WDFREQUEST request, WDFMEMORY *memory)
{
    PMDL mdl;
    WDF_MEMORY_DESCRIPTOR descriptor;
    NTSTATUS status = WdfRequestRetrieveOutputWdmMdl(request, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    WDF_MEMORY_DESCRIPTOR_INIT_MDL(&descriptor, mdl, MmGetMdlByteCount(mdl));
    status = send(&descriptor);
    WdfRequestProbeAndLockUserBufferForRead(request, NULL, 0, memory);
    return status;
}
