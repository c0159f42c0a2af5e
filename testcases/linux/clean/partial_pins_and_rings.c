// clean: pins of which fewer came than were asked for, mappings kept in a ring until the device is done, pages that belong to others.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

#define SLOTS 8

struct slot {
    struct page *page;
    dma_addr_t addr;
    bool is_used;
};

struct ring {
    struct device *dev;
    struct slot slots[SLOTS];
    struct page **pages;
    long count;
    void *address;
};

int ring_pin(struct ring *ring, unsigned long start, long wanted)
{
    ring->count = pin_user_pages(start, (unsigned long)wanted, FOLL_WRITE, ring->pages);
    if (ring->count < 0)
        return (int)ring->count;
    if (ring->count != wanted) {
        if (ring->count)
            unpin_user_pages(ring->pages, (unsigned long)ring->count);
        ring->count = 0;
        return -EFAULT;
    }
    ring->address = vmap(ring->pages, (unsigned int)ring->count, VM_MAP, PAGE_KERNEL);
    if (!ring->address) {
        unpin_user_pages(ring->pages, (unsigned long)ring->count);
        ring->count = 0;
        return -ENOMEM;
    }
    return 0;
}

void ring_unpin(struct ring *ring)
{
    vunmap(ring->address);
    if (ring->count > 0)
        unpin_user_pages(ring->pages, (unsigned long)ring->count);
}

int slot_fill(struct ring *ring, struct slot *slot, struct page *page)
{
    slot->page = page;
    slot->addr = dma_map_page(ring->dev, page, 0, PAGE_SIZE, DMA_FROM_DEVICE);
    if (dma_mapping_error(ring->dev, slot->addr))
        return -EIO;
    slot->is_used = true;
    return 0;
}

void slot_drop(struct ring *ring, struct slot *slot)
{
    if (!slot->is_used)
        return;
    dma_unmap_page(ring->dev, slot->addr, PAGE_SIZE, DMA_FROM_DEVICE);
    unpin_user_page(slot->page);
    slot->is_used = false;
}

int receive_once(struct ring *ring, unsigned long start)
{
    struct page *page;
    int status;

    if (pin_user_pages_fast(start, 1, FOLL_WRITE, &page) != 1)
        return -EFAULT;
    status = slot_fill(ring, &ring->slots[0], page);
    if (status) {
        unpin_user_page(page);
        return status;
    }
    slot_drop(ring, &ring->slots[0]);
    return 0;
}

void drop_all(struct ring *ring)
{
    for (int i = 0; i < SLOTS; i++)
        slot_drop(ring, &ring->slots[i]);
    kfree(ring);
}

int map_list(struct device *dev, struct scatterlist *list, int count)
{
    unsigned int mapped = dma_map_sg(dev, list, count, DMA_TO_DEVICE);

    if (!mapped)
        return -EIO;
    writel(mapped, (void *)list->dma_address);
    dma_unmap_sg(dev, list, count, DMA_TO_DEVICE);
    return 0;
}
