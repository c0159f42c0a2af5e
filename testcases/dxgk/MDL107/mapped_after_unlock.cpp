// The pages are unlocked first and given to the GPU then.
#include "wdk/d3dkmddi_iommu.h"

class Importer {
public:
    NTSTATUS import_bad(PMDL mdl);
    NTSTATUS import_ok(PMDL mdl);

private:
    NTSTATUS expose(PMDL mdl);

    DXGKRNL_INTERFACE m_dxgk;
    HANDLE m_memory;
};

NTSTATUS Importer::import_bad(PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {};

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INVALID_USER_BUFFER;
    }
    MmUnlockPages(mdl); // step: MDL107
    args.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &args); // expect: MDL107
    if (NT_SUCCESS(status))
        m_memory = args.hMemoryHandle;
    return status;
}

NTSTATUS Importer::import_ok(PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {};

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INVALID_USER_BUFFER;
    }
    args.pMdl = mdl;
    NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &args);
    if (NT_SUCCESS(status))
        m_memory = args.hMemoryHandle;
    else
        MmUnlockPages(mdl);
    return status;
}
