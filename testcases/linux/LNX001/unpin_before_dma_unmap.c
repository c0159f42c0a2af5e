// A page is unpinned while the device can still write to it.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

int receive_bad(struct device *dev, unsigned long start)
{
    struct page *page;
    dma_addr_t addr;

    if (pin_user_pages_fast(start, 1, FOLL_WRITE, &page) != 1) // step: LNX001
        return -EFAULT;
    addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_FROM_DEVICE); // step: LNX001
    if (dma_mapping_error(dev, addr)) {
        unpin_user_page(page);
        return -EIO;
    }
    unpin_user_page(page); // expect: LNX001 "before their dma mapping"
    dma_unmap_page(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE);
    return 0;
}

int receive_ok(struct device *dev, unsigned long start)
{
    struct page *page;
    dma_addr_t addr;

    if (pin_user_pages_fast(start, 1, FOLL_WRITE, &page) != 1)
        return -EFAULT;
    addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_FROM_DEVICE);
    if (dma_mapping_error(dev, addr)) {
        unpin_user_page(page);
        return -EIO;
    }
    dma_unmap_page(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE);
    unpin_user_page(page);
    return 0;
}
