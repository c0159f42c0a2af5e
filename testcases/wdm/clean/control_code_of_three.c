// clean: a control code that is one of three, all of them buffered, merged on the way: the buffer is never locked.
#include <wdm.h>

#define CODE(n) CTL_CODE(0x801, 0x800 | (n), METHOD_BUFFERED, FILE_ANY_ACCESS)

static NTSTATUS build(ULONG code, PVOID buffer, ULONG length, PMDL *out)
{
    PMDL mdl = NULL;

    if ((code & 3) == METHOD_IN_DIRECT || (code & 3) == METHOD_OUT_DIRECT) {
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        __try {
            MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(mdl);
            return GetExceptionCode();
        }
    }
    *out = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS ask_ok(PVOID local, PVOID remote, PVOID both, ULONG length)
{
    PMDL mdl = NULL;
    ULONG code = local ? CODE(9) : remote ? CODE(8) : CODE(11);
    ULONG tries = 0;

    if (both)
        tries++;
    if (length > 4096)
        tries++;
    if (length > 65536)
        tries++;
    if (!NT_SUCCESS(build(code, local, length + tries, &mdl)))
        return STATUS_UNSUCCESSFUL;
    if (mdl)
        IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
