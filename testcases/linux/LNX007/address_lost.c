// The DMA address goes out of scope with its mapping; kept in the caller's memory it is not lost.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

struct ring {
    dma_addr_t addr;
};

int once_bad(struct device *dev, void *buffer, int is_ready)
{
    dma_addr_t addr = dma_map_single(dev, buffer, 64, DMA_TO_DEVICE); // expect: LNX007

    if (dma_mapping_error(dev, addr))
        return -EIO;
    if (!is_ready)
        return -EIO;
    dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);
    return 0;
}

int once_ok(struct device *dev, void *buffer, struct ring *ring)
{
    ring->addr = dma_map_single(dev, buffer, 64, DMA_TO_DEVICE);
    return dma_mapping_error(dev, ring->addr) ? -EIO : 0;
}
