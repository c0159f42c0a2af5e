// Pinned pages are mapped into the kernel, and unpinned before that ends, through a helper that does it in the wrong order.
// rules: linux
// args: -target x86_64-linux-gnu -std=gnu11
#include "../kernel.h"

struct view {
    struct page *pages[4];
    void *address;
};

static void view_close_late(struct view *view)
{
    unpin_user_pages(view->pages, 4);
    if (view->address)
        vunmap(view->address);
}

static void view_close(struct view *view)
{
    if (view->address)
        vunmap(view->address);
    unpin_user_pages(view->pages, 4);
}

int look_bad(unsigned long start)
{
    struct view view = {0};
    long count = pin_user_pages(start, 4, 0, view.pages);

    if (count < 0)
        return (int)count;
    view.address = vmap(view.pages, 4, VM_MAP, PAGE_KERNEL); // step: LNX001
    view_close_late(&view); // expect: LNX001 "system mapping"
    return 0;
}

int look_ok(unsigned long start)
{
    struct view view = {0};
    long count = pin_user_pages(start, 4, 0, view.pages);

    if (count < 0)
        return (int)count;
    view.address = vmap(view.pages, 4, VM_MAP, PAGE_KERNEL);
    view_close(&view);
    return 0;
}
