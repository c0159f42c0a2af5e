// clean: the transfer method of a control code that is one of two decides whether the buffer was locked.
#include <wdm.h>
static NTSTATUS build(ULONG code, PVOID out, ULONG n, PMDL *o)
{
    PMDL m = NULL;
    ULONG method = code & 3;
    switch (method) {
    case METHOD_BUFFERED: break;
    case METHOD_IN_DIRECT:
    case METHOD_OUT_DIRECT:
        m = IoAllocateMdl(out, n, FALSE, FALSE, NULL);
        if (!m) return STATUS_INSUFFICIENT_RESOURCES;
        __try { MmProbeAndLockPages(m, KernelMode, IoWriteAccess); }
        __except (EXCEPTION_EXECUTE_HANDLER) { IoFreeMdl(m); return GetExceptionCode(); }
        break;
    case METHOD_NEITHER: break;
    }
    *o = m;
    return STATUS_SUCCESS;
}
void use_ok(PVOID a, PVOID b, ULONG n)
{
    PMDL m = NULL;
    if (!NT_SUCCESS(build(a ? CTL_CODE(0x801D, 7, METHOD_BUFFERED, FILE_READ_DATA) : CTL_CODE(0x801D, 9, METHOD_BUFFERED, FILE_READ_DATA), b, n, &m)))
        return;
    if (m) IoFreeMdl(m);
}
