// A return in the middle of a __try leaves without the release that stands at its end.
#include <wdm.h>

typedef struct _MEM_REQUEST {
    PVOID Target;
    ULONG Bytes;
    ULONG Operation;
    UCHAR Data[256];
} MEM_REQUEST, *PMEM_REQUEST;

NTSTATUS MemCopy(PVOID To, const VOID *From, ULONG Bytes);

NTSTATUS MemWrite_bad(PMEM_REQUEST Request)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view;
    PMDL mdl = NULL;

    __try {
        ProbeForWrite(Request->Target, Request->Bytes, 1);
        mdl = IoAllocateMdl(Request->Target, Request->Bytes, FALSE, FALSE, NULL);
        if (!mdl)
            return STATUS_INSUFFICIENT_RESOURCES;
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess); // expect: MDL021
        view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (!view)
            return STATUS_INSUFFICIENT_RESOURCES;
        status = MemCopy(view, Request->Data, Request->Bytes);
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        if (mdl)
            IoFreeMdl(mdl);
    }
    return status;
}

NTSTATUS MemWrite_ok(PMEM_REQUEST Request)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view;
    BOOLEAN locked = FALSE;
    PMDL mdl = NULL;

    __try {
        ProbeForWrite(Request->Target, Request->Bytes, 1);
        mdl = IoAllocateMdl(Request->Target, Request->Bytes, FALSE, FALSE, NULL);
        if (!mdl)
            return STATUS_INSUFFICIENT_RESOURCES;
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        locked = TRUE;
        view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (view)
            status = MemCopy(view, Request->Data, Request->Bytes);
        else
            status = STATUS_INSUFFICIENT_RESOURCES;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (mdl) {
        if (locked)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
    return status;
}
