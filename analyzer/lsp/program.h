/*
 * program.h - one program kept warm: the units of a compile database, or one file without a database, each with its
 * encoded module and what it was read from.
 */
#ifndef MDLGUARD_LSP_PROGRAM_H
#define MDLGUARD_LSP_PROGRAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/vec.h"
#include "cli/pipeline.h"
#include "lsp/stamps.h"
#include "project/project.h"

struct program_dependency {
    struct stamp *file;
    uint64_t hash; /* of the file when the unit was lowered */
};

struct program_unit {
    VEC(struct program_dependency) dependencies; /* the main file first */
    bool is_lowered; /* tried, with success or without */
    bool is_broken; /* failed or has errors; what it lacked is no dependency, so a new file is worth another try */
};

struct program {
    struct arena arena;
    struct project project;
    struct pipeline_units modules; /* one a unit of the project */
    struct program_unit *units;    /* the same; owned (heap) */
    const char *lone_file;         /* the one file of a program without a database; else NULL */
    struct program_dependency database;
    json_t *diagnostics; /* of the last analysis: path -> array; never NULL */
    json_t *gaps;        /* sentences, likewise */
    bool is_pending;     /* has to be analysed */
    bool was_analysed;
    bool retries_broken; /* the next analysis lowers the broken units too */
    bool is_forced;      /* the next analysis is done even if no source changed: the configuration may have */
};

/* A program from the compile database at PATH. On failure *OUT is NULL. */
enum mg_status program_open_database(const char *path, struct stamps *stamps, struct program **out,
                                     struct mg_error *error);
/* A program of the one file at PATH, read with clang's ARGS. */
enum mg_status program_open_file(const char *path, const char *const *args, uint32_t arg_count, struct stamps *stamps,
                                 struct program **out, struct mg_error *error);
void program_free(struct program *self);

/* Does the compile database hold something else than when it was read, or, after program_accept_database, accepted? */
bool program_database_changed(const struct program *self, struct stamps *stamps);
void program_accept_database(struct program *self, struct stamps *stamps);

/* Is PATH the main file of a unit? */
bool program_has_main(const struct program *self, const char *path);
/* Was PATH read by a unit? */
bool program_reads(const struct program *self, const char *path);

/* The indices of the units that have to be lowered (again), appended to the heap vector behind *OUT; returns how
 * many. */
uint32_t program_find_stale(struct program *self, struct stamps *stamps, const struct documents *documents,
                            uint32_t **out);

struct run_record;
/* Takes over what a run says about a unit: its module and what it was read from. */
void program_store_unit(struct program *self, struct stamps *stamps, const struct documents *documents,
                        const struct run_record *record);

#endif
