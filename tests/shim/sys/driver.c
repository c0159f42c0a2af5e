/*
 * driver.c - a WDM driver that does its work in DriverEntry, with the shim: as it should be, or with one of the mistakes that PLANT names.
 *
 * Made for Wine's ntoskrnl, which starts a driver but has no device for it. What the shim says goes to the debugger (DbgPrint).
 */
#include <ntddk.h>

#define LENGTH 8192

static UCHAR buffer[LENGTH];

static PMDL locked_mdl(PVOID address, ULONG length)
{
    PMDL mdl = IoAllocateMdl(address, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    return mdl;
}

/* Fills the buffer through a mapping of its own. */
static NTSTATUS transfer(UCHAR value)
{
    PMDL mdl = locked_mdl(buffer, LENGTH);
    PUCHAR view;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (view != NULL) {
        RtlFillMemory(view, LENGTH, value);
#if PLANT == 2
        MmUnlockPages(mdl); /* MDL002: before the unmap */
        MmUnmapLockedPages(view, mdl);
        IoFreeMdl(mdl);
        return STATUS_SUCCESS;
#else
        MmUnmapLockedPages(view, mdl);
#endif
    }
#if PLANT == 4
    IoFreeMdl(mdl); /* MDL004: still locked */
    return STATUS_SUCCESS;
#endif
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
#if PLANT == 6
    IoFreeMdl(mdl); /* MDL006 */
#endif
    return view != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

#if PLANT == 20
static VOID forget(VOID)
{
    IoAllocateMdl(buffer, 16, FALSE, FALSE, NULL); /* MDL020 */
}
#endif

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
    ULONG violations = MdlGuardStop();

    UNREFERENCED_PARAMETER(driver);
    DbgPrint("driver: unloaded with %lu violations\n", violations);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    NTSTATUS status = MdlGuardStart(MdlGuardPrint, 256, 256);
    ULONG n;

    UNREFERENCED_PARAMETER(path);
    if (!NT_SUCCESS(status))
        return status;
    MdlGuardTrace(TRUE);
    driver->DriverUnload = unload;
#if PLANT == 20
    forget();
#endif
    for (n = 0; n < 100 && NT_SUCCESS(status); n++)
        status = transfer((UCHAR)n);
    DbgPrint("driver: started, %08lx, last byte %u\n", (ULONG)status, buffer[LENGTH - 1]);
    return status;
}
