// The check may take any form, as long as NULL cannot reach the use.
#include <wdm.h>

typedef struct _REPLY {
    ULONG Status;
    ULONG Length;
} REPLY;

NTSTATUS answer_ok(PIRP irp, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    REPLY *reply = NULL;

    if (irp->MdlAddress != NULL && MmGetMdlByteCount(irp->MdlAddress) >= sizeof(REPLY))
        reply = (REPLY *)MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
    if (reply)
        reply->Length = length;
    else
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(status))
        reply->Status = 1;
    return status;
}

NTSTATUS answer_bad(PIRP irp, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    REPLY *reply = (REPLY *)MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    if (reply == NULL)
        status = STATUS_INSUFFICIENT_RESOURCES;
    reply->Length = length; // expect: MDL015
    return status;
}
