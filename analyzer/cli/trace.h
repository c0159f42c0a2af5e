/*
 * trace.h - what the runtime shim saw: the records that shim/trace.c writes, read back. docs/runtime.md has the format.
 */
#ifndef MDLGUARD_CLI_TRACE_H
#define MDLGUARD_CLI_TRACE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/vec.h"

/* A place of the driver's source, as its compiler named the file. */
struct trace_place {
    const char *file; /* NULL: not known */
    uint32_t line;
};

struct trace_event {
    const char *routine; /* "-" when it was no call */
    struct trace_place at;
};

struct trace_violation {
    uint64_t number;
    const char *rule;
    const char *message; /* NULL: the trace has none */
    struct trace_place at;
    struct trace_event made, ended, noticed; /* routine NULL: none */
};

struct trace {
    VEC(struct trace_violation) violations; /* in the order of the file */
};

/*
 * Appends the violations of the file at PATH to OUT; texts live in ARENA. Lines without the mark of a record are passed over, so that a debugger's
 * log is a trace, too, and so is a last line that was not finished. MG_USAGE, located: a record that cannot be understood, no record at all in a file
 * that is not empty, a format that is newer than this reader, a file that cannot be read.
 */
enum mg_status trace_read(const char *path, struct arena *arena, struct trace *out, struct mg_error *error);

#endif
