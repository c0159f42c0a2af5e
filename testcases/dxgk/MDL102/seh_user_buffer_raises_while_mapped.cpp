// Reading the user's command raises while the MDL is mapped to the IOMMU: the handler unlocks it as if it were not.
#include "wdk/d3dkmddi_iommu.h"

struct Command {
    ULONG Fence;
    ULONG Flags;
};

NTSTATUS wait_for_fence(ULONG value);

class Engine {
public:
    NTSTATUS Submit_bad(const Command *command, PMDL mdl);
    NTSTATUS Submit_ok(const Command *command, PMDL mdl);

private:
    DXGKRNL_INTERFACE &m_Dxgk;
};

NTSTATUS Engine::Submit_bad(const Command *command, PMDL mdl)
{
    NTSTATUS status;
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    __try {
        ProbeForRead(const_cast<Command *>(command), sizeof(*command), alignof(Command));
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    __try {
        map.pMdl = mdl;
        status = m_Dxgk.DxgkCbMapMdlToIoMmu(m_Dxgk.DeviceHandle, &map); // step: MDL102
        if (NT_SUCCESS(status)) {
            status = wait_for_fence(command->Fence); // step: MDL102
            DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {map.hMemoryHandle};
            m_Dxgk.DxgkCbUnmapMdlFromIoMmu(m_Dxgk.DeviceHandle, &unmap);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    MmUnlockPages(mdl); // expect: MDL102
    return status;
}

NTSTATUS Engine::Submit_ok(const Command *command, PMDL mdl)
{
    NTSTATUS status;
    ULONG fence = 0;
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    __try {
        ProbeForRead(const_cast<Command *>(command), sizeof(*command), alignof(Command));
        fence = command->Fence;
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    map.pMdl = mdl;
    status = m_Dxgk.DxgkCbMapMdlToIoMmu(m_Dxgk.DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        __try {
            status = wait_for_fence(fence + command->Flags);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {map.hMemoryHandle};
        m_Dxgk.DxgkCbUnmapMdlFromIoMmu(m_Dxgk.DeviceHandle, &unmap);
    }
    MmUnlockPages(mdl);
    return status;
}
