// Variadic logging calls get the MDL and its fields: that neither hands the MDL over nor hides what happens to it.
#include <wdm.h>
#include <stdarg.h>

#define TRACE(_level, _format, ...) DrvTrace(_level, "%s: " _format "\n", __FUNCTION__, ##__VA_ARGS__)

ULONG g_TraceLevel = 2;

static void DrvTrace(ULONG Level, const char *Format, ...)
{
    va_list args;

    if (Level > g_TraceLevel)
        return;
    va_start(args, Format);
    vDbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, Format, args);
    va_end(args);
}

void DrvLogExternal(ULONG Code, const char *Format, ...);

NTSTATUS UsePages(PMDL Mdl);

NTSTATUS LogAround_ok(PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL) {
        TRACE(0, "no MDL for %p+%x", Buffer, Bytes);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(mdl);
    TRACE(2, "mdl %p flags %x", mdl, mdl->MdlFlags);
    status = UsePages(mdl);
    DbgPrint("used %p: %x\n", mdl, status);
    DrvLogExternal(7, "mdl %p, %u bytes", mdl, MmGetMdlByteCount(mdl));
    IoFreeMdl(mdl);
    TRACE(1, "done, status %x", status);
    return status;
}

NTSTATUS LogAround_bad(PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    TRACE(2, "mdl %p flags %x", mdl, mdl->MdlFlags);
    status = STATUS_SUCCESS;
    IoFreeMdl(mdl);
    DbgPrint("freed mdl\n");
    if (Bytes == 0) {
        TRACE(0, "empty buffer, status %x", status);
        IoFreeMdl(mdl); // expect: MDL006
    }
    return status;
}

/* A leak stays a leak when the last one to see the MDL was the log. */
NTSTATUS LogAndForget_bad(PVOID Buffer, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL); // expect: MDL020

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    TRACE(0, "mdl %p of %u bytes", mdl, Bytes);
    if (Bytes > 4096) {
        DbgPrint("too long, mdl %p\n", mdl);
        return STATUS_INVALID_BUFFER_SIZE;
    }
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
