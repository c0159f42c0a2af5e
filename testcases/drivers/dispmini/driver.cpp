/*
 * driver.cpp - DriverEntry and the DDI functions, which only find the object that dxgkrnl's handle stands for.
 */
#include "dispmini.h"

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driverObject, PUNICODE_STRING registryPath);

namespace {

using mini::Adapter;
using mini::Context;

/* A device is a process that uses the adapter. It has a page that the GPU writes its faults to. */
struct Device {
    Adapter *Owner;
    mini::PageBlock Faults;
    mini::IommuView FaultsView;
};

Adapter &AdapterOf(PVOID context)
{
    return *static_cast<Adapter *>(context);
}

NTSTATUS NTAPI AddDevice(PDEVICE_OBJECT physicalDeviceObject, PVOID *miniportDeviceContext)
{
    Adapter *adapter = static_cast<Adapter *>(mini::Allocate(sizeof(Adapter)));

    if (adapter == nullptr) {
        return STATUS_NO_MEMORY;
    }
    adapter->Init(physicalDeviceObject);
    *miniportDeviceContext = adapter;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI StartDevice(PVOID context, DXGK_START_INFO *startInfo, DXGKRNL_INTERFACE *dxgkInterface, ULONG *sources,
                           ULONG *children)
{
    UNREFERENCED_PARAMETER(startInfo);
    *sources = 0; /* a renderer without outputs */
    *children = 0;
    return AdapterOf(context).Start(*dxgkInterface);
}

NTSTATUS NTAPI StopDevice(PVOID context)
{
    AdapterOf(context).Stop();
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RemoveDevice(PVOID context)
{
    mini::Free(context);
    return STATUS_SUCCESS;
}

VOID NTAPI Unload()
{
}

NTSTATUS APIENTRY CreateAllocation(HANDLE adapter, DXGKARG_CREATEALLOCATION *request)
{
    return AdapterOf(adapter).CreateAllocations(*request);
}

NTSTATUS APIENTRY DestroyAllocation(HANDLE adapter, const DXGKARG_DESTROYALLOCATION *request)
{
    AdapterOf(adapter).DestroyAllocations(*request);
    return STATUS_SUCCESS;
}

NTSTATUS APIENTRY CreateDevice(HANDLE adapter, DXGKARG_CREATEDEVICE *request)
{
    Device *device = static_cast<Device *>(mini::Allocate(sizeof(Device)));

    if (device == nullptr) {
        return STATUS_NO_MEMORY;
    }
    device->Owner = &AdapterOf(adapter);
    NTSTATUS status = device->Faults.Create(PAGE_SIZE);
    if (!NT_SUCCESS(status)) {
        mini::Free(device);
        return status;
    }
    status = device->Owner->MapMdl(device->Faults, device->FaultsView);
    if (!NT_SUCCESS(status)) {
        device->Faults.Free();
        mini::Free(device);
        return status;
    }
    request->hDevice = device;
    return STATUS_SUCCESS;
}

NTSTATUS APIENTRY DestroyDevice(HANDLE handle)
{
    Device *device = static_cast<Device *>(handle);

    device->Faults.Free(); // expect: MDL103 "mapped to the IOMMU"
    mini::Free(device);
    return STATUS_SUCCESS;
}

NTSTATUS APIENTRY CreateContext(HANDLE device, DXGKARG_CREATECONTEXT *request)
{
    return static_cast<Device *>(device)->Owner->CreateContext(request->hContext);
}

NTSTATUS APIENTRY DestroyContext(HANDLE handle)
{
    Context *context = static_cast<Context *>(handle);

    context->Owner->DestroyContext(*context);
    return STATUS_SUCCESS;
}

} // namespace

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driverObject, PUNICODE_STRING registryPath)
{
    DRIVER_INITIALIZATION_DATA data = {};

    data.Version = DXGKDDI_INTERFACE_VERSION_WDDM2_4;
    data.DxgkDdiAddDevice = AddDevice;
    data.DxgkDdiStartDevice = StartDevice;
    data.DxgkDdiStopDevice = StopDevice;
    data.DxgkDdiRemoveDevice = RemoveDevice;
    data.DxgkDdiUnload = Unload;
    data.DxgkDdiCreateAllocation = CreateAllocation;
    data.DxgkDdiDestroyAllocation = DestroyAllocation;
    data.DxgkDdiCreateDevice = CreateDevice;
    data.DxgkDdiDestroyDevice = DestroyDevice;
    data.DxgkDdiCreateContext = CreateContext;
    data.DxgkDdiDestroyContext = DestroyContext;
    return DxgkInitialize(driverObject, registryPath, &data);
}
