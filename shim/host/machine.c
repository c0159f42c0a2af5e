/*
 * machine.c - runs: a machine in a child process, what it reports, and what is left when it ends.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "mdlguard_routines.h"
#include "platform.h"

enum { OBJECTS = 4096, MAPPINGS = 4096, RUN_SECONDS = 20 };

/* See the head of host.h. `here` is where the next call through a table stands. */
static struct host *machine;
static struct {
    const char *file;
    unsigned line;
} here;

struct host *host_machine(void)
{
    return machine;
}

/* ---- output ---- */

void host_print(const char *format, ...)
{
    char text[1024];
    va_list args;
    int length;

    if (machine && (machine->flags & MDLGUARD_HOST_QUIET))
        return;
    va_start(args, format);
    length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    length = length < (int)sizeof(text) ? length : (int)sizeof(text) - 1;
    if (length > 0 && write(STDOUT_FILENO, text, (size_t)length) != length)
        _exit(1);
}

static void print_line(void *context, const char *text)
{
    (void)context;
    host_print("%s\n", text);
}

/* ---- the trace ---- */

static void add_record(void *context, const char *text)
{
    FILE *memory = context;

    fprintf(memory, "%s\n", text);
}

/* Appends VIOLATION to the file that MDLGUARD_TRACE names, in one write: runs of a sweep, and test programs that run at the same time, share it. */
static void trace(const struct mg_violation *violation)
{
    const char *path = getenv("MDLGUARD_TRACE");
    int file = path && *path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
    char text[4096];
    FILE *memory = file >= 0 ? fmemopen(text, sizeof(text), "w") : NULL;
    struct mg_printer printer = {memory, add_record, NULL};
    long length;

    if (path && *path && file < 0)
        host_print("mdlguard: no trace: %s cannot be opened\n", path);
    if (memory) {
        mg_violation_trace(violation, &printer);
        length = ftell(memory);
        fclose(memory);
        if (length > 0 && write(file, text, (size_t)length) != length)
            host_print("mdlguard: no trace: %s cannot be written\n", path);
    }
    if (file >= 0)
        close(file);
}

/* ---- the end of a run ---- */

void host_end(void)
{
    struct mg_stats stats;

    if (machine && machine->tracker) {
        mg_tracker_stats(machine->tracker, &stats);
        machine->result->events = (unsigned)(stats.events - machine->events_before);
    }
    _exit(0);
}

void host_bug_check(uint32_t code, const char *why, uint64_t parameter)
{
    struct host *self = machine;

    if (!self)
        abort();
    self->result->bug_checks++;
    snprintf(self->result->bug_check, sizeof(self->result->bug_check), "%#x: %s", code, why);
    host_print("mdlguard: bug check %#x (%#llx): %s\n", code, (unsigned long long)parameter, why);
    host_end();
}

static void host_report(void *context, const struct mg_violation *violation)
{
    struct host *self = context;
    struct mdlguard_host_result *result = self->result;
    struct mg_printer printer = {NULL, print_line, host_describe};
    uint32_t at = result->violations++;

    if (at < MDLGUARD_HOST_RULES) {
        snprintf(result->rules[at], sizeof(result->rules[at]), "%s", violation->rule->id);
        snprintf(result->files[at], sizeof(result->files[at]), "%s", violation->primary.site.file ? violation->primary.site.file : "");
        result->lines[at] = violation->primary.site.line;
    }
    trace(violation); /* first: whoever reads the text may be gone */
    mg_violation_print(violation, &printer);
    if (!(self->flags & MDLGUARD_HOST_GO_ON) && !self->is_ending)
        host_end();
}

/* ---- the tracker's hooks ---- */

static bool hook_look(void *context, uint64_t mdl, struct mg_view *view)
{
    struct host *self = context;
    const struct host_mdl *m = (const void *)(uintptr_t)mdl;

    if (!space_frame(self, m))
        return false;
    view->flags = (uint16_t)m->flags;
    view->bytes = mdl_pages(m) * HOST_PAGE - m->offset;
    view->next = m->next;
    return true;
}

static bool start_tracker(struct host *self)
{
    struct mg_config config = {.object_capacity = OBJECTS, .mapping_capacity = MAPPINGS, .sees_everything = true, .is_zeroed = true, .context = self,
                               .look = hook_look, .report = host_report};
    void *memory = calloc(1, mg_tracker_size(&config));

    self->tracker = memory ? mg_tracker_init(memory, &config) : NULL;
    return self->tracker != NULL;
}

/* ---- the wrappers' side (platform.h) ---- */

HOST_API void mdlguard_platform_here(const char *file, unsigned line)
{
    here.file = file;
    here.line = line;
}

HOST_API void mdlguard_platform_enter(struct mg_call *call, const char *file, unsigned line)
{
    call->site.file = file ? file : here.file;
    call->site.line = file ? line : here.line;
    here.file = NULL;
    /* The frame above this one is the wrapper's: the stack begins with its caller. */
    host_stack(&call->site, NULL, *(void **)__builtin_frame_address(0));
    mg_tracker_enter(machine->tracker, call);
}

HOST_API void mdlguard_platform_leave(struct mg_call *call, long long result)
{
    mg_tracker_leave(machine->tracker, call, result);
}

HOST_API void mdlguard_platform_forget(const void *mdl)
{
    mg_tracker_forget(machine->tracker, (uintptr_t)mdl);
}

/* Addresses are not used twice here: nothing has to be kept back. */
HOST_API int mdlguard_platform_keep(void *mdl, int is_pool, unsigned tag)
{
    (void)mdl;
    (void)is_pool;
    (void)tag;
    return 0;
}

/* ---- leaks ---- */

/* Blocks that the roots lead to. */
struct reach {
    struct host *host;
    const char *starts[512];
    uint64_t bytes[512];
    uint32_t count;
};

static void reach_add(struct reach *self, const char *start, uint64_t bytes)
{
    for (uint32_t b = 0; b < self->count; b++)
        if (self->starts[b] == start)
            return;
    if (self->count < 512) {
        self->starts[self->count] = start;
        self->bytes[self->count++] = bytes;
    }
}

static void reach_follow(struct reach *self, uint32_t block)
{
    const char *at = (const char *)(((uintptr_t)self->starts[block] + 7) & ~(uintptr_t)7);
    const char *end = self->starts[block] + self->bytes[block];

    for (; at + sizeof(uint64_t) <= end; at += sizeof(uint64_t)) {
        const void *value;
        const char *start;
        uint64_t bytes;

        memcpy(&value, at, sizeof(value));
        if (space_of(self->host, value) == SPACE_POOL && space_frame(self->host, value) &&
            space_range(self->host, value, &start, &bytes))
            reach_add(self, start, bytes);
    }
}

static bool is_held(void *context, uint64_t value)
{
    const struct reach *self = context;

    for (uint32_t b = 0; b < self->count; b++)
        for (uint64_t at = -(uintptr_t)self->starts[b] & 7; at + sizeof(value) <= self->bytes[b]; at += sizeof(value)) {
            uint64_t word;

            memcpy(&word, self->starts[b] + at, sizeof(word));
            if (word == value && (uintptr_t)self->starts[b] != value)
                return true;
        }
    return false;
}

static void host_check_leaks(struct host *self)
{
    struct reach reach = {.host = self};

    for (uint32_t r = 0; r < self->root_count; r++)
        reach_add(&reach, self->roots[r].start, self->roots[r].bytes);
    for (uint32_t b = 0; b < reach.count; b++)
        reach_follow(&reach, b);
    self->is_ending = true; /* all that is lost is reported */
    mg_tracker_report_leaks(self->tracker, is_held, &reach);
}

HOST_API void mdlguard_host_root(const void *memory, unsigned long long bytes)
{
    if (machine->root_count < HOST_ROOTS) {
        machine->roots[machine->root_count].start = memory;
        machine->roots[machine->root_count++].bytes = bytes;
    }
}

/* ---- memory of processes ---- */

HOST_API void *mdlguard_host_user_range(unsigned long long bytes)
{
    return block_allocate(machine, SPACE_USER, bytes, "the driver's process");
}

HOST_API void mdlguard_host_user_free(void *range)
{
    block_free(machine, range);
}

HOST_API void *mdlguard_host_bad_range(void)
{
    return space_map(machine, SPACE_USER, NULL, 16);
}

HOST_API void *mdlguard_host_other_page(const char *owner)
{
    unsigned char *page = block_allocate(machine, SPACE_USER, HOST_PAGE, owner);

    if (page)
        memset(page, 0xa5, HOST_PAGE);
    return page;
}

HOST_API int mdlguard_host_other_is_intact(const void *page)
{
    const unsigned char *bytes = page;
    uint32_t wrong = 0;

    for (uint32_t b = 0; b < HOST_PAGE; b++)
        wrong += bytes[b] != 0xa5;
    if (wrong)
        host_print("mdlguard: %u bytes of the page of '%s' are not as it left them\n", wrong,
                   machine->frames[space_frame(machine, page)].owner);
    return wrong == 0;
}

/* ---- runs ---- */

/* In the child; does not return. */
static void run_child(mdlguard_host_function *run, void *context, unsigned flags, struct mdlguard_host_result *result)
{
    machine = calloc(1, sizeof(*machine));
    if (!machine)
        _exit(1);
    machine->result = result;
    machine->flags = flags;
    machine->inject = host_inject_next();
    alarm(RUN_SECONDS);
    if (!memory_start(machine) || !start_tracker(machine) || !host_catch_faults())
        _exit(1);
    run(context);
    if (!(flags & MDLGUARD_HOST_NO_LEAKS))
        host_check_leaks(machine);
    host_end();
}

HOST_API int mdlguard_host_run(mdlguard_host_function *run, void *context, unsigned flags, struct mdlguard_host_result *result)
{
    struct mdlguard_host_result *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    pid_t child;

    if (shared == MAP_FAILED)
        return 0;
    fflush(NULL);
    child = fork();
    if (child == 0)
        run_child(run, context, flags, shared);
    if (child > 0)
        waitpid(child, &status, 0);
    *result = *shared;
    munmap(shared, sizeof(*shared));
    if (child > 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        result->bug_checks++;
        snprintf(result->bug_check, sizeof(result->bug_check), "the run's process died (wait status %#x)", status);
    }
    return child > 0;
}
