/*
 * driver.c - the shim in a Windows kernel: MdlGuardStart and its family, and what the wrappers need of the platform (platform.h).
 *
 * Part of the driver, compiled with its kit. All memory is taken by MdlGuardStart. An event holds one spin lock at DISPATCH_LEVEL. MDLs that are freed
 * wait in a short queue before the memory goes back: an MDL that somebody else gets at the same address is then never taken for the one that
 * this driver freed.
 */
#define MDLGUARD_SHIM_NO_MACROS
#include "mdlguard/shim.h"

#include "platform.h"

#if defined(__MINGW32__) /* has it in its library, but not in its headers */
NTSYSAPI USHORT NTAPI RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID *BackTrace, PULONG BackTraceHash);
#endif

#define POOL_TAG 'gldM'
#define KEPT 64  /* freed MDLs whose memory waits */
#define PLACES 64 /* threads that are between MdlGuardHere and the call it announces */
#define TEXT 400

struct kept {
    PVOID mdl;
    ULONG tag;
    BOOLEAN is_pool;
};

struct place {
    PKTHREAD thread;
    const char *file;
    ULONG line;
};

static struct {
    struct mg_tracker *tracker; /* NULL: not started; the wrappers only pass on */
    MDLGUARD_ACTION action;
    BOOLEAN is_tracing;
    KSPIN_LOCK lock;  /* the tracker's */
    KSPIN_LOCK small; /* of the arrays below */
    struct kept kept[KEPT];
    ULONG kept_next;
    struct place places[PLACES];
} guard;

/* ---- the tracker's hooks ---- */

static uint64_t hook_lock(void *context)
{
    KIRQL irql;

    (VOID)context;
    KeAcquireSpinLock(&guard.lock, &irql);
    return irql;
}

static void hook_unlock(void *context, uint64_t state)
{
    (VOID)context;
    KeReleaseSpinLock(&guard.lock, (KIRQL)state);
}

static uint64_t hook_thread(void *context)
{
    (VOID)context;
    return (uint64_t)(ULONG_PTR)KeGetCurrentThread();
}

static bool hook_look(void *context, uint64_t mdl, struct mg_view *view)
{
    PMDL m = (PMDL)(ULONG_PTR)mdl;

    (VOID)context;
    view->flags = (USHORT)m->MdlFlags;
    view->bytes = m->ByteCount;
    view->next = m->Next;
    return true;
}

static void print_line(void *context, const char *text)
{
    (VOID)context;
    DbgPrint("mdlguard: %s\n", text);
}

static void print_record(void *context, const char *text)
{
    (VOID)context;
    DbgPrint("%s\n", text);
}

static void hook_report(void *context, const struct mg_violation *violation)
{
    struct mg_printer printer = {NULL, print_line, NULL}, trace = {NULL, print_record, NULL};

    (VOID)context;
    if (guard.is_tracing)
        mg_violation_trace(violation, &trace);
    if (guard.action == MdlGuardCount)
        return;
    mg_violation_print(violation, &printer);
    if (guard.action == MdlGuardBreak)
        DbgBreakPoint();
    if (guard.action == MdlGuardBugCheck)
        KeBugCheckEx(0xc4 /* DRIVER_VERIFIER_DETECTED_VIOLATION */, (ULONG_PTR)violation->rule, (ULONG_PTR)violation->object,
                     (ULONG_PTR)violation->token, violation->primary.site.line);
}

/* ---- start and stop ---- */

NTSTATUS NTAPI MdlGuardStart(MDLGUARD_ACTION Action, ULONG Mdls, ULONG Mappings)
{
    struct mg_config config = {0};
    struct mg_tracker *tracker;
    PVOID memory;

    config.object_capacity = Mdls;
    config.mapping_capacity = Mappings;
    config.lock = hook_lock;
    config.unlock = hook_unlock;
    config.thread = hook_thread;
    config.look = hook_look;
    config.report = hook_report;
    if (guard.tracker != NULL || Mdls == 0 || Mappings == 0)
        return STATUS_INVALID_PARAMETER;
    memory = ExAllocatePoolWithTag(NonPagedPool, mg_tracker_size(&config), POOL_TAG);
    if (memory == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    tracker = mg_tracker_init(memory, &config);
    if (tracker == NULL) {
        ExFreePoolWithTag(memory, POOL_TAG);
        return STATUS_INVALID_PARAMETER;
    }
    KeInitializeSpinLock(&guard.lock);
    KeInitializeSpinLock(&guard.small);
    guard.action = Action;
    guard.tracker = tracker;
    return STATUS_SUCCESS;
}

VOID NTAPI MdlGuardTrace(BOOLEAN IsOn)
{
    guard.is_tracing = IsOn;
}

ULONG NTAPI MdlGuardReport(VOID)
{
    struct mg_stats stats;

    if (guard.tracker == NULL)
        return 0;
    mg_tracker_report_leaks(guard.tracker, NULL, NULL);
    mg_tracker_stats(guard.tracker, &stats);
    if (guard.action != MdlGuardCount)
        DbgPrint("mdlguard: %I64u events, %I64u violations; not followed for want of room: %I64u MDLs, %I64u mappings\n", stats.events,
                 stats.violations, stats.lost_objects, stats.lost_mappings);
    return (ULONG)stats.violations;
}

static VOID kept_free(const struct kept *kept)
{
    if (kept->mdl == NULL)
        return;
    if (!kept->is_pool)
        IoFreeMdl((PMDL)kept->mdl);
    else if (kept->tag != 0)
        ExFreePoolWithTag(kept->mdl, kept->tag);
    else
        ExFreePool(kept->mdl);
}

ULONG NTAPI MdlGuardStop(VOID)
{
    ULONG violations = MdlGuardReport(), k;
    PVOID memory = guard.tracker;

    guard.tracker = NULL;
    for (k = 0; k < KEPT; k++) {
        kept_free(&guard.kept[k]);
        guard.kept[k].mdl = NULL;
    }
    if (memory != NULL)
        ExFreePoolWithTag(memory, POOL_TAG);
    return violations;
}

/* ---- platform.h ---- */

void mdlguard_platform_here(const char *file, unsigned line)
{
    PKTHREAD thread = KeGetCurrentThread();
    struct place *place = NULL;
    KIRQL irql;
    ULONG p;

    if (guard.tracker == NULL)
        return;
    KeAcquireSpinLock(&guard.small, &irql);
    for (p = 0; p < PLACES && (place == NULL || place->thread != thread); p++)
        if (guard.places[p].thread == thread || (guard.places[p].thread == NULL && place == NULL))
            place = &guard.places[p];
    if (place != NULL) {
        place->thread = thread;
        place->file = file;
        place->line = line;
    }
    KeReleaseSpinLock(&guard.small, irql);
}

static void take_place(struct mg_site *site)
{
    PKTHREAD thread = KeGetCurrentThread();
    KIRQL irql;
    ULONG p;

    KeAcquireSpinLock(&guard.small, &irql);
    for (p = 0; p < PLACES; p++)
        if (guard.places[p].thread == thread) {
            site->file = guard.places[p].file;
            site->line = guard.places[p].line;
            guard.places[p].thread = NULL;
            break;
        }
    KeReleaseSpinLock(&guard.small, irql);
}

void mdlguard_platform_enter(struct mg_call *call, const char *file, unsigned line)
{
    if (guard.tracker == NULL)
        return;
    call->site.file = file;
    call->site.line = line;
    if (file == NULL)
        take_place(&call->site);
    /* Two frames are this function's and the wrapper's. */
    call->site.depth = RtlCaptureStackBackTrace(2, MG_STACK_DEPTH, (PVOID *)call->site.stack, NULL);
    mg_tracker_enter(guard.tracker, call);
}

void mdlguard_platform_leave(struct mg_call *call, long long result)
{
    if (guard.tracker != NULL)
        mg_tracker_leave(guard.tracker, call, result);
}

void mdlguard_platform_forget(const void *mdl)
{
    if (guard.tracker != NULL)
        mg_tracker_forget(guard.tracker, (uint64_t)(ULONG_PTR)mdl);
}

static BOOLEAN is_kept(const void *mdl)
{
    ULONG k;

    for (k = 0; k < KEPT; k++)
        if (guard.kept[k].mdl == mdl)
            return TRUE;
    return FALSE;
}

int mdlguard_platform_keep(void *mdl, int is_pool, unsigned tag)
{
    struct kept oldest = {NULL, 0, FALSE};
    KIRQL irql;

    if (guard.tracker == NULL || mdl == NULL || !mg_tracker_is_freed(guard.tracker, (uint64_t)(ULONG_PTR)mdl))
        return 0;
    /* Its mapping has to end now, and not when the memory goes. */
    if (!is_pool)
        MmPrepareMdlForReuse((PMDL)mdl);
    KeAcquireSpinLock(&guard.small, &irql);
    if (!is_kept(mdl)) {
        oldest = guard.kept[guard.kept_next % KEPT];
        guard.kept[guard.kept_next % KEPT].mdl = mdl;
        guard.kept[guard.kept_next % KEPT].tag = tag;
        guard.kept[guard.kept_next % KEPT].is_pool = (BOOLEAN)is_pool;
        guard.kept_next++;
    }
    KeReleaseSpinLock(&guard.small, irql);
    if (oldest.mdl != NULL)
        mg_tracker_forget(guard.tracker, (uint64_t)(ULONG_PTR)oldest.mdl);
    kept_free(&oldest);
    return 1;
}
