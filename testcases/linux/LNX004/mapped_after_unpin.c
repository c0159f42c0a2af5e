// A page is mapped for the device that is not pinned any more.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

int late_bad(struct device *dev, unsigned long start)
{
    struct page *page;
    dma_addr_t addr;

    if (pin_user_pages_fast(start, 1, 0, &page) != 1)
        return -EFAULT;
    unpin_user_page(page);
    addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE); // expect: LNX004
    if (dma_mapping_error(dev, addr))
        return -EIO;
    dma_unmap_page(dev, addr, PAGE_SIZE, DMA_TO_DEVICE);
    return 0;
}

int late_ok(struct device *dev, struct page *page)
{
    dma_addr_t addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);

    if (dma_mapping_error(dev, addr))
        return -EIO;
    dma_unmap_page(dev, addr, PAGE_SIZE, DMA_TO_DEVICE);
    return 0;
}
