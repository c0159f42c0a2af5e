// The address of a mapping that may have failed is unmapped; one is unmapped twice; an IOMMU mapping ends twice.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

void flash_bad(struct device *dev, void *buffer)
{
    dma_addr_t addr = dma_map_single(dev, buffer, 64, DMA_TO_DEVICE); // step: LNX005

    writel((u32)addr, buffer);
    dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE); // expect: LNX005 "may have failed"
}

void flash_ok(struct device *dev, void *buffer)
{
    dma_addr_t addr = dma_map_single(dev, buffer, 64, DMA_TO_DEVICE);

    if (dma_mapping_error(dev, addr))
        return;
    writel((u32)addr, buffer);
    dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);
}

void twice_bad(struct device *dev, void *buffer)
{
    dma_addr_t addr = dma_map_single(dev, buffer, 64, DMA_TO_DEVICE);

    if (dma_mapping_error(dev, addr))
        return;
    dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);
    dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE); // expect: LNX005
}

int domain_bad(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr)
{
    int status = iommu_map(domain, iova, paddr, PAGE_SIZE, 3, GFP_KERNEL);

    if (status)
        return status;
    iommu_unmap(domain, iova, PAGE_SIZE);
    iommu_unmap(domain, iova, PAGE_SIZE); // expect: LNX005
    return 0;
}

int domain_ok(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr)
{
    int status = iommu_map(domain, iova, paddr, PAGE_SIZE, 3, GFP_KERNEL);

    if (!status)
        iommu_unmap(domain, iova, PAGE_SIZE);
    return status;
}
