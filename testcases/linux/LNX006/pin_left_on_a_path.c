// An early return leaves the page pinned.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

int peek_bad(unsigned long start, int is_allowed)
{
    struct page *page;

    if (pin_user_pages_fast(start, 1, 0, &page) != 1) // expect: LNX006 "Pages pinned here"
        return -EFAULT;
    if (!is_allowed)
        return -EIO; // step: LNX006
    unpin_user_page(page);
    return 0;
}

int peek_ok(unsigned long start, int is_allowed)
{
    struct page *page;

    if (pin_user_pages_fast(start, 1, 0, &page) != 1)
        return -EFAULT;
    if (!is_allowed) {
        unpin_user_page(page);
        return -EIO;
    }
    unpin_user_page(page);
    return 0;
}
