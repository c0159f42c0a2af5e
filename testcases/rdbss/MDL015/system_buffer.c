// The subsystem's wrappers return NULL like the routine that they wrap.
#include <wdm.h>

PVOID RxMapSystemBuffer(PVOID context, PIRP irp);
PIRP RxCeAllocateIrpWithMDL(CCHAR stack, BOOLEAN quota, PMDL buffer);
NTSTATUS RxCeSend(PVOID vc, ULONG options, PMDL mdl, ULONG length, PVOID context);

void clear_bad(PVOID context, PIRP irp, ULONG bytes)
{
    RtlZeroMemory(RxMapSystemBuffer(context, irp), bytes); // expect: MDL015
}

void clear_ok(PVOID context, PIRP irp, ULONG bytes)
{
    PVOID address = RxMapSystemBuffer(context, irp);

    if (address)
        RtlZeroMemory(address, bytes);
}

NTSTATUS send_bad(PVOID vc, PMDL mdl, PIRP *irp)
{
    *irp = RxCeAllocateIrpWithMDL(1, FALSE, mdl);
    IoFreeMdl(mdl);
    return RxCeSend(vc, 0, mdl, 1, NULL); // expect: MDL005
}

NTSTATUS send_ok(PVOID vc, PMDL mdl, PIRP *irp)
{
    *irp = RxCeAllocateIrpWithMDL(1, FALSE, mdl);
    return RxCeSend(vc, 0, mdl, 1, NULL);
}
