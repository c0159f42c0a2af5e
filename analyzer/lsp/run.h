/*
 * run.h - an analysis in a process of its own.
 *
 * The child is a copy of the server at the moment the analysis starts: it needs no input but its memory, sees texts
 * that do not change under it, and may crash, hang or be killed (because the user typed on) without harm. What it finds
 * out comes back through a pipe as records, as it arises.
 */
#ifndef MDLGUARD_LSP_RUN_H
#define MDLGUARD_LSP_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "lsp/analysis.h"
#include "lsp/diagnostics.h"

struct run {
    pid_t child; /* 0: none */
    int pipe;    /* -1: none */
    struct strbuf in;
    size_t start; /* first byte of `in` that is not consumed */
};

enum run_record_kind {
    RUN_NONE,   /* no complete record is there */
    RUN_UNIT,   /* a unit was lowered or failed */
    RUN_RESULT, /* the analysis is done */
    RUN_FAILED, /* the analysis is done without a result: `text` says why */
};

/* Pointers live until the next run_next or run_read. */
struct run_record {
    enum run_record_kind kind;
    uint32_t unit;           /* UNIT: its index */
    enum mg_status status;   /* UNIT: see struct pipeline_unit */
    struct mg_error error;   /* UNIT */
    bool has_errors;         /* UNIT: not or not wholly understood */
    VEC(const char *) files; /* UNIT: what it was read from, system headers not included; owned */
    const char *data;        /* UNIT: the encoded module; RESULT, FAILED: text (JSON; a sentence) */
    size_t length;
};

void run_init(struct run *self);
void run_release(struct run *self);
/* Starts ANALYSE on REQUEST (its `lowered` and `context` are set here). MG_IO when no process can be had. */
enum mg_status run_start(struct run *self, analysis_function *analyse, const struct analysis_request *request,
                         const struct diagnostics_options *display, struct mg_error *error);
bool run_is_active(const struct run *self);
/* Reads what the pipe holds (waits when that is nothing). False when the child is through; it is then reaped, and
 * *HOW_IT_DIED, unless it ended by itself, is the signal's or status's description, appended. */
bool run_read(struct run *self, struct strbuf *how_it_died);
enum run_record_kind run_next(struct run *self, struct run_record *out);
void run_record_release(struct run_record *self);
/* Kills the analysis and its workers. Does nothing when there is none. */
void run_cancel(struct run *self);

#endif
