/*
 * extract.h - what the front end makes of one unit, as bytes: what a worker sends, what the store keeps, what `mdlguard extract` writes
 * and `mdlguard link` reads.
 *
 *   envelope (base/blob.h) of: main file, folder, the arguments' problem, status, the error when it is none, the files that were
 *   read or missing, the encoded module (ir/ir.h)
 *
 * Made from the same input by the same mdlguard it has the same bytes, but for the times of files where they are kept.
 */
#ifndef MDLGUARD_CLI_EXTRACT_H
#define MDLGUARD_CLI_EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/inputs.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "frontend/shared.h"
#include "project/project.h"

struct extract {
    const char *path, *directory, *problem;
    enum mg_status status; /* MG_OK: there is a module */
    struct mg_error error;
    struct input_files files;
    const void *module; /* ir_module_encode's bytes */
    size_t module_length;
};

/*
 * Runs the front end on UNIT and appends the bytes to OUT, for readers that know MAKER (identity.h). UNIT's failure is in them, and is no
 * failure of this call. WITHOUT_TIMES: for files that shall not depend on when they were made.
 */
void extract_unit(const struct project_unit *unit, const struct shared_header *shared,
                  const struct frontend_unsaved *unsaved, uint32_t unsaved_count, uint64_t maker, bool without_times,
                  struct strbuf *out);

/* The extract of a UNIT of which the front end's process died, for the reason in ERROR. */
void extract_failure(const struct project_unit *unit, enum mg_status status, const struct mg_error *error,
                     uint64_t maker, struct strbuf *out);

/* Reads BYTES; OUT points into them and into ARENA. False when they are damaged or of another mdlguard. */
bool extract_read(const void *bytes, size_t length, uint64_t maker, struct arena *arena, struct extract *out);

/* Of what the rest of a scan depends on: the module and the files' bytes, or the failure; not the files' times. */
uint64_t extract_hash(const struct extract *self);

/* What identifies the extract of UNIT made by MAKER, but for the content of files. Never 0. */
uint64_t extract_key(const struct project_unit *unit, uint64_t maker);

#endif
