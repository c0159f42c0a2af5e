// A scatter/gather list over the miniport's own MDL is given back before the MDL is.
#include <wdm.h>

typedef PVOID NDIS_HANDLE;
typedef int NDIS_STATUS;
typedef struct _NDIS_SCATTER_GATHER_LIST_PARAMETERS {
    PMDL Mdl;
    PVOID CurrentVa;
    ULONG Length;
    PVOID ScatterGatherListBuffer;
} NDIS_SCATTER_GATHER_LIST_PARAMETERS, *PNDIS_SCATTER_GATHER_LIST_PARAMETERS;

NDIS_STATUS NdisBuildScatterGatherList(NDIS_HANDLE handle, PNDIS_SCATTER_GATHER_LIST_PARAMETERS parameters);
void NdisFreeScatterGatherList(NDIS_HANDLE handle, PVOID list, BOOLEAN write);
NDIS_STATUS NdisMAllocateNetBufferSGList(NDIS_HANDLE handle, PVOID buffer, PVOID context, ULONG flags, PVOID list, ULONG size);
void NdisFreeMdl(PMDL mdl);

NDIS_STATUS once_bad(NDIS_HANDLE handle, PNDIS_SCATTER_GATHER_LIST_PARAMETERS parameters)
{
    NDIS_STATUS status = NdisBuildScatterGatherList(handle, parameters);

    if (status < 0)
        return status;
    NdisFreeMdl(parameters->Mdl); // expect: MDL050
    NdisFreeScatterGatherList(handle, parameters->ScatterGatherListBuffer, TRUE);
    return NdisMAllocateNetBufferSGList(handle, NULL, parameters, 0, NULL, 0);
}

NDIS_STATUS once_ok(NDIS_HANDLE handle, PNDIS_SCATTER_GATHER_LIST_PARAMETERS parameters)
{
    NDIS_STATUS status = NdisBuildScatterGatherList(handle, parameters);

    if (status < 0)
        return status;
    NdisFreeScatterGatherList(handle, parameters->ScatterGatherListBuffer, TRUE);
    NdisFreeMdl(parameters->Mdl);
    return NdisMAllocateNetBufferSGList(handle, NULL, parameters, 0, NULL, 0);
}
