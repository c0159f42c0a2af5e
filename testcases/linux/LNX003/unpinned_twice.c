// The error path unpins what the shared exit unpins again.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

void unpin_user_page_range_dirty_lock(struct page *page, unsigned long npages, bool make_dirty);

int copy_bad(unsigned long start, int (*work)(void))
{
    struct page *page;
    int status;

    if (pin_user_pages_fast(start, 1, 0, &page) != 1)
        return -EFAULT;
    status = work();
    if (status < 0)
        unpin_user_page(page);
    unpin_user_page(page); // expect: LNX003
    return status;
}

int copy_ok(unsigned long start, int (*work)(void))
{
    struct page *page;
    int status;

    if (pin_user_pages_fast(start, 1, 0, &page) != 1)
        return -EFAULT;
    status = work();
    if (status < 0)
        pr_info("failed\n");
    unpin_user_page(page);
    return status;
}

int range_bad(unsigned long start, int (*work)(void))
{
    struct page *page;
    int status;

    if (pin_user_pages_fast(start, 1, 0, &page) != 1)
        return -EFAULT;
    status = work();
    if (status < 0)
        unpin_user_page(page);
    unpin_user_page_range_dirty_lock(page, 1, true); // expect: LNX003
    return status;
}

int range_ok(unsigned long start, int (*work)(void))
{
    struct page *page;
    int status;

    if (pin_user_pages_fast(start, 1, 0, &page) != 1)
        return -EFAULT;
    status = work();
    unpin_user_page_range_dirty_lock(page, 1, status >= 0);
    return status;
}
