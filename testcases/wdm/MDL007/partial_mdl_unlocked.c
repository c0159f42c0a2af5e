// A partial MDL has no lock of its own: only the source is unlocked.
#include <wdm.h>

NTSTATUS send_fragment(PMDL mdl);

NTSTATUS send_first_page_bad(PMDL source)
{
    NTSTATUS status;
    PVOID start = MmGetMdlVirtualAddress(source);
    PMDL part = IoAllocateMdl(start, PAGE_SIZE, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(source, part, start, PAGE_SIZE); // step: MDL007
    status = send_fragment(part);
    MmUnlockPages(part); // expect: MDL007
    IoFreeMdl(part);
    return status;
}

NTSTATUS send_first_page_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PMDL part;
    PMDL source = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (source == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    part = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    if (part == NULL) {
        IoFreeMdl(source);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(source, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(part);
        IoFreeMdl(source);
        return GetExceptionCode();
    }
    IoBuildPartialMdl(source, part, buffer, PAGE_SIZE);
    status = send_fragment(part);
    IoFreeMdl(part);
    MmUnlockPages(source);
    IoFreeMdl(source);
    return status;
}
