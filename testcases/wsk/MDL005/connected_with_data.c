// A connect request may carry data, and the datagram's MDL has to be there; kept indications go back as a list.
#include <wdm.h>

typedef struct _WSK_BUF { PMDL Mdl; ULONG Offset; SIZE_T Length; } WSK_BUF, *PWSK_BUF;
typedef struct _WSK_DATA_INDICATION { struct _WSK_DATA_INDICATION *Next; WSK_BUF Buffer; } WSK_DATA_INDICATION;
typedef NTSTATUS (*PFN_WSK_SEND_TO)(PVOID socket, PWSK_BUF buffer, ULONG flags, PVOID remote, ULONG length, PVOID control, PIRP irp);
typedef NTSTATUS (*PFN_WSK_CONNECT_EX)(PVOID socket, PVOID remote, PWSK_BUF buffer, ULONG flags, PIRP irp);
typedef NTSTATUS (*PFN_WSK_RELEASE_DATA_INDICATION_LIST)(PVOID socket, WSK_DATA_INDICATION *list);

NTSTATUS send_bad(PFN_WSK_SEND_TO send, PVOID socket, PWSK_BUF buffer, PVOID remote, PIRP irp)
{
    IoFreeMdl(buffer->Mdl);
    return send(socket, buffer, 0, remote, 0, NULL, irp); // expect: MDL005
}

/* The stack has the chain from here on. */
NTSTATUS send_ok(PFN_WSK_SEND_TO send, PVOID socket, PVOID data, ULONG length, PVOID remote, PIRP irp)
{
    WSK_BUF buffer = {IoAllocateMdl(data, length, FALSE, FALSE, NULL), 0, length};

    if (buffer.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(buffer.Mdl);
    return send(socket, &buffer, 0, remote, 0, NULL, irp);
}

NTSTATUS connect_ok(PFN_WSK_CONNECT_EX connect, PVOID socket, PVOID remote, PWSK_BUF buffer, PVOID data, PIRP irp)
{
    buffer->Mdl = IoAllocateMdl(data, PAGE_SIZE, FALSE, FALSE, NULL);
    if (buffer->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(buffer->Mdl);
    return connect(socket, remote, buffer, 0, irp);
}

NTSTATUS connect_bad(PFN_WSK_CONNECT_EX connect, PVOID socket, PVOID remote, PWSK_BUF buffer, PIRP irp)
{
    NTSTATUS status = connect(socket, remote, buffer, 0, irp);

    if (!NT_SUCCESS(status)) {
        IoFreeMdl(buffer->Mdl);
        IoFreeMdl(buffer->Mdl); // expect: MDL006
    }
    return status;
}

NTSTATUS release_ok(PFN_WSK_RELEASE_DATA_INDICATION_LIST release, PVOID socket, WSK_DATA_INDICATION *list)
{
    return release(socket, list);
}

NTSTATUS release_bad(PFN_WSK_RELEASE_DATA_INDICATION_LIST release, PVOID socket, WSK_DATA_INDICATION *list)
{
    IoFreeMdl(list->Buffer.Mdl);
    IoFreeMdl(list->Buffer.Mdl); // expect: MDL006
    return release(socket, list);
}
