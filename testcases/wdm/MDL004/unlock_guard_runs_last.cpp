// Two lambdas as guards: the one that frees is declared last and runs first.
#include "wdk/d3dkmddi_iommu.h"

template <class F> struct Finally {
    F function;
    ~Finally() { function(); }
};
template <class F> Finally(F) -> Finally<F>;

NTSTATUS use(PMDL mdl);

static NTSTATUS pin(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS transfer_bad(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = pin(mdl);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    Finally unlock{[&] { MmUnlockPages(mdl); }};
    Finally release{[&] { IoFreeMdl(mdl); }};
    return use(mdl); // expect: MDL004
}

NTSTATUS transfer_ok(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    Finally release{[&] { IoFreeMdl(mdl); }};
    NTSTATUS status = pin(mdl);
    if (!NT_SUCCESS(status))
        return status;
    Finally unlock{[&] { MmUnlockPages(mdl); }};
    return use(mdl);
}
