/*
 * headers.h - which units of a project share a precompiled header (frontend/shared.h), and the folder where these are kept.
 *
 * Units with equal arguments and equal leading #include lines share one. A header is known by a hash of all that goes into its making but
 * for the files it includes; these are listed beside it, and it is made anew when one of them changed. In the folder, KEY.pch is
 * clang's file and KEY.list what headers.c knows of it; the time of the latter is that of the last use.
 */
#ifndef MDLGUARD_CLI_HEADERS_H
#define MDLGUARD_CLI_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "frontend/shared.h"
#include "project/project.h"

#define HEADERS_NONE UINT32_MAX

struct header {
    uint32_t unit; /* one that uses it, for the arguments */
    const struct prefix_line *lines;
    uint32_t line_count;
    uint32_t user_count; /* units that are to be lowered now and would use it */
    const char *pch, *list; /* its files */
    const char *unfinished; /* what becomes `pch` */
    bool is_ready;          /* `shared` can be used */
    bool is_known;          /* its list was there and true, also when it said that nothing can be shared */
    struct shared_header shared;
};

struct headers {
    struct arena *arena; /* borrowed */
    uint64_t maker;      /* identity(); who writes and reads the lists */
    VEC(struct header) list;
    uint32_t *of_unit; /* project's unit -> list, or HEADERS_NONE */
};

/* Plans the headers of PROJECT, to be kept in FOLDER. The units in WANTED (COUNT) are those that are to be lowered now. */
void headers_plan(struct headers *self, const struct project *project, const uint32_t *wanted, uint32_t count,
                  const char *folder, struct arena *arena);
/* Reads what FOLDER holds of header INDEX and checks it against the files. */
void headers_load(struct headers *self, uint32_t index);
/* In a worker: makes header INDEX; OUT takes what headers_store wants. */
enum mg_status headers_build(const struct headers *self, const struct project *project, uint32_t index,
                             struct strbuf *out, struct mg_error *error);
/* In the parent: RESULT is what headers_build gave. Keeps it for this run and the next ones. */
void headers_store(struct headers *self, uint32_t index, const struct strbuf *result);
/* In the parent: header INDEX could not be made. Deletes what its worker, which may have died, left. */
void headers_discard(const struct headers *self, uint32_t index);
/* What UNIT is to be parsed with, or NULL. */
const struct shared_header *headers_of(const struct headers *self, uint32_t unit);

/* Makes FOLDER, whose parent may be missing too; with FOLDER NULL, a new one for temporary files. Its path in ARENA, or NULL. */
const char *headers_make_folder(const char *folder, struct arena *arena);
/* Deletes the headers in FOLDER that no scan used for some weeks: those of sources that have changed since, or are gone. */
void headers_forget_unused(const char *folder);
/* Deletes the headers in FOLDER, and FOLDER when it is empty then. */
void headers_remove_folder(const char *folder);

#endif
