/*
 * host.h - what the files of the host share. Native code: what driver code calls is marked HOST_API and follows the Windows calling convention.
 *
 * One machine a process: host_machine(). It is made in the child process that a run is, and dies with it. That it is found through a variable
 * and not through a parameter is Windows' doing: MmUnlockPages knows one memory manager, and a fault none.
 */
#ifndef MDLGUARD_HOST_INTERNAL_H
#define MDLGUARD_HOST_INTERNAL_H

#define MDLGUARD_HOST_CALL __attribute__((ms_abi))
#define HOST_API __attribute__((ms_abi, used))

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mdlguard_host.h"
#include "seh.h"
#include "tracker.h"

#define HOST_PAGE 4096u
#define HOST_PAGES 8192u /* of physical memory */
#define HOST_HANDLES 1024u
#define HOST_TLB 64u
#define HOST_OBJECTS 64u
#define HOST_BUFFERS 64u
#define HOST_ROOTS 64u
#define STATUS_SUCCESS 0
#define STATUS_ACCESS_VIOLATION 0xc0000005u
#define STATUS_INVALID_PARAMETER 0xc000000du
#define STATUS_NO_MEMORY 0xc0000017u
#define STATUS_INSUFFICIENT_RESOURCES 0xc000009au
#define STATUS_BUFFER_TOO_SMALL 0xc0000023u
#define STATUS_NOT_SUPPORTED 0xc00000bbu
#define STATUS_RESOURCE_IN_USE 0xc0000708u

/* struct _MDL of 64-bit Windows; the frame numbers (uint64_t) follow. */
struct host_mdl {
    struct host_mdl *next;
    int16_t size, flags;
    void *process;
    void *mapped; /* MappedSystemVa */
    char *start;  /* StartVa, page aligned */
    uint32_t bytes, offset;
};

#define HOST_MDL_MAPPED 0x1
#define HOST_MDL_LOCKED 0x2
#define HOST_MDL_NONPAGED 0x4
#define HOST_MDL_PARTIAL 0x10
#define HOST_MDL_PARTIAL_MAPPED 0x20
#define HOST_MDL_IO_SPACE 0x800

struct create_argument;
struct destroy_argument;
struct open_argument;
struct close_argument;
struct view_argument;
struct unview_argument;
struct list_argument;
struct unlist_argument;

/* A page of physical memory: its entry in the PFN database. */
struct frame {
    bool is_used, is_orphan; /* orphan: freed by its owner while it was locked, free when it is unlocked */
    uint32_t locks;
    uint32_t next;       /* in the free list */
    uint64_t generation; /* counts owners */
    char owner[40];
};

enum space_kind { SPACE_USER, SPACE_POOL, SPACE_SYSTEM, SPACE_COUNT };

struct space {
    char *base;
    uint32_t *frames; /* by page; 0: none */
    uint32_t *runs;   /* by page: pages of the range that begins there; 0: none does */
    uint32_t next;    /* addresses are not used twice, so that a stale one faults */
};

/* What one IOMMU handle stands for. */
struct iommu_mapping {
    uint64_t handle; /* 0: free */
    uint64_t *frames, *generations;
    uint32_t count;
    uint64_t offset;
    uint64_t domain;  /* 0: the system's own */
    bool is_logical;  /* the device's page numbers are LOGICAL and the next ones; else those of the frames */
    uint64_t logical;
    uint64_t mdl;
    char owner[40]; /* of the first page, then */
};

/* A physical memory object of dxgkrnl. */
struct host_object {
    uint64_t handle, adapter_handle; /* 0: free; not open */
    struct host_mdl *pages;
    uint32_t lists;
};

/* A translation that the device has cached. */
struct iommu_translation {
    uint64_t page; /* the device's */
    uint32_t frame;
    uint64_t generation;
    uint64_t handle; /* 0: none */
};

/* A common buffer of a DMA adapter. */
struct host_buffer {
    void *address; /* for the processor; NULL: free */
    const void *adapter;
    uint64_t logical, handle;
    uint32_t length;
    bool is_own; /* its memory was allocated with it */
};

#define HOST_TAPE 512u

/* The ways that a run takes at its points; shared with the parent. */
struct host_tape {
    unsigned given, count; /* ways that were asked for; points met */
    bool is_full;          /* there were more than fit */
    unsigned char way[HOST_TAPE], ways[HOST_TAPE];
};

struct host_inject {
    unsigned nth;
    const char *routine;
    unsigned routine_nth, one_in;
    uint64_t seed;
    bool is_waiting; /* for mdlguard_host_begin: nothing fails before */
    struct host_tape *tape; /* NULL: none */
};

struct host {
    struct mg_tracker *tracker;
    struct mdlguard_host_result *result; /* shared with the parent */
    unsigned flags;
    bool is_ending;

    int memory; /* the memfd */
    char *physical;
    struct frame frames[HOST_PAGES];
    uint32_t free_frame;
    struct space spaces[SPACE_COUNT];

    struct iommu_mapping mappings[HOST_HANDLES];
    struct iommu_translation tlb[HOST_TLB];
    uint64_t next_handle;
    uint64_t domain; /* of the IOMMU interface, which the device is attached to; 0: it sees them all */
    struct host_object objects[HOST_OBJECTS];
    struct host_buffer buffers[HOST_BUFFERS];

    struct host_inject inject;
    struct {
        const char *start;
        uint64_t bytes;
    } roots[HOST_ROOTS];
    uint32_t root_count;
    uint32_t irql;
    struct {
        uint64_t address;
        struct mg_site site;
        bool is_raised; /* NULL was used where a handler may be: a mistake when there is none */
    } null_use;
    mdlguard_host_function *on_wait; /* NULL: nothing */
    void *on_wait_context;
    uint64_t events_before; /* mdlguard_host_begin */
};

/* The machine of this process; NULL outside of a run. */
struct host *host_machine(void);

/* ---- physical memory (memory.c) ---- */

bool memory_start(struct host *self);
/* The frame that was freed last; 0: none is left. */
uint32_t frame_take(struct host *self, const char *owner);
void frame_free(struct host *self, uint32_t frame);
void frame_lock(struct host *self, uint32_t frame);
void frame_unlock(struct host *self, uint32_t frame);

/* ---- addresses (memory.c) ---- */

/* Maps COUNT frames at new addresses with an unmapped page behind; FRAMES NULL: reserves. NULL: out of addresses. */
void *space_map(struct host *self, enum space_kind kind, const uint64_t *frames, uint32_t count);
void space_fill(struct host *self, void *address, const uint64_t *frames, uint32_t count);
void space_clear(struct host *self, void *address, uint32_t count);
/* The frame behind ADDRESS; 0: none. */
uint32_t space_frame(struct host *self, const void *address);
/* The space that ADDRESS belongs to; SPACE_COUNT: none. */
enum space_kind space_of(struct host *self, const void *address);
/* The range that begins at or before ADDRESS and holds it. */
bool space_range(struct host *self, const void *address, const char **start, uint64_t *bytes);

/* ---- blocks of new pages (memory.c) ---- */

void *block_allocate(struct host *self, enum space_kind kind, uint64_t bytes, const char *owner);
/* False: no block begins there. */
bool block_free(struct host *self, void *block);

/* ---- MDLs (mdl.c) ---- */

uint64_t *mdl_frames(struct host_mdl *mdl);
uint32_t mdl_pages(const struct host_mdl *mdl);
/* An unfilled MDL over BYTES at VA. NULL: memory is out. */
struct host_mdl *mdl_make(struct host *self, const void *va, uint64_t bytes);
/* One whose pages are new. */
struct host_mdl *mdl_make_with_pages(struct host *self, uint64_t bytes, const char *owner);
void mdl_free_pages(struct host *self, struct host_mdl *mdl);

/* ---- the IOMMU (iommu.c) ---- */

/* Pages that are mapped together. */
struct iommu_memory {
    const uint64_t *frames;
    uint32_t count, offset;
    const void *mdl; /* NULL: they are named without one */
};

struct iommu_memory mdl_memory(const struct host_mdl *mdl);

/* Returns the mapping's handle; 0: there is no room. The device's addresses are the physical ones. */
uint64_t iommu_map(struct host *self, struct host_mdl *mdl);
uint64_t iommu_map_identity(struct host *self, uint64_t domain, struct iommu_memory memory);
/* The same, but at the device's address LOGICAL. 0 also: something is there, or it does not begin a page. */
uint64_t iommu_map_at(struct host *self, uint64_t domain, struct iommu_memory memory, uint64_t logical);
/* The lowest address from FIRST on, and not above LAST, where COUNT pages are free for iommu_map_at. 0: there is none. */
uint64_t iommu_room(const struct host *self, uint64_t domain, uint32_t count, uint64_t first, uint64_t last);
bool iommu_is_free(const struct host *self, uint64_t domain, uint32_t count, uint64_t logical);
/* False: no such handle. *MDL (may be NULL): of which it was made. */
bool iommu_unmap(struct host *self, uint64_t handle, uint64_t *mdl);
/* The handle of the mapping that begins at the device's address LOGICAL; 0: there is none. */
uint64_t iommu_handle_at(const struct host *self, uint64_t domain, uint64_t logical);
/* The handle of an identity mapping of these pages; 0: there is none. */
uint64_t iommu_handle_of(const struct host *self, uint64_t domain, struct iommu_memory memory);
/* The device changes to another domain. */
void iommu_attach(struct host *self, uint64_t domain);

/* ---- common buffers (buffer.c) ---- */

HOST_API void *buffer_allocate(const void *adapter, uint32_t length, uint64_t *logical, uint8_t is_cached);
HOST_API void *buffer_allocate_ex(const void *adapter, const uint64_t *maximum, uint32_t length, uint64_t *logical, uint8_t is_cached, uint32_t node);
HOST_API void *buffer_allocate_with_bounds(const void *adapter, const uint64_t *minimum, const uint64_t *maximum, uint32_t length, uint32_t flags,
                                           const int *cache, uint32_t node, uint64_t *logical);
HOST_API int32_t buffer_create_from_mdl(const void *adapter, struct host_mdl *mdl, const void *configs, uint32_t config_count, uint64_t *logical);
HOST_API void buffer_free(const void *adapter, uint32_t length, uint64_t logical, void *address, uint8_t is_cached);
bool buffer_is_outstanding(const struct host *self, const void *adapter);

/* ---- physical memory objects (adl.c) ---- */

/* The last members of DXGKRNL_INTERFACE in include/wdk/d3dkmddi_iommu.h. */
struct host_object_interface {
    int32_t (*MDLGUARD_HOST_CALL create)(struct create_argument *argument);
    void (*MDLGUARD_HOST_CALL destroy)(const struct destroy_argument *argument);
    int32_t (*MDLGUARD_HOST_CALL map)(struct view_argument *argument);
    void (*MDLGUARD_HOST_CALL unmap)(const struct unview_argument *argument);
    int32_t (*MDLGUARD_HOST_CALL allocate_list)(struct list_argument *argument);
    void (*MDLGUARD_HOST_CALL free_list)(const struct unlist_argument *argument);
    int32_t (*MDLGUARD_HOST_CALL open)(struct open_argument *argument);
    void (*MDLGUARD_HOST_CALL close)(const struct close_argument *argument);
};
extern const struct host_object_interface host_object_interface;

/* ---- the machine (machine.c) ---- */

void host_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The run is over. */
__attribute__((noreturn)) void host_end(void);
__attribute__((noreturn)) void host_bug_check(uint32_t code, const char *why, uint64_t parameter);

/* ---- injected faults (inject.c) ---- */

/* A call of ROUTINE, which can fail: has it to? */
bool host_fails(struct host *self, const char *routine);
/* What the test asked for the next run. */
struct host_inject host_inject_next(void);

/* ---- faults and stacks (fault.c) ---- */

bool host_catch_faults(void);
/* Nobody handles the exception that is on its way: if it is one of a use of NULL, that was a mistake. */
void host_explain_null_use(void);
/* Callers from the frame pointer FRAME upwards; CODE, when it is not NULL, comes first. */
void host_stack(struct mg_site *site, const void *code, const void *frame);
/* "function+0x12" of a code address; "" when it is not known. */
void host_describe(void *context, const void *address, char *buffer, size_t size);

/* ---- exceptions (seh.c) ---- */

/* To the innermost __try of this thread; a bug check when there is none. */
__attribute__((noreturn)) void host_raise(uint32_t code);
bool host_is_guarded(void);

#endif
