// The kit's NT_VERIFY tells analyzers that its condition holds, and gives its value: what stands behind the other answer is for debugging alone.
#include <wdm.h>

/* As the kit has them for a driver that is not built for debugging. */
#ifndef NT_ANALYSIS_ASSUME
#define NT_ANALYSIS_ASSUME(condition) __noop(condition)
#undef NT_VERIFY
#define NT_VERIFY(condition) (NT_ANALYSIS_ASSUME(condition), ((condition) ? TRUE : FALSE))
#endif

#define TRACE(condition) __noop(condition)

BOOLEAN ready(PUCHAR address);

UCHAR first_ok(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    NT_VERIFY(address != NULL);
    return address[0];
}

UCHAR traced_bad(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    TRACE(address != NULL);
    return address[0]; // expect: MDL015
}

/* The way on which it does not hold is none. */
NTSTATUS unlock_ok(PMDL mdl, ULONG bytes)
{
    if (!NT_VERIFY(bytes >= 8))
        MmUnlockPages(mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* What does something is done once, and its answer is open. */
NTSTATUS unlock_once_ok(PMDL mdl)
{
    PMDL next = mdl;

    NT_VERIFY((next = next->Next) == NULL);
    if (next == NULL)
        MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

UCHAR called_bad(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (!NT_VERIFY(ready(address)))
        return 0;
    return address[0]; // expect: MDL015
}
