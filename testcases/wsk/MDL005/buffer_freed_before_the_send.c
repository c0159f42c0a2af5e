// The MDL of a WSK buffer is read until the IRP comes back.
#include <wdm.h>

typedef struct _WSK_BUF { PMDL Mdl; ULONG Offset; SIZE_T Length; } WSK_BUF, *PWSK_BUF;
typedef NTSTATUS (*PFN_WSK_SEND)(PVOID socket, PWSK_BUF buffer, ULONG flags, PIRP irp);

NTSTATUS send_bad(PFN_WSK_SEND send, PVOID socket, PWSK_BUF buffer, PIRP irp)
{
    IoFreeMdl(buffer->Mdl);
    return send(socket, buffer, 0, irp); // expect: MDL005
}

NTSTATUS send_ok(PFN_WSK_SEND send, PVOID socket, PVOID pool, ULONG bytes, PIRP irp, PKEVENT done)
{
    WSK_BUF buffer = {IoAllocateMdl(pool, bytes, FALSE, FALSE, NULL), 0, bytes};
    NTSTATUS status;

    if (!buffer.Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(buffer.Mdl);
    status = send(socket, &buffer, 0, irp);
    KeWaitForSingleObject(done, Executive, KernelMode, FALSE, NULL);
    IoFreeMdl(buffer.Mdl);
    return status;
}

NTSTATUS freed_bad(PFN_WSK_SEND send, PVOID socket, PVOID pool, ULONG bytes, PIRP irp)
{
    WSK_BUF buffer = {IoAllocateMdl(pool, bytes, FALSE, FALSE, NULL), 0, bytes};

    if (!buffer.Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(buffer.Mdl);
    IoFreeMdl(buffer.Mdl);
    return send(socket, &buffer, 0, irp); // expect: MDL005
}
