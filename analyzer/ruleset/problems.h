/*
 * problems.h - the mistakes found in rule packs, in the order of the files, so that `rules check` can list all of them
 * at once.
 */
#ifndef MDLGUARD_RULESET_PROBLEMS_H
#define MDLGUARD_RULESET_PROBLEMS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/vec.h"

/* A pack that is wrong everywhere (a binary file given by mistake) must not fill the memory with messages. */
#define PROBLEMS_MAX 1000

struct problems {
    struct arena *arena; /* borrowed: where the list lives */
    VEC(struct mg_error) items;
};

/* Notes a mistake; LINE and COLUMN are 1-based, 0 when the mistake is the whole file's. Beyond PROBLEMS_MAX they are
 * dropped. */
void problems_add(struct problems *self, const char *file, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Sorts by file (in the order in which FILES lists them), line and column; equal places keep their order. */
void problems_sort(struct problems *self, const char *const *files, uint32_t file_count);

#endif
