/*
 * kept.h - summaries as bytes: what is kept of a function from one run to the next, and what its callers are compared by.
 *
 * The bytes do not tell where the steps of a summary stand, only which of them stand together: callers see no more. The locations are a list
 * beside them, and so are the function's variables.
 */
#ifndef MDLGUARD_ENGINE_KEPT_H
#define MDLGUARD_ENGINE_KEPT_H

#include "engine/names.h"
#include "engine/summary.h"

struct kept {
    uint64_t hash; /* of the bytes and of which locations are at one place: two summaries with the same hash are the same to callers */
    const void *bytes; /* NULL, like `locals`, once kept_forget was called */
    size_t length;
    const ir_id *locs; /* what the numbers of locations in it mean */
    uint32_t loc_count;
    const uint32_t *locals; /* the function's own that are mentioned: their numbers are others as soon as it declares another one */
    uint32_t local_count;
    bool is_numbered; /* ids of functions are in it as numbers (method.h): true only for names->numbering */
};

/* Only what callers compare is needed from here on. */
static inline void kept_forget(struct kept *self)
{
    self->bytes = NULL;
    self->locals = NULL;
}

/* SUMMARY, its bytes in SCRATCH; NULL when something in it has no name. */
struct kept *kept_make(const struct names *names, const struct summary *summary, struct arena *scratch);
/* A copy of STORED, bytes that kept_make made, with locations of the program at hand; NULL when these stand together otherwise than then (hash). */
struct kept *kept_take(const struct names *names, const struct kept *stored);
/* What is known of the summary of FUNCTION without reading it, its flags: few are asked for in a run in which little has changed. The rest is to be had
 * from reuse_summary only (kept_open, of the bytes in `closed`). NULL when it names what the program does not have. */
const struct summary *kept_close(const struct names *names, const struct kept *kept, ir_id function, struct arena *scratch);
/* The summary of FUNCTION that KEPT holds; NULL when it names what the program does not have. */
const struct summary *kept_open(const struct names *names, const struct kept *kept, ir_id function, struct arena *scratch);

#endif
