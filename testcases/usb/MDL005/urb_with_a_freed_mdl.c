// A URB names its MDL; the client frees it when the URB has come back.
#include <wdm.h>

struct _URB;
VOID UsbBuildGetStatusRequest(struct _URB *urb, USHORT op, USHORT index, PVOID buffer, PMDL mdl, struct _URB *link);
NTSTATUS USBD_QueryUsbCapability(PVOID handle, const GUID *type, ULONG length, PUCHAR buffer, PULONG result);
NTSTATUS UdecxUrbRetrieveBuffer(PVOID request, PUCHAR *buffer, PULONG length);

void status_bad(struct _URB *urb, PVOID handle, const GUID *type, PVOID request, PMDL mdl)
{
    UCHAR answer;
    ULONG length;
    PUCHAR buffer;

    USBD_QueryUsbCapability(handle, type, 1, &answer, &length);
    UdecxUrbRetrieveBuffer(request, &buffer, &length);
    IoFreeMdl(mdl);
    UsbBuildGetStatusRequest(urb, 0, 0, NULL, mdl, NULL); // expect: MDL005
}

void status_ok(struct _URB *urb, PVOID handle, const GUID *type, PVOID request, PVOID pool)
{
    PMDL mdl = IoAllocateMdl(pool, 2, FALSE, FALSE, NULL);
    UCHAR answer;
    ULONG length;
    PUCHAR buffer;

    if (!mdl)
        return;
    MmBuildMdlForNonPagedPool(mdl);
    USBD_QueryUsbCapability(handle, type, 1, &answer, &length);
    UdecxUrbRetrieveBuffer(request, &buffer, &length);
    UsbBuildGetStatusRequest(urb, 0, 0, NULL, mdl, NULL);
}
