// A mapping travels as a small struct with its own "valid" flag; a caller looks at the wrong member of it.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _GPU_MAPPING {
    HANDLE Memory;
    BOOLEAN Valid;
    NTSTATUS Status;
} GPU_MAPPING;

NTSTATUS GpuKick(void);

static GPU_MAPPING GpuMap(const DXGKRNL_INTERFACE *Dxgk, PMDL Mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {Mdl, NULL};
    GPU_MAPPING result = {0};

    result.Status = Dxgk->DxgkCbMapMdlToIoMmu(Dxgk->DeviceHandle, &map);
    result.Memory = map.hMemoryHandle;
    result.Valid = NT_SUCCESS(result.Status);
    return result;
}

static void GpuUnmap(const DXGKRNL_INTERFACE *Dxgk, GPU_MAPPING Mapping)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {Mapping.Memory};

    Dxgk->DxgkCbUnmapMdlFromIoMmu(Dxgk->DeviceHandle, &unmap);
}

NTSTATUS GpuRun_ok(const DXGKRNL_INTERFACE *Dxgk, PMDL Mdl)
{
    GPU_MAPPING mapping = GpuMap(Dxgk, Mdl);

    if (mapping.Valid) {
        mapping.Status = GpuKick();
        GpuUnmap(Dxgk, mapping);
    }
    return mapping.Status;
}

NTSTATUS GpuRunStatus_ok(const DXGKRNL_INTERFACE *Dxgk, PMDL Mdl)
{
    GPU_MAPPING mapping = GpuMap(Dxgk, Mdl);

    if (!NT_SUCCESS(mapping.Status))
        return mapping.Status;
    GpuKick();
    GpuUnmap(Dxgk, mapping);
    return STATUS_SUCCESS;
}

NTSTATUS GpuRun_bad(const DXGKRNL_INTERFACE *Dxgk, PMDL Mdl)
{
    GPU_MAPPING mapping = GpuMap(Dxgk, Mdl);

    if (mapping.Valid)
        mapping.Status = GpuKick();
    GpuUnmap(Dxgk, mapping); // expect: MDL106
    return mapping.Status;
}
