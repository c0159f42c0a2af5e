/*
 * pipeline.h - the stages in order, for `scan`, `dump` and the language server alike. No state of its own: everything hangs off the
 * arguments, so a server may keep lowered units and run the second half again after one of them changed.
 *
 *   project ─ pipeline_lower ─▶ encoded units ─ pipeline_link ─▶ program, call graph ─ pipeline_check ─▶ findings
 *
 * The result depends on the project and the sources only: never on the number of workers or on which of them was faster.
 */
#ifndef MDLGUARD_CLI_PIPELINE_H
#define MDLGUARD_CLI_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "calls/callgraph.h"
#include "engine/engine.h"
#include "frontend/frontend.h"
#include "ir/ir.h"
#include "project/project.h"
#include "report/finding.h"
#include "report/suppress.h"
#include "ruleset/ruleset.h"

/* One unit after the front end. */
struct pipeline_unit {
    enum mg_status status; /* MG_OK: `encoded` holds its module; else nothing of it could be had, and `error` says why */
    struct mg_error error;
    struct strbuf encoded; /* ir_module_encode; owned */
};

/* The units of a project, index by index. */
struct pipeline_units {
    struct pipeline_unit *items; /* owned (heap) */
    uint32_t count, capacity;
};

/* COUNT units that nobody has lowered yet. */
void pipeline_units_init(struct pipeline_units *self, uint32_t count);
void pipeline_units_release(struct pipeline_units *self);

struct pipeline_lower_options {
    uint32_t jobs;            /* worker processes; 0: one a core */
    uint32_t timeout_seconds; /* for one unit; 0: none */
    uint32_t memory_mib;      /* address space of one worker; 0: no limit */
    bool is_verbose;          /* the workers may write to standard error */
    const struct frontend_unsaved *unsaved; /* texts that stand for files */
    uint32_t unsaved_count;
    const char *header_folder; /* where precompiled headers are kept (headers.h); NULL: units share none */
    /* Each unit's extract (extract.h) as it comes, for the run's identity MAKER; or NULL. */
    void (*extracted)(void *context, uint32_t index, const struct strbuf *bytes);
    void *extracted_context;
    bool without_times; /* extracts do not tell the times of files */
    void (*progress)(void *context, uint32_t done, uint32_t total); /* after each unit; or NULL */
    void *context;
};

/*
 * Lowers the COUNT units of PROJECT whose indices are in WANTED (NULL: all of them) into UNITS, which has one item a unit of
 * the project; what those items held is released. Each unit is lowered in a worker process (workers.h), so this must not be called
 * while the process has other threads. A unit that fails is no failure of the call. MG_IO: no worker could be started.
 */
enum mg_status pipeline_lower(const struct project *project, const uint32_t *wanted, uint32_t count,
                              const struct pipeline_lower_options *options, struct pipeline_units *units,
                              struct mg_error *error);

/* What BYTES (extract.h, written by MAKER) hold becomes UNIT's, their memory too: afterwards BYTES hold something else. */
void pipeline_take_extract(struct pipeline_unit *unit, struct strbuf *bytes, uint64_t maker);

/* A linked program and who calls whom in it. Lives in the arena it was made in. */
struct pipeline_program {
    struct ir_module module; /* ir_module_release is pipeline_program_release's business */
    const struct ruleset *rules; /* those it was linked with, and routines for annotated functions: what checks it has to use */
    struct callgraph calls;
    VEC(uint32_t) sources; /* unit of the module -> index of the project's unit it came from */
    VEC(struct finding_gap) gaps; /* units that failed, have errors, or whose arguments are incomplete; in the project's order */
};

/* Merges UNITS in the project's order, links them and builds the call graph. Damaged units become gaps. What units were encoded to is given back,
 * one after the other, so that it is never there twice. */
void pipeline_link(const struct project *project, struct pipeline_units *units, const struct ruleset *rules,
                   struct arena *arena, struct pipeline_program *out);
void pipeline_program_release(struct pipeline_program *self);

/*
 * Runs the engine on PROGRAM and puts into REPORT what came of it: the findings of enabled rules, suppressed by the sources' comments or not,
 * and the program's gaps, sorted. UNSAVED texts are looked into for suppressions instead of their files; what is wrong with a suppression
 * is appended to NOTES. ENGINE keeps the summaries (for the store). OPTIONS of the engine may be NULL. Everything lives in ARENA.
 */
void pipeline_check(const struct project *project, const struct pipeline_program *program, const struct ruleset *rules,
                    const struct frontend_unsaved *unsaved, uint32_t unsaved_count, const struct engine_options *options,
                    struct arena *arena, struct engine_result *engine, struct finding_report *report,
                    struct suppress_notes *notes);

/* pipeline_link and pipeline_check in one: what the language server calls after pipeline_lower. UNITS stay as they are. */
void pipeline_link_and_check(const struct project *project, const struct pipeline_units *units,
                             const struct ruleset *rules, const struct frontend_unsaved *unsaved,
                             uint32_t unsaved_count, struct arena *arena, struct finding_report *report);

#endif
