// The driver's own handler frees the MDLs that its other handler made for a retreat: given to it, an MDL is gone.
#include <wdm.h>

typedef PMDL (*NET_BUFFER_ALLOCATE_MDL_HANDLER)(PULONG size);
typedef VOID (*NET_BUFFER_FREE_MDL_HANDLER)(PMDL mdl);
VOID NdisFreeMdl(PMDL mdl);
PMDL NdisAllocateMdl(PVOID handle, PVOID address, ULONG length);

BOOLEAN front_ok(NET_BUFFER_ALLOCATE_MDL_HANDLER allocate, NET_BUFFER_FREE_MDL_HANDLER release)
{
    ULONG size = 64;
    PMDL mdl = allocate(&size);

    if (mdl == NULL)
        return FALSE;
    release(mdl);
    return TRUE;
}

/* Handed to the handler, it is not lost. */
BOOLEAN own_ok(NET_BUFFER_FREE_MDL_HANDLER release, PVOID handle, PVOID address)
{
    PMDL mdl = NdisAllocateMdl(handle, address, 64);

    if (mdl == NULL)
        return FALSE;
    release(mdl);
    return TRUE;
}

BOOLEAN own_bad(NET_BUFFER_FREE_MDL_HANDLER release, PVOID handle, PVOID address)
{
    PMDL mdl = NdisAllocateMdl(handle, address, 64);

    if (mdl == NULL)
        return FALSE;
    if (MmGetMdlByteCount(mdl) == 64)
        release(mdl);
    NdisFreeMdl(mdl);
    NdisFreeMdl(mdl); // expect: MDL006
    return TRUE;
}
