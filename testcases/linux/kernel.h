/*
 * kernel.h - the few declarations of the Linux kernel that the cases here need, in the form that callers see. Written for these cases.
 */
#ifndef TESTCASES_LINUX_KERNEL_H
#define TESTCASES_LINUX_KERNEL_H

#define bool _Bool
#define true 1
#define false 0

typedef __SIZE_TYPE__ size_t;
typedef unsigned int u32;
typedef unsigned long long u64, dma_addr_t, phys_addr_t;
typedef unsigned int gfp_t;
typedef struct { unsigned long pgprot; } pgprot_t;

struct page;
struct device;
struct iommu_domain;
struct scatterlist {
    unsigned long page_link;
    unsigned int offset, length;
    dma_addr_t dma_address;
};

enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE };

#define EIO 5
#define ENOMEM 12
#define EFAULT 14
#define FOLL_WRITE 1
#define VM_MAP 4
#define PAGE_SIZE 4096
#define PAGE_KERNEL ((pgprot_t){0x63})
#define GFP_KERNEL 0xcc0u

void *kmalloc(size_t size, gfp_t flags);
void kfree(const void *object);
void pr_info(const char *format, ...);
void writel(u32 value, volatile void *address);

long pin_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages);
int pin_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages);
void unpin_user_page(struct page *page);
void unpin_user_pages(struct page **pages, unsigned long npages);

void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot);
void vunmap(const void *addr);

dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page, size_t offset, size_t size, enum dma_data_direction dir,
                              unsigned long attrs);
void dma_unmap_page_attrs(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir, unsigned long attrs);
dma_addr_t dma_map_single_attrs(struct device *dev, void *ptr, size_t size, enum dma_data_direction dir, unsigned long attrs);
void dma_unmap_single_attrs(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir, unsigned long attrs);
unsigned int dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int nents, enum dma_data_direction dir, unsigned long attrs);
void dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sg, int nents, enum dma_data_direction dir, unsigned long attrs);
int dma_mapping_error(struct device *dev, dma_addr_t dma_addr);

#define dma_map_page(d, p, o, s, r) dma_map_page_attrs(d, p, o, s, r, 0)
#define dma_unmap_page(d, a, s, r) dma_unmap_page_attrs(d, a, s, r, 0)
#define dma_map_single(d, a, s, r) dma_map_single_attrs(d, a, s, r, 0)
#define dma_unmap_single(d, a, s, r) dma_unmap_single_attrs(d, a, s, r, 0)
#define dma_map_sg(d, s, n, r) dma_map_sg_attrs(d, s, n, r, 0)
#define dma_unmap_sg(d, s, n, r) dma_unmap_sg_attrs(d, s, n, r, 0)

int iommu_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t size, int prot, gfp_t gfp);
size_t iommu_unmap(struct iommu_domain *domain, unsigned long iova, size_t size);

#endif
