/*
 * iommu_runs.c - the IOMMU interface with versions on the host, through its wrapped table. Driver code: each function
 * is a run.
 */
#include "wdk/iommu.h"

#include "runs.h"

#define LENGTH (2 * PAGE_SIZE)

C_ASSERT(sizeof(DMA_IOMMU_INTERFACE) == 0x70 && sizeof(DMA_IOMMU_INTERFACE_V1) == 0x68 &&
         sizeof(DMA_IOMMU_INTERFACE_V2) == 0xb0);

typedef struct _WINDOW {
    DMA_IOMMU_INTERFACE_EX Iommu;
    PIOMMU_DMA_DOMAIN Domain;
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN Range; /* of four pages */
    IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT Segment[2];
    PMDL Mdl[2];
    PUCHAR Buffer[2];
} WINDOW;

static IOMMU_MAP_PHYSICAL_ADDRESS memory_of(PMDL mdl)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory;

    RtlZeroMemory(&memory, sizeof(memory));
    memory.MapType = MapPhysicalAddressTypeMdl;
    memory.Mdl.Mdl = mdl;
    return memory;
}

static VOID get_interface(WINDOW *window)
{
    RtlZeroMemory(window, sizeof(*window));
    CHECK(NT_SUCCESS(IoGetIommuInterfaceEx(2, 0, &window->Iommu)));
    CHECK(NT_SUCCESS(MdlGuardWrapIommuInterfaceEx(&window->Iommu)));
}

static VOID end(WINDOW *window)
{
    ULONG n;

    for (n = 0; n < 2; n++)
        if (window->Mdl[n] != NULL)
            release_mdl(window->Mdl[n]);
    if (window->Range != NULL)
        CHECK(NT_SUCCESS(window->Iommu.V2.FreeReservedLogicalAddressRange(window->Range)));
    if (window->Domain != NULL)
        CHECK(NT_SUCCESS(window->Iommu.V2.DeleteDomain(window->Domain)));
}

/* FALSE: a fault was injected; all is undone. */
static BOOLEAN begin(WINDOW *window)
{
    IOMMU_DMA_DOMAIN_CREATION_FLAGS flags = {0};
    ULONG n;

    get_interface(window);
    for (n = 0; n < 2; n++) {
        window->Buffer[n] = mdlguard_host_user_range(LENGTH);
        window->Mdl[n] = locked_mdl(window->Buffer[n], LENGTH);
    }
    if (!NT_SUCCESS(window->Iommu.V2.CreateDomainEx(DomainTypeTranslate, flags, NULL, NULL, &window->Domain)))
        window->Domain = NULL;
    else if (!NT_SUCCESS(window->Iommu.V2.ReserveLogicalAddressRange(window->Domain, 2 * LENGTH, NULL, NULL, NULL,
                                                                     &window->Range)))
        window->Range = NULL;
    if (window->Mdl[0] != NULL && window->Mdl[1] != NULL && window->Range != NULL)
        return TRUE;
    end(window);
    return FALSE;
}

static NTSTATUS map_segment(WINDOW *window, ULONG n)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory = memory_of(window->Mdl[n]);

    return window->Iommu.V2.MapReservedLogicalRange(window->Range, n * LENGTH, 3, &memory, &window->Segment[n]);
}

static NTSTATUS unmap_segment(WINDOW *window, ULONG n)
{
    return window->Iommu.V2.UnmapReservedLogicalRange(&window->Segment[n]);
}

/* ---- right ---- */

/* Two segments of one range, which are taken out in the order in which they came. */
void segments_of_a_range(void *context)
{
    WINDOW window;

    (void)context;
    if (!begin(&window))
        return;
    if (NT_SUCCESS(map_segment(&window, 0)) && NT_SUCCESS(map_segment(&window, 1))) {
        CHECK(mdlguard_host_device_write(window.Range->LogicalAddressBase + LENGTH - 1, "ab",
                                         2)); /* over the border of the two */
        CHECK(window.Buffer[0][LENGTH - 1] == 'a' && window.Buffer[1][0] == 'b');
        CHECK(!NT_SUCCESS(map_segment(&window, 0)));
        CHECK(!NT_SUCCESS(window.Iommu.V2.FreeReservedLogicalAddressRange(window.Range)));
        CHECK(NT_SUCCESS(unmap_segment(&window, 0)));
        release_mdl(window.Mdl[0]);
        window.Mdl[0] = NULL;
        CHECK(NT_SUCCESS(unmap_segment(&window, 1)));
    } else if (window.Segment[0].OwningToken != NULL) {
        unmap_segment(&window, 0);
    }
    end(&window);
}

/* One address in two domains; the device sees that of the domain that it is in. */
void one_address_in_two_domains(void *context)
{
    IOMMU_DMA_LOGICAL_ADDRESS address = 0x70000000, out[2];
    PIOMMU_DMA_DOMAIN domain[2] = {NULL, NULL};
    IOMMU_DMA_DOMAIN_CREATION_FLAGS flags = {0};
    PIOMMU_DMA_DEVICE device;
    WINDOW window;
    ULONG n, mapped = 0;

    (void)context;
    if (!begin(&window))
        return;
    for (n = 0; n < 2; n++) {
        IOMMU_MAP_PHYSICAL_ADDRESS memory = memory_of(window.Mdl[n]);

        if (!NT_SUCCESS(window.Iommu.V2.CreateDomainEx(DomainTypeTranslate, flags, NULL, NULL, &domain[n])))
            domain[n] = NULL;
        else if (NT_SUCCESS(window.Iommu.V2.MapLogicalRangeEx(domain[n], 3, &memory, &address, NULL, NULL, &out[n])))
            mapped |= 1 << n;
    }
    if (mapped == 3 && NT_SUCCESS(window.Iommu.V2.CreateDevice(NULL, NULL, &device))) {
        window.Iommu.V2.AttachDeviceEx(domain[1], device);
        CHECK(mdlguard_host_device_write(address, "x", 1) && window.Buffer[1][0] == 'x' && window.Buffer[0][0] != 'x');
        window.Iommu.V2.DetachDeviceEx(device);
        window.Iommu.V2.DeleteDevice(device);
    }
    for (n = 0; n < 2; n++) {
        if (mapped & (1 << n))
            CHECK(NT_SUCCESS(window.Iommu.V2.UnmapLogicalRange(domain[n], address, LENGTH / PAGE_SIZE)));
        release_mdl(window.Mdl[n]);
        window.Mdl[n] = NULL;
        if (domain[n] != NULL)
            window.Iommu.V2.DeleteDomain(domain[n]);
    }
    end(&window);
}

/* Memory that is named without an MDL; where one would stand is a number that is no address. */
void memory_without_an_mdl(void *context)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory;
    PFN_NUMBER frames[2];
    WINDOW window;

    (void)context;
    if (!begin(&window))
        return;
    RtlZeroMemory(&memory, sizeof(memory));
    memory.MapType = MapPhysicalAddressTypeContiguousRange;
    memory.ContiguousRange.Base.QuadPart = MmGetMdlPfnArray(window.Mdl[0])[0] * PAGE_SIZE;
    memory.ContiguousRange.Size = PAGE_SIZE;
    if (NT_SUCCESS(window.Iommu.V2.MapIdentityRangeEx(window.Domain, 3, &memory)))
        CHECK(NT_SUCCESS(window.Iommu.V2.UnmapIdentityRangeEx(window.Domain, &memory)));
    RtlZeroMemory(&memory, sizeof(memory));
    memory.MapType = MapPhysicalAddressTypePfn;
    RtlCopyMemory(frames, MmGetMdlPfnArray(window.Mdl[0]), sizeof(frames));
    memory.PfnArray.PageFrame = frames;
    memory.PfnArray.NumberOfPages = 2;
    if (NT_SUCCESS(window.Iommu.V2.MapIdentityRangeEx(window.Domain, 3, &memory)))
        CHECK(NT_SUCCESS(window.Iommu.V2.UnmapIdentityRangeEx(window.Domain, &memory)));
    end(&window);
}

/* The oldest of the tables, in the new structure; and structures that are too short for what they say that they hold.
 */
void interfaces_of_both_versions(void *context)
{
    DMA_IOMMU_INTERFACE_EX iommu;
    WINDOW window;

    (void)context;
    if (!begin(&window))
        return;
    CHECK(!NT_SUCCESS(IoGetIommuInterfaceEx(7, 0, &iommu)));
    CHECK(NT_SUCCESS(IoGetIommuInterfaceEx(1, 0, &iommu)));
    CHECK(NT_SUCCESS(MdlGuardWrapIommuInterfaceEx(&iommu)));
    CHECK(NT_SUCCESS(MdlGuardWrapIommuInterfaceEx(&iommu))); /* once is enough, and twice does no harm */
    if (NT_SUCCESS(iommu.V1.MapIdentityRange(window.Domain, 3, window.Mdl[0])))
        CHECK(NT_SUCCESS(iommu.V1.UnmapIdentityRange(window.Domain, window.Mdl[0])));
    iommu.Version = 2;
    iommu.Size = FIELD_OFFSET(DMA_IOMMU_INTERFACE_EX, V2) + sizeof(iommu.V1);
    CHECK(MdlGuardWrapIommuInterfaceEx(&iommu) == STATUS_INVALID_PARAMETER);
    end(&window);
}

/* ---- wrong ---- */

void unlocked_with_a_segment(void *context)
{
    WINDOW window;

    (void)context;
    if (!begin(&window) || !NT_SUCCESS(map_segment(&window, 0)) || !NT_SUCCESS(map_segment(&window, 1)))
        return;
    unmap_segment(&window, 1);
    release_mdl(window.Mdl[1]);
    release_mdl(window.Mdl[0]);
}

void a_segment_is_removed_twice(void *context)
{
    WINDOW window;

    (void)context;
    if (!begin(&window) || !NT_SUCCESS(map_segment(&window, 0)) || !NT_SUCCESS(map_segment(&window, 1)))
        return;
    unmap_segment(&window, 0);
    unmap_segment(&window, 0);
}

void unlocked_with_a_logical_mapping_ex(void *context)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory;
    IOMMU_DMA_LOGICAL_ADDRESS address;
    WINDOW window;

    (void)context;
    if (!begin(&window))
        return;
    memory = memory_of(window.Mdl[0]);
    if (NT_SUCCESS(window.Iommu.V2.MapLogicalRangeEx(window.Domain, 3, &memory, NULL, NULL, NULL, &address)))
        release_mdl(window.Mdl[0]);
}

void freed_with_an_identity_mapping_ex(void *context)
{
    PVOID pool = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'tset');
    PMDL mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    IOMMU_MAP_PHYSICAL_ADDRESS memory = memory_of(mdl);
    WINDOW window;

    (void)context;
    get_interface(&window);
    MmBuildMdlForNonPagedPool(mdl);
    if (NT_SUCCESS(window.Iommu.V2.MapIdentityRangeEx(NULL, 3, &memory)))
        IoFreeMdl(mdl);
}

void an_identity_mapping_of_another_mdl(void *context)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory;
    WINDOW window;

    (void)context;
    if (!begin(&window))
        return;
    memory = memory_of(window.Mdl[0]);
    if (!NT_SUCCESS(window.Iommu.V2.MapIdentityRangeEx(window.Domain, 3, &memory)))
        return;
    memory = memory_of(window.Mdl[1]);
    window.Iommu.V2.UnmapIdentityRangeEx(window.Domain, &memory);
}
