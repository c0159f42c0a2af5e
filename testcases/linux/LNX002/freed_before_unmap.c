// A buffer is freed while it is mapped for the device, on the path on which the device gives up.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

int send_bad(struct device *dev, const char *text, int is_broken)
{
    char *buffer = kmalloc(64, GFP_KERNEL);
    dma_addr_t addr;

    if (!buffer)
        return -ENOMEM;
    buffer[0] = text[0];
    addr = dma_map_single(dev, buffer, 64, DMA_TO_DEVICE); // step: LNX002
    if (dma_mapping_error(dev, addr)) {
        kfree(buffer);
        return -EIO;
    }
    if (is_broken) {
        kfree(buffer); // expect: LNX002 "Memory freed"
        dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);
        return -EIO;
    }
    dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);
    kfree(buffer);
    return 0;
}

int send_ok(struct device *dev, const char *text, int is_broken)
{
    char *buffer = kmalloc(64, GFP_KERNEL);
    int status = 0;
    dma_addr_t addr;

    if (!buffer)
        return -ENOMEM;
    buffer[0] = text[0];
    addr = dma_map_single(dev, buffer, 64, DMA_TO_DEVICE);
    if (dma_mapping_error(dev, addr)) {
        status = -EIO;
        goto free;
    }
    if (is_broken)
        status = -EIO;
    dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);
free:
    kfree(buffer);
    return status;
}

void sg_bad(struct device *dev, struct scatterlist *sg)
{
    if (!dma_map_sg(dev, sg, 2, DMA_TO_DEVICE))
        return;
    kfree(sg); // expect: LNX002
}

void sg_ok(struct device *dev, struct scatterlist *sg)
{
    if (dma_map_sg(dev, sg, 2, DMA_TO_DEVICE))
        dma_unmap_sg(dev, sg, 2, DMA_TO_DEVICE);
    kfree(sg);
}
