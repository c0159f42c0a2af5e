/*
 * index.c - the order of routines, and from a call's spelling to its routine: one table with open addressing over all matches, built once.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "ruleset/pack.h"

struct ruleset_slot {
    const struct ruleset_match *match; /* NULL: free */
    const struct ruleset_routine *routine;
};

struct ruleset_index {
    struct ruleset_slot *slots;
    uint32_t mask; /* slots - 1 */
};

/* Equal names in the order in which they were read: the pointers are into one array. */
static int compare_routines(const void *a, const void *b)
{
    const struct ruleset_routine *left = *(const struct ruleset_routine *const *)a,
                                 *right = *(const struct ruleset_routine *const *)b;
    int order = strcmp(left->name, right->name);

    return order ? order : (left > right) - (left < right);
}

void ruleset_sort_routines(struct ruleset *self)
{
    uint32_t count = self->routines.count;
    const struct ruleset_routine **order = ARENA_NEW_ARRAY(self->arena, const struct ruleset_routine *, count + 1);
    struct ruleset_routine *sorted = ARENA_NEW_ARRAY(self->arena, struct ruleset_routine, count + 1);

    for (uint32_t i = 0; i < count; i++)
        order[i] = &self->routines.items[i];
    qsort(order, count, sizeof(order[0]), compare_routines);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = *order[i];
    self->routines.items = sorted;
    self->routines.capacity = count + 1;
}

/* RECORD without one leading underscore. */
static const char *record_stem(const char *record)
{
    return record[0] == '_' ? record + 1 : record;
}

static uint64_t match_hash(enum ruleset_match_kind kind, const char *record, const char *name)
{
    uint64_t hash = hash_mix((uint64_t)kind, hash_string(name));

    return record ? hash_mix(hash, hash_string(record_stem(record))) : hash;
}

static bool match_equals(const struct ruleset_match *match, enum ruleset_match_kind kind, const char *record,
                         const char *name)
{
    if (match->kind != kind || strcmp(match->name, name) != 0 || !match->record != !record)
        return false;
    return !record || strcmp(record_stem(match->record), record_stem(record)) == 0;
}

static struct ruleset_slot *find_slot(const struct ruleset_index *index, enum ruleset_match_kind kind,
                                      const char *record, const char *name)
{
    uint32_t i = (uint32_t)match_hash(kind, record, name) & index->mask;

    while (index->slots[i].match && !match_equals(index->slots[i].match, kind, record, name))
        i = (i + 1) & index->mask;
    return &index->slots[i];
}

/* A call could be either of two routines. The mistake is that of the pack of the user's, or of the later routine. */
static void add_clash(struct pack_set *set, const struct ruleset_routine *first, const struct ruleset_routine *second)
{
    const struct ruleset_routine *at = first->is_builtin ? second : first, *other = at == first ? second : first;

    if (strcmp(first->name, second->name) != 0) /* else it is said already */
        problems_add(&set->problems, at->file, at->line, at->column,
                     "'%s' is recognised like '%s' in %s:%u: a call could be either", at->name, other->name, other->file,
                     other->line);
}

static void add_matches(struct pack_set *set, const struct ruleset_routine *routine)
{
    for (uint32_t k = 0; k < routine->matches.count; k++) {
        const struct ruleset_match *match = &routine->matches.items[k];
        struct ruleset_slot *slot = find_slot(set->out->index, match->kind, match->record, match->name);
        if (slot->match)
            add_clash(set, slot->routine, routine);
        *slot = (struct ruleset_slot){match, routine};
    }
}

void ruleset_build_index(struct pack_set *set)
{
    struct ruleset *self = set->out;
    uint32_t count = 0, size = 16;

    for (uint32_t i = 0; i < self->routines.count; i++)
        count += self->routines.items[i].matches.count;
    while (size < count * 2)
        size *= 2;
    self->index = ARENA_NEW(self->arena, struct ruleset_index);
    self->index->slots = ARENA_NEW_ARRAY(self->arena, struct ruleset_slot, size);
    self->index->mask = size - 1;
    for (uint32_t i = 0; i < self->routines.count; i++)
        add_matches(set, &self->routines.items[i]);
}

static const struct ruleset_routine *find(const struct ruleset *self, enum ruleset_match_kind kind, const char *record,
                                          const char *name)
{
    assert(self->index);
    return find_slot(self->index, kind, record, name)->routine;
}

const struct ruleset_routine *ruleset_find_function(const struct ruleset *self, const char *name)
{
    return name ? find(self, RULESET_MATCH_FUNCTION, NULL, name) : NULL;
}

const struct ruleset_routine *ruleset_find_field(const struct ruleset *self, const char *record, const char *field)
{
    return record && field ? find(self, RULESET_MATCH_FIELD, record, field) : NULL;
}

const struct ruleset_routine *ruleset_find_type(const struct ruleset *self, const char *name)
{
    return name ? find(self, RULESET_MATCH_TYPE, NULL, name) : NULL;
}

const struct ruleset_routine *ruleset_find_macro(const struct ruleset *self, const char *macro, const char *function)
{
    return macro && function ? find(self, RULESET_MATCH_MACRO, macro, function) : NULL;
}

const struct ruleset_rule *ruleset_find_rule(const struct ruleset *self, const char *id)
{
    uint32_t low = 0, high = self->rules.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(self->rules.items[middle].meta.id, id);
        if (order == 0)
            return &self->rules.items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool ruleset_is_object(const struct ruleset *self, const char *record)
{
    for (uint32_t i = 0; record && i < self->object.records.count; i++)
        if (strcmp(record_stem(self->object.records.items[i]), record_stem(record)) == 0)
            return true;
    return false;
}

bool ruleset_is_linked(const struct ruleset_links *links, const char *record)
{
    return strcmp(record_stem(links->record), record_stem(record)) == 0;
}

bool ruleset_is_reserved(const struct ruleset_reserved *reserved, const char *record, const char *field)
{
    return strcmp(reserved->field, field) == 0 && strcmp(record_stem(reserved->record), record_stem(record)) == 0;
}

bool ruleset_lends(const struct ruleset_lend *lend, const char *record, const char *field)
{
    return strcmp(lend->field, field) == 0 && strcmp(record_stem(lend->record), record_stem(record)) == 0;
}
