/*
 * shim_tracker_fixture.h - a tracker on calls that are made up, for its tests: hooks that check how they are called, and the calls of a driver, in which
 * `line` stands for the place.
 */
#ifndef MDLGUARD_TESTS_SHIM_TRACKER_FIXTURE_H
#define MDLGUARD_TESTS_SHIM_TRACKER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mdlguard_routines.h"
#include "tracker.h"

#define SUCCESS 0
#define FAILURE (-1073741823) /* STATUS_UNSUCCESSFUL */

struct fixture {
    struct mg_tracker *tracker;
    void *memory;
    struct mg_violation violations[16];
    uint32_t count;
    uint32_t locked; /* depth; the tracker must never call back under it */
    uint32_t flags;  /* of every MDL */
    const void *next;
    uint64_t unreadable; /* no MDL */
    char text[8192];
};

static inline uint64_t hook_lock(void *context)
{
    struct fixture *self = context;

    assert_int_equal(self->locked++, 0);
    return 7;
}

static inline void hook_unlock(void *context, uint64_t state)
{
    struct fixture *self = context;

    assert_int_equal(state, 7);
    assert_int_equal(--self->locked, 0);
}

static inline bool hook_look(void *context, uint64_t mdl, struct mg_view *view)
{
    struct fixture *self = context;

    assert_int_not_equal(mdl, self->unreadable);
    view->flags = self->flags;
    view->bytes = 0x2000;
    view->next = self->next;
    return true;
}

static inline void hook_report(void *context, const struct mg_violation *violation)
{
    struct fixture *self = context;

    assert_int_equal(self->locked, 0);
    assert_in_range(self->count, 0, 15);
    self->violations[self->count++] = *violation;
}

static inline void start(struct fixture *self, uint32_t objects, uint32_t mappings)
{
    struct mg_config config = {.object_capacity = objects, .mapping_capacity = mappings, .context = self, .lock = hook_lock,
                               .unlock = hook_unlock, .look = hook_look, .report = hook_report};

    memset(self, 0, sizeof(*self));
    self->memory = malloc(mg_tracker_size(&config));
    self->tracker = mg_tracker_init(self->memory, &config);
    assert_non_null(self->tracker);
}

static inline void stop(struct fixture *self)
{
    free(self->memory);
}

/* ---- calls: `line` stands for the place ---- */

static inline void begin(struct fixture *self, struct mg_call *call, uint16_t routine, uint32_t line)
{
    call->routine = routine;
    call->site.file = "driver.c";
    call->site.line = line;
    mg_tracker_enter(self->tracker, call);
}

static inline void allocate(struct fixture *self, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t result = mdl;
    int arg2 = 0, arg4 = 0;

    MG_ENTRY_IoAllocateMdl(call.slots);
    begin(self, &call, MG_ROUTINE_IoAllocateMdl, line);
    MG_EXIT_IoAllocateMdl(call.slots);
    mg_tracker_leave(self->tracker, &call, (int64_t)mdl);
}

static inline void allocate_pages(struct fixture *self, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t result = mdl;

    begin(self, &call, MG_ROUTINE_MmAllocatePagesForMdlEx, line);
    MG_EXIT_MmAllocatePagesForMdlEx(call.slots);
    mg_tracker_leave(self->tracker, &call, (int64_t)mdl);
}

/* A routine whose only path is arg0, the MDL. */
static inline void on_mdl(struct fixture *self, uint16_t routine, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {0};

    call.slots[0] = mdl;
    begin(self, &call, routine, line);
    mg_tracker_leave(self->tracker, &call, SUCCESS);
}

static inline void map(struct fixture *self, uint64_t mdl, int mode, uint64_t address, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t arg0 = mdl, result = address;
    int arg1 = mode, arg4 = 0;

    MG_ENTRY_MmMapLockedPagesSpecifyCache(call.slots);
    begin(self, &call, MG_ROUTINE_MmMapLockedPagesSpecifyCache, line);
    MG_EXIT_MmMapLockedPagesSpecifyCache(call.slots);
    mg_tracker_leave(self->tracker, &call, (int64_t)address);
}

static inline void safe_address(struct fixture *self, uint64_t mdl, uint64_t address, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t arg0 = mdl, result = address;

    MG_ENTRY_MmGetSystemAddressForMdlSafe(call.slots);
    begin(self, &call, MG_ROUTINE_MmGetSystemAddressForMdlSafe, line);
    MG_EXIT_MmGetSystemAddressForMdlSafe(call.slots);
    mg_tracker_leave(self->tracker, &call, (int64_t)address);
}

static inline void unmap(struct fixture *self, uint64_t address, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t arg0 = address, arg1 = mdl;

    MG_ENTRY_MmUnmapLockedPages(call.slots);
    begin(self, &call, MG_ROUTINE_MmUnmapLockedPages, line);
    mg_tracker_leave(self->tracker, &call, 0);
}

struct iommu_argument {
    uint64_t pMdl, hMemoryHandle;
};

static inline void map_iommu(struct fixture *self, uint64_t mdl, uint64_t handle, int32_t status, uint32_t line)
{
    struct mg_call call = {0};
    struct iommu_argument argument = {mdl, handle}, *arg1 = &argument;

    MG_ENTRY_DxgkCbMapMdlToIoMmu(call.slots);
    begin(self, &call, MG_ROUTINE_DxgkCbMapMdlToIoMmu, line);
    MG_EXIT_DxgkCbMapMdlToIoMmu(call.slots);
    mg_tracker_leave(self->tracker, &call, status);
}

static inline void unmap_iommu(struct fixture *self, uint64_t handle, uint32_t line)
{
    struct mg_call call = {0};
    struct iommu_argument argument = {0, handle}, *arg1 = &argument;

    MG_ENTRY_DxgkCbUnmapMdlFromIoMmu(call.slots);
    begin(self, &call, MG_ROUTINE_DxgkCbUnmapMdlFromIoMmu, line);
    mg_tracker_leave(self->tracker, &call, 0);
}

#define lock(self, mdl, line) on_mdl(self, MG_ROUTINE_MmProbeAndLockPages, mdl, line)
#define unlock(self, mdl, line) on_mdl(self, MG_ROUTINE_MmUnlockPages, mdl, line)
#define free_mdl(self, mdl, line) on_mdl(self, MG_ROUTINE_IoFreeMdl, mdl, line)
#define free_pages(self, mdl, line) on_mdl(self, MG_ROUTINE_MmFreePagesFromMdl, mdl, line)
#define free_pool(self, mdl, line) on_mdl(self, MG_ROUTINE_ExFreePool, mdl, line)

/* Exactly one violation so far: RULE, whose primary place is LINE. */
static inline void expect(struct fixture *self, const char *rule, uint32_t line)
{
    assert_int_equal(self->count, 1);
    assert_string_equal(self->violations[0].rule->id, rule);
    assert_int_equal(self->violations[0].primary.site.line, line);
}

#endif
