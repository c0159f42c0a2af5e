/*
 * trace.c - the reader of traces: one record a line, found by its mark. What stands before the mark (the time of a debugger's log) is passed over.
 */
#include "cli/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

#define MARK "mdlguard-trace "
#define VERSION 1

struct reader {
    const char *path;
    struct arena *arena;
    struct trace *out;
    struct mg_error *error;
    uint32_t first; /* violations of earlier files */
    const char *line, *at; /* of the record; NUL-terminated */
    uint32_t number;
    uint32_t record_count;
};

static enum mg_status malformed(const struct reader *self, const char *what)
{
    return mg_fail(self->error, MG_USAGE, self->path, self->number, (uint32_t)(self->at - self->line) + 1, "malformed trace: %s", what);
}

/* The word at the reader's place, in the arena, and the blank behind it; NULL: there is none. */
static const char *next_word(struct reader *self)
{
    size_t length = strcspn(self->at, " ");
    const char *word = length ? arena_strndup(self->arena, self->at, length) : NULL;

    self->at += length;
    if (word && *self->at == ' ')
        self->at++;
    return word;
}

static enum mg_status read_number(struct reader *self, const char *what, uint64_t limit, uint64_t *out)
{
    char *end;
    size_t length = strspn(self->at, "0123456789");
    unsigned long long value;

    if (length == 0 || length > 18)
        return malformed(self, what);
    value = strtoull(self->at, &end, 10);
    if (value == 0 || value > limit || (*end && *end != ' '))
        return malformed(self, what);
    self->at = end + (*end == ' ');
    *out = value;
    return MG_OK;
}

/* LINE FILE, or a dash */
static enum mg_status read_place(struct reader *self, struct trace_place *out)
{
    uint64_t line = 0;

    if (strcmp(self->at, "-") == 0)
        return MG_OK;
    if (read_number(self, "the number of a line, or '-', should stand here", UINT32_MAX, &line) != MG_OK)
        return MG_USAGE;
    if (!*self->at)
        return malformed(self, "the name of a file should stand here");
    out->line = (uint32_t)line;
    out->file = arena_strdup(self->arena, self->at);
    return MG_OK;
}

static bool is_rule_id(const char *word)
{
    return word && strlen(word) == 6 && strncmp(word, "MDL", 3) == 0 && strspn(word + 3, "0123456789") == 3;
}

static enum mg_status read_violation(struct reader *self, uint64_t number)
{
    struct trace_violation violation = {.number = number};
    const char *start = self->at;

    violation.rule = next_word(self);
    if (!is_rule_id(violation.rule)) {
        self->at = start;
        return malformed(self, "the id of a rule should stand here");
    }
    if (read_place(self, &violation.at) != MG_OK)
        return MG_USAGE;
    VEC_PUSH_IN(self->arena, &self->out->violations, violation);
    return MG_OK;
}

/* The violation of this file that a later record speaks of: the last of that number, as several processes may write one file. */
static struct trace_violation *find_violation(const struct reader *self, uint64_t number)
{
    for (uint32_t v = self->out->violations.count; v > self->first; v--)
        if (self->out->violations.items[v - 1].number == number)
            return &self->out->violations.items[v - 1];
    return NULL;
}

static enum mg_status read_event(struct reader *self, struct trace_event *out)
{
    out->routine = next_word(self);
    if (!out->routine)
        return malformed(self, "the name of a routine, or '-', should stand here");
    return read_place(self, &out->at);
}

static enum mg_status read_detail(struct reader *self, uint64_t number, const char *kind, const char *kind_at)
{
    struct trace_violation *violation = find_violation(self, number);

    if (!violation) {
        self->at = kind_at;
        return malformed(self, "there is no violation of this number before");
    }
    if (strcmp(kind, "message") == 0) {
        violation->message = arena_strdup(self->arena, self->at);
        return MG_OK;
    }
    if (strcmp(kind, "made") == 0)
        return read_event(self, &violation->made);
    if (strcmp(kind, "ended") == 0)
        return read_event(self, &violation->ended);
    if (strcmp(kind, "noticed") == 0)
        return read_event(self, &violation->noticed);
    self->at = kind_at;
    return malformed(self, "a record is a violation, message, made, ended or noticed");
}

/* VERSION NUMBER KIND … */
static enum mg_status read_record(struct reader *self)
{
    uint64_t version, number;
    const char *kind_at, *kind;

    if (read_number(self, "the version should stand here", UINT32_MAX, &version) != MG_OK)
        return MG_USAGE;
    if (version != VERSION)
        return mg_fail(self->error, MG_USAGE, self->path, self->number, 1, "the trace is of version %u; this mdlguard reads version %u",
                       (unsigned)version, VERSION);
    if (read_number(self, "the number of a violation should stand here", UINT64_MAX, &number) != MG_OK)
        return MG_USAGE;
    kind_at = self->at;
    kind = next_word(self);
    self->record_count++;
    if (kind && strcmp(kind, "violation") == 0)
        return read_violation(self, number);
    return read_detail(self, number, kind ? kind : "", kind_at);
}

/* LENGTH bytes at LINE, without the end of the line. */
static enum mg_status read_line(struct reader *self, const char *line, size_t length)
{
    const char *mark;

    while (length && line[length - 1] == '\r')
        length--;
    if (memchr(line, '\0', length)) {
        self->line = self->at = line;
        return malformed(self, "a NUL byte in the line");
    }
    self->line = arena_strndup(self->arena, line, length);
    mark = strstr(self->line, MARK);
    if (!mark)
        return MG_OK;
    self->at = mark + strlen(MARK);
    return read_record(self);
}

enum mg_status trace_read(const char *path, struct arena *arena, struct trace *out, struct mg_error *error)
{
    struct reader self = {.path = path, .arena = arena, .out = out, .error = error, .first = out->violations.count};
    struct strbuf text;
    enum mg_status status = MG_OK;
    const char *at, *end;

    strbuf_init(&text);
    if (strbuf_read_file(&text, path, error) != MG_OK)
        status = MG_USAGE;
    for (at = text.data; status == MG_OK && (end = memchr(at, '\n', text.length - (size_t)(at - text.data))); at = end + 1) {
        self.number++;
        status = read_line(&self, at, (size_t)(end - at));
    }
    if (status == MG_OK && text.length && self.record_count == 0)
        status = mg_fail(error, MG_USAGE, path, 1, 1, "this is no trace: no line holds a record (" MARK "...)");
    strbuf_release(&text);
    return status;
}
