/*
 * cache.h - what a scan takes from the store instead of doing it again.
 *
 * A unit is taken when neither its arguments nor any file that it was read from changed; the whole report when all that it came from
 * is as it was: units, rules, configuration of rules. Whatever is missing or damaged is made anew. The report is the same either way.
 */
#ifndef MDLGUARD_CLI_CACHE_H
#define MDLGUARD_CLI_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/pipeline.h"
#include "store/store.h"

struct cache_unit {
    uint64_t key, hash; /* extract_key; extract_hash, 0 while unknown */
    bool is_stored;     /* the store has it, and it is true */
};

struct cache {
    struct arena *arena;    /* borrowed */
    struct store *store;    /* owned; NULL: there is none, or it failed */
    bool has_failed;        /* `error` says why there is no store */
    struct mg_error error;
    uint64_t maker;         /* identity() */
    struct cache_unit *units; /* one a unit of the project */
    uint32_t count;
    VEC(struct store_solution) solutions; /* that the store is still to get; on the heap */
    size_t waiting;                       /* their bytes */
    VEC(uint64_t) known;                  /* keys of what is right in the store, or will be; in the arena */
};

/* Opens the store at PATH (NULL: none). MG_USAGE when that is the database of another program; any other failure is kept for the end of
 * the run, which does without the store. */
enum mg_status cache_open(struct cache *self, const char *path, struct arena *arena, struct mg_error *error);
void cache_close(struct cache *self);

/* Looks for PROJECT's units: WANTED takes the indices of those that are to be lowered. */
void cache_find(struct cache *self, const struct project *project, uint32_t *wanted, uint32_t *wanted_count);
/* pipeline_lower_options.extracted, with the cache as its context: keeps what can be used again. */
void cache_extracted(void *context, uint32_t index, const struct strbuf *bytes);
/* Reads the stored units into UNITS. WANTED takes the indices of those that turned out to be damaged. */
void cache_read(struct cache *self, struct pipeline_units *units, uint32_t *wanted, uint32_t *wanted_count);

/* Hash of all that the findings come from. */
uint64_t cache_result_key(const struct cache *self, const struct project *project, uint64_t rules_key,
                          const struct pipeline_units *units);
/* The report of KEY, with its rules, before the configuration's and the baseline's filters. REPORT_HASH is that of the report that was recorded. */
bool cache_find_report(struct cache *self, uint64_t key, struct finding_report *report, struct suppress_notes *notes,
                       uint64_t *report_hash);
/* For record_scan: REPORT under KEY. OUT->bytes is to be released. */
void cache_pack_report(const struct cache *self, uint64_t key, const struct finding_report *report,
                       const struct suppress_notes *notes, struct store_result *out);
/* Hash of REPORT as it is now. */
uint64_t cache_report_hash(const struct finding_report *report);
/* The store as what the engine knows of functions (OUT); NULL when there is none. What it puts there may wait in the cache until cache_put_solutions. */
const struct engine_memory *cache_memory(struct cache *self, struct engine_memory *out);
void cache_put_solutions(struct cache *self);
/* Forgets the units that are none of the project any more, and what is known of functions that are not as they were. */
void cache_forget_others(struct cache *self);

#endif
