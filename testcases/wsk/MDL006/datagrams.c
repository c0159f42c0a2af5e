// A datagram is received into the caller's MDL; a TDI request carries it in its IRP.
#include <wdm.h>

typedef struct _WSK_BUF { PMDL Mdl; ULONG Offset; SIZE_T Length; } WSK_BUF, *PWSK_BUF;
typedef NTSTATUS (*PFN_WSK_RECEIVE_FROM)(PVOID socket, PWSK_BUF buffer, ULONG flags, PVOID remote, PULONG control, PVOID info, PULONG options,
                                         PIRP irp);
VOID TdiBuildSend(PIRP irp, PDEVICE_OBJECT device, PFILE_OBJECT file, PVOID routine, PVOID context, PMDL mdl, ULONG flags, ULONG length);

NTSTATUS receive_bad(PFN_WSK_RECEIVE_FROM receive, PVOID socket, PWSK_BUF buffer, PIRP irp)
{
    ULONG length, options;

    IoFreeMdl(buffer->Mdl);
    return receive(socket, buffer, 0, NULL, &length, NULL, &options, irp); // expect: MDL005
}

NTSTATUS receive_ok(PFN_WSK_RECEIVE_FROM receive, PVOID socket, PWSK_BUF buffer, PIRP irp)
{
    ULONG length, options;

    return receive(socket, buffer, 0, NULL, &length, NULL, &options, irp);
}

void send_bad(PIRP irp, PDEVICE_OBJECT device, PFILE_OBJECT file, PMDL mdl)
{
    TdiBuildSend(irp, device, file, NULL, NULL, mdl, 0, 1);
    IoFreeMdl(mdl);
    IoFreeMdl(irp->MdlAddress); // expect: MDL006
}

void send_ok(PIRP irp, PDEVICE_OBJECT device, PFILE_OBJECT file, PMDL mdl)
{
    TdiBuildSend(irp, device, file, NULL, NULL, mdl, 0, 1);
    IoFreeMdl(irp->MdlAddress);
    irp->MdlAddress = NULL;
}
