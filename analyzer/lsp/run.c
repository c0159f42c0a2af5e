/*
 * run.c - fork, pipe, records. RESULT's text is {"files": {path: [Diagnostic …]}, "gaps": [sentence …]}.
 *
 * Both ends are the same program at the same moment, so numbers travel in memory order.
 */
#include "lsp/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "ir/ir.h"
#include "lsp/rpc.h"

struct record_header {
    uint32_t kind, unit;
    uint64_t length;
};

/* What precedes the files' names and the module in a UNIT record. */
struct unit_header {
    enum mg_status status;
    struct mg_error error;
    uint32_t file_count;
    uint32_t error_count; /* the compiler's */
};

void run_init(struct run *self)
{
    *self = (struct run){.pipe = -1};
    strbuf_init(&self->in);
}

void run_release(struct run *self)
{
    run_cancel(self);
    strbuf_release(&self->in);
}

bool run_is_active(const struct run *self)
{
    return self->child != 0;
}

/* ---- the child's side ---- */

struct sender {
    int pipe;
    const struct pipeline_units *units;
};

/* A pipe without a reader ends the child with SIGPIPE; there is nobody left to work for. */
static void write_all(int fd, const void *data, size_t length)
{
    const char *at = data;

    while (length > 0) {
        ssize_t written = write(fd, at, length);

        if (written < 0 && errno != EINTR)
            _exit(1);
        if (written > 0) {
            at += written;
            length -= (size_t)written;
        }
    }
}

static void send_record(int fd, enum run_record_kind kind, uint32_t unit, const char *data, size_t length)
{
    struct record_header header = {.kind = kind, .unit = unit, .length = length};

    write_all(fd, &header, sizeof(header));
    write_all(fd, data, length);
}

/* Appends the names of the files that the module in ENCODED comes from, and fills in the counts of HEADER. */
static void add_files(struct strbuf *out, const struct strbuf *encoded, struct unit_header *header)
{
    struct ir_module module;
    struct arena arena;

    arena_init(&arena);
    ir_module_init(&module, &arena);
    if (ir_module_merge(&module, encoded->data, encoded->length, NULL) == MG_OK) {
        for (uint32_t i = 0; i < module.files.count; i++) {
            if (module.files.items[i].is_system)
                continue;
            strbuf_add(out, module.files.items[i].path, strlen(module.files.items[i].path) + 1);
            header->file_count++;
        }
        for (uint32_t i = 0; i < module.units.count; i++)
            header->error_count += module.units.items[i].error_count;
    }
    ir_module_release(&module);
    arena_release(&arena);
}

static void send_unit(void *context, uint32_t unit)
{
    struct sender *self = context;
    const struct pipeline_unit *lowered = &self->units->items[unit];
    struct unit_header header;
    struct strbuf files, payload;

    memset(&header, 0, sizeof(header));
    strbuf_init(&files);
    strbuf_init(&payload);
    header.status = lowered->status;
    header.error = lowered->error;
    if (lowered->status == MG_OK)
        add_files(&files, &lowered->encoded, &header);
    strbuf_add(&payload, &header, sizeof(header));
    strbuf_add(&payload, files.data, files.length);
    strbuf_add(&payload, lowered->encoded.data, lowered->encoded.length);
    send_record(self->pipe, RUN_UNIT, unit, payload.data, payload.length);
    strbuf_release(&files);
    strbuf_release(&payload);
}

static json_t *gaps_to_json(const struct finding_report *report)
{
    json_t *list = json_array();
    struct strbuf text;

    strbuf_init(&text);
    for (uint32_t i = 0; i < report->gaps.count; i++) {
        const struct finding_gap *gap = &report->gaps.items[i];

        strbuf_clear(&text);
        strbuf_adds(&text, gap->file ? gap->file : "");
        if (gap->line)
            strbuf_addf(&text, ":%u:%u", gap->line, gap->column);
        strbuf_addf(&text, ": %s", gap->text);
        json_array_append_new(list, rpc_string(text.data));
    }
    strbuf_release(&text);
    return list;
}

static void send_result(int fd, const struct finding_report *report, const struct documents *documents,
                        const struct diagnostics_options *display)
{
    json_t *result = json_pack("{s:o, s:o}", "files", diagnostics_from_report(report, documents, display), "gaps",
                               gaps_to_json(report));
    char *text = json_dumps(result, JSON_COMPACT);

    if (text)
        send_record(fd, RUN_RESULT, 0, text, strlen(text));
    free(text);
    json_decref(result);
}

/* Standard input and output belong to the protocol: the child gets neither. */
static void leave_protocol(void)
{
    int null = open("/dev/null", O_RDWR);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        _exit(1);
    if (null > STDERR_FILENO)
        close(null);
    signal(SIGPIPE, SIG_DFL);
}

/* The child's life: an own process group, so that its workers can be killed with it. */
static void child_run(int fd, analysis_function *analyse, const struct analysis_request *request,
                      const struct diagnostics_options *display)
{
    struct sender sender = {.pipe = fd, .units = request->units};
    struct analysis_request own = *request;
    struct finding_report report;
    struct mg_error error;
    struct arena arena;

    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    leave_protocol();
    own.lowered = send_unit;
    own.context = &sender;
    memset(&report, 0, sizeof(report));
    arena_init(&arena);
    if (analyse(&own, &arena, &report, &error) == MG_OK) {
        send_result(fd, &report, request->documents, display);
    } else {
        char *text = error.file[0]
                         ? arena_printf(&arena, "%s:%u:%u: %s", error.file, error.line, error.column, error.text)
                         : arena_strdup(&arena, error.text);
        send_record(fd, RUN_FAILED, 0, text, strlen(text));
    }
    _exit(0);
}

/* ---- the server's side ---- */

enum mg_status run_start(struct run *self, analysis_function *analyse, const struct analysis_request *request,
                         const struct diagnostics_options *display, struct mg_error *error)
{
    int ends[2];

    if (pipe(ends) != 0)
        return mg_fail(error, MG_IO, NULL, 0, 0, "no pipe for an analysis: %s", strerror(errno));
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return mg_fail(error, MG_IO, NULL, 0, 0, "no process for an analysis: %s", strerror(errno));
    }
    if (child == 0) {
        close(ends[0]);
        child_run(ends[1], analyse, request, display);
    }
    setpgid(child, child); /* both sides do it: neither knows who comes first */
    close(ends[1]);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    strbuf_clear(&self->in);
    self->start = 0;
    self->child = child;
    self->pipe = ends[0];
    return MG_OK;
}

/* Waits for the child; workers that it left behind end too. */
static int run_reap(struct run *self)
{
    int status = 0;

    while (waitpid(self->child, &status, 0) < 0 && errno == EINTR)
        continue;
    kill(-self->child, SIGKILL);
    close(self->pipe);
    self->pipe = -1;
    self->child = 0;
    return status;
}

void run_cancel(struct run *self)
{
    if (!run_is_active(self))
        return;
    kill(-self->child, SIGKILL);
    run_reap(self);
}

bool run_read(struct run *self, struct strbuf *how_it_died)
{
    char bytes[65536];
    ssize_t length;

    if (self->start > 0) {
        memmove(self->in.data, self->in.data + self->start, self->in.length - self->start);
        self->in.length -= self->start;
        self->start = 0;
    }
    do
        length = read(self->pipe, bytes, sizeof(bytes));
    while (length < 0 && errno == EINTR);
    if (length > 0) {
        strbuf_add(&self->in, bytes, (size_t)length);
        return true;
    }
    int status = run_reap(self);
    if (WIFSIGNALED(status))
        strbuf_addf(how_it_died, "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        strbuf_addf(how_it_died, "ended with status %d", WEXITSTATUS(status));
    return false;
}

static void record_read_unit(struct run_record *out, const char *payload, size_t length)
{
    struct unit_header header;
    size_t at = sizeof(header);

    memcpy(&header, payload, sizeof(header));
    out->status = header.status;
    out->error = header.error;
    out->has_errors = header.status != MG_OK || header.error_count > 0;
    for (uint32_t i = 0; i < header.file_count; i++) {
        VEC_PUSH(&out->files, payload + at);
        at += strlen(payload + at) + 1;
    }
    out->data = payload + at;
    out->length = length - at;
}

enum run_record_kind run_next(struct run *self, struct run_record *out)
{
    struct record_header header;
    size_t have = self->in.length - self->start;

    memset(out, 0, sizeof(*out));
    if (have < sizeof(header))
        return RUN_NONE;
    memcpy(&header, self->in.data + self->start, sizeof(header));
    if (have - sizeof(header) < header.length)
        return RUN_NONE;
    out->kind = (enum run_record_kind)header.kind;
    out->unit = header.unit;
    out->data = self->in.data + self->start + sizeof(header);
    out->length = (size_t)header.length;
    self->start += sizeof(header) + (size_t)header.length;
    if (out->kind == RUN_UNIT)
        record_read_unit(out, out->data, out->length);
    return out->kind;
}

void run_record_release(struct run_record *self)
{
    VEC_RELEASE(&self->files);
}
