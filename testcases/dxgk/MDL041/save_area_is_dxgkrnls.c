// The MDL of the area that the frame buffer is saved to belongs to dxgkrnl until the unpin, and afterwards, too.
#include "wdk/d3dkmddi_iommu.h"

void gpu_copy(PMDL mdl);

NTSTATUS save_bad(DXGKRNL_INTERFACE *dxgk, SIZE_T bytes)
{
    DXGKARGCB_PINFRAMEBUFFERFORSAVE pin = {0, bytes, NULL};
    DXGKARGCB_UNPINFRAMEBUFFERFORSAVE unpin = {0};
    NTSTATUS status = dxgk->DxgkCbPinFrameBufferForSave(dxgk->DeviceHandle, &pin);

    if (!NT_SUCCESS(status))
        return status;
    gpu_copy(pin.pMdl);
    MmUnlockPages(pin.pMdl); // expect: MDL041
    return dxgk->DxgkCbUnpinFrameBufferForSave(dxgk->DeviceHandle, &unpin);
}

NTSTATUS save_ok(DXGKRNL_INTERFACE *dxgk, SIZE_T bytes)
{
    DXGKARGCB_PINFRAMEBUFFERFORSAVE pin = {0, bytes, NULL};
    DXGKARGCB_UNPINFRAMEBUFFERFORSAVE unpin = {0};
    NTSTATUS status = dxgk->DxgkCbPinFrameBufferForSave(dxgk->DeviceHandle, &pin);

    if (!NT_SUCCESS(status))
        return status;
    gpu_copy(pin.pMdl);
    return dxgk->DxgkCbUnpinFrameBufferForSave(dxgk->DeviceHandle, &unpin);
}
