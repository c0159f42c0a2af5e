/*
 * adl.c - physical memory objects of dxgkrnl and what is made of them: adapters' handles, lists of addresses for the device, views for the processor.
 *
 * An object's pages are those of a descriptor that nobody sees. A list pins its pages and lets the device in through the IOMMU of iommu.c; a view is a system
 * mapping. An object that is destroyed gives its pages back and looks at no view: who still has one meets the pages' next owner.
 *
 * Arguments are those of include/wdk/d3dkmddi_adl.h.
 */
#include <string.h>

#include "host.h"

struct create_argument {
    uint64_t adapter, bytes;
    uint64_t object, adapter_object; /* out */
};

struct destroy_argument {
    uint64_t object, adapter_object;
};

struct open_argument {
    uint64_t object, adapter;
    uint64_t adapter_object; /* out */
};

struct close_argument {
    uint64_t adapter_object;
};

struct view_argument {
    uint64_t object;
    uint64_t offset, bytes;
    char *base; /* out */
};

struct unview_argument {
    uint64_t object;
    char *base;
    uint64_t bytes;
};

struct list_argument {
    uint64_t adapter_object;
    uint64_t offset, bytes;
    struct address_list *list; /* out */
};

struct unlist_argument {
    uint64_t adapter_object;
    struct address_list *list;
};

/* DXGK_ADL; behind it what is the host's, and then the pages. */
struct address_list {
    uint32_t count, flags;
    const uint64_t *pages;
    uint64_t iommu_handle;
    struct host_mdl *mdl; /* of these pages alone */
    uint64_t numbers[];
};

static struct host_object *find_object(struct host *self, uint64_t handle)
{
    for (uint32_t o = 0; o < HOST_OBJECTS; o++)
        if (handle && self->objects[o].handle == handle)
            return &self->objects[o];
    return NULL;
}

static struct host_object *find_open(struct host *self, uint64_t adapter_handle)
{
    for (uint32_t o = 0; o < HOST_OBJECTS; o++)
        if (adapter_handle && self->objects[o].adapter_handle == adapter_handle)
            return &self->objects[o];
    return NULL;
}

static uint64_t new_handle(struct host *self)
{
    return 0xe0000000 + (++self->next_handle << 4);
}

/* Windows looks a handle up and stops the machine, or worse. */
static struct host_object *must_be(struct host_object *object, uint64_t handle)
{
    if (!object)
        host_bug_check(0x119, "VIDEO_SCHEDULER_INTERNAL_ERROR: a handle that is none of a physical memory object", handle);
    return object;
}

static bool is_part(const struct host_object *object, uint64_t offset, uint64_t bytes)
{
    return bytes && offset % HOST_PAGE == 0 && offset <= object->pages->bytes && bytes <= object->pages->bytes - offset;
}

/* ---- objects ---- */

HOST_API static int32_t object_create(struct create_argument *argument)
{
    struct host *self = host_machine();
    struct host_object *object = self->objects;

    while (object < self->objects + HOST_OBJECTS && object->handle)
        object++;
    if (host_fails(self, "DxgkCbCreatePhysicalMemoryObject") || object == self->objects + HOST_OBJECTS)
        return (int32_t)STATUS_NO_MEMORY;
    object->pages = mdl_make_with_pages(self, argument->bytes, "a physical memory object");
    if (!object->pages)
        return (int32_t)STATUS_NO_MEMORY;
    object->handle = argument->object = new_handle(self);
    object->adapter_handle = argument->adapter_object = argument->adapter ? new_handle(self) : 0;
    return STATUS_SUCCESS;
}

HOST_API static void object_destroy(const struct destroy_argument *argument)
{
    struct host *self = host_machine();
    struct host_object *object = must_be(find_object(self, argument->object), argument->object);

    if (object->lists)
        host_bug_check(0x119, "VIDEO_SCHEDULER_INTERNAL_ERROR: a physical memory object destroyed while a list of its addresses exists", object->handle);
    if (argument->adapter_object)
        must_be(find_open(self, argument->adapter_object), argument->adapter_object);
    mdl_free_pages(self, object->pages);
    block_free(self, object->pages);
    memset(object, 0, sizeof(*object));
}

/* On one adapter at a time. */
HOST_API static int32_t object_open(struct open_argument *argument)
{
    struct host *self = host_machine();
    struct host_object *object = find_object(self, argument->object);

    if (host_fails(self, "DxgkCbOpenPhysicalMemoryObject") || !object || object->adapter_handle)
        return (int32_t)STATUS_INVALID_PARAMETER;
    object->adapter_handle = argument->adapter_object = new_handle(self);
    return STATUS_SUCCESS;
}

HOST_API static void object_close(const struct close_argument *argument)
{
    must_be(find_open(host_machine(), argument->adapter_object), argument->adapter_object)->adapter_handle = 0;
}

/* ---- views ---- */

HOST_API static int32_t object_map(struct view_argument *argument)
{
    struct host *self = host_machine();
    struct host_object *object = find_object(self, argument->object);

    if (host_fails(self, "DxgkCbMapPhysicalMemory") || !object || !is_part(object, argument->offset, argument->bytes))
        return (int32_t)STATUS_INVALID_PARAMETER;
    argument->bytes = (argument->bytes + HOST_PAGE - 1) / HOST_PAGE * HOST_PAGE;
    argument->base = space_map(self, SPACE_SYSTEM, mdl_frames(object->pages) + argument->offset / HOST_PAGE, (uint32_t)(argument->bytes / HOST_PAGE));
    argument->offset = 0; /* from the base on */
    return argument->base ? STATUS_SUCCESS : (int32_t)STATUS_NO_MEMORY;
}

HOST_API static void object_unmap(const struct unview_argument *argument)
{
    struct host *self = host_machine();

    if (!space_frame(self, argument->base))
        host_bug_check(0x119, "VIDEO_SCHEDULER_INTERNAL_ERROR: a view of a physical memory object unmapped that is not there", (uintptr_t)argument->base);
    space_clear(self, argument->base, (uint32_t)(argument->bytes / HOST_PAGE));
}

/* ---- lists of addresses ---- */

/* The IOMMU knows a list by a descriptor of just its pages. False: there is no room. */
static bool list_fill(struct host *self, struct address_list *list, const struct host_object *object, const struct list_argument *argument)
{
    memset(list, 0, sizeof(*list));
    list->mdl = mdl_make(self, NULL, argument->bytes);
    if (!list->mdl)
        return false;
    list->count = mdl_pages(list->mdl);
    list->pages = list->numbers;
    for (uint32_t p = 0; p < list->count; p++)
        list->numbers[p] = mdl_frames(list->mdl)[p] = mdl_frames(object->pages)[argument->offset / HOST_PAGE + p];
    list->iommu_handle = iommu_map(self, list->mdl);
    if (!list->iommu_handle) {
        block_free(self, list->mdl);
        return false;
    }
    for (uint32_t p = 0; p < list->count; p++)
        frame_lock(self, (uint32_t)list->numbers[p]);
    return true;
}

HOST_API static int32_t list_allocate(struct list_argument *argument)
{
    struct host *self = host_machine();
    struct host_object *object = find_open(self, argument->adapter_object);
    struct address_list *list;

    if (!object || !is_part(object, argument->offset, argument->bytes))
        return (int32_t)STATUS_INVALID_PARAMETER;
    if (host_fails(self, "DxgkCbAllocateAdl"))
        return (int32_t)STATUS_NO_MEMORY;
    list = block_allocate(self, SPACE_POOL, sizeof(*list) + object->pages->bytes / HOST_PAGE * sizeof(uint64_t) + sizeof(uint64_t), "an address descriptor list");
    if (!list || !list_fill(self, list, object, argument)) {
        block_free(self, list);
        return (int32_t)STATUS_NO_MEMORY;
    }
    object->lists++;
    argument->list = list;
    return STATUS_SUCCESS;
}

HOST_API static void list_free(const struct unlist_argument *argument)
{
    struct host *self = host_machine();
    struct address_list *list = argument->list;
    struct host_object *object = must_be(find_open(self, argument->adapter_object), argument->adapter_object);

    if (!space_frame(self, list) || !iommu_unmap(self, list->iommu_handle, NULL))
        host_bug_check(0x119, "VIDEO_SCHEDULER_INTERNAL_ERROR: an address descriptor list freed that is not there", (uintptr_t)list);
    for (uint32_t p = 0; p < list->count; p++)
        frame_unlock(self, (uint32_t)list->numbers[p]);
    block_free(self, list->mdl);
    block_free(self, list);
    object->lists--;
}

const struct host_object_interface host_object_interface = {object_create, object_destroy, object_map,  object_unmap,
                                                            list_allocate, list_free,      object_open, object_close};
