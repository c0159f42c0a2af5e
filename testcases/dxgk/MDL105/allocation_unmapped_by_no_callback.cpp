// The allocation is mapped to the IOMMU when it is created; its destruction forgets the handle, and nothing else unmaps it.
#include "wdk/dispmprt_min.h"

struct Surface {
    PMDL Mdl;
    HANDLE Memory;
};

struct Adapter {
    DXGKRNL_INTERFACE Dxgk;
    Surface Primary;
};

static NTSTATUS APIENTRY CreateAllocation_bad(HANDLE handle, DXGKARG_CREATEALLOCATION *)
{
    Adapter *adapter = static_cast<Adapter *>(handle);
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    map.pMdl = adapter->Primary.Mdl;
    NTSTATUS status = adapter->Dxgk.DxgkCbMapMdlToIoMmu(adapter->Dxgk.DeviceHandle, &map); // expect: MDL105 "nothing in the program unmaps it"
    if (!NT_SUCCESS(status))
        return status;
    adapter->Primary.Memory = map.hMemoryHandle;
    return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY DestroyAllocation_ok(HANDLE handle, const DXGKARG_DESTROYALLOCATION *)
{
    static_cast<Adapter *>(handle)->Primary.Memory = nullptr;
    return STATUS_SUCCESS;
}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    DRIVER_INITIALIZATION_DATA data = {};

    data.DxgkDdiCreateAllocation = CreateAllocation_bad;
    data.DxgkDdiDestroyAllocation = DestroyAllocation_ok;
    return DxgkInitialize(driver, path, &data);
}
