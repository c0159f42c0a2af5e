/*
 * leaks.c - what is left: mappings whose token nobody holds, MDLs that nobody holds. The rules' leak table, read as the analyzer reads it
 * (engine/leak.c): mappings that only their token can end come first, then the first entry of the table that fits the MDL.
 */
#include "tracker_int.h"

#include "mdlguard_routines.h"

struct holder {
    bool (*is_held)(void *context, uint64_t value);
    void *context;
};

static bool holder_has(const struct holder *self, uint64_t value)
{
    return self->is_held && value && self->is_held(self->context, value);
}

static uint32_t live_mapping(const struct mg_tracker *self, const struct mg_object *object, uint32_t kinds)
{
    (void)self;
    for (uint32_t kind = 0; kind < MG_MAPPING_KINDS; kind++)
        if ((kinds & MG_BIT(kind)) && object->mappings[kind])
            return object->mappings[kind];
    return 0;
}

static bool mask_within(uint32_t possible, uint32_t asked)
{
    return asked == MG_ANY || !(possible & ~asked);
}

static const struct mg_leak *find_leak(const struct mg_tracker *self, const struct mg_object *object)
{
    for (uint32_t l = 0; l < mg_leak_count; l++) {
        const struct mg_leak *leak = &mg_leaks[l];

        if ((!leak->mappings || live_mapping(self, object, leak->mappings)) && (!leak->is_chained || object->is_chained) && (!leak->is_dropped || object->is_dropped) &&
            mask_within(object->descriptor, leak->descriptor) && mask_within(object->pages, leak->pages) &&
            mask_within(object->origin, leak->origin))
            return leak;
    }
    return NULL;
}

static void report_leak(struct mg_tracker *self, uint16_t rule, uint32_t object, uint32_t mapping, const struct mg_event *acquired)
{
    struct mg_violation violation;

    mg_violation_fill(self, &violation, object, mapping);
    violation.rule = &mg_rules[rule];
    violation.message = mg_rules[rule].message;
    violation.primary = *acquired;
    mg_violation_count(self, &violation);
    if (object)
        self->objects[object].is_given_up = true;
    if (self->config.report)
        self->config.report(self->config.context, &violation);
}

/* The first entry of the table that is about mappings of KIND; NULL: there is none. */
static const struct mg_leak *leak_of_kind(uint32_t kind)
{
    for (uint32_t l = 0; l < mg_leak_count; l++)
        if (mg_leaks[l].mappings & MG_BIT(kind))
            return &mg_leaks[l];
    return NULL;
}

/* A system mapping goes with the pages, whoever releases them: only what its token alone can undo is lost with it. */
static void report_mapping(struct mg_tracker *self, const struct mg_leak *leak, uint32_t index, const struct holder *holder)
{
    struct mg_mapping *mapping = &self->mappings[index];
    uint32_t object = mapping->object;

    if (mapping->state != MG_ENTRY_LIVE || leak_of_kind(mapping->kind) != leak || !mapping->is_explicit || mapping->is_given_up ||
        mapping->kind == MG_MAPPING_SYSTEM ||
        holder_has(holder, mapping->token) || holder_has(holder, mapping->alias))
        return;
    if (object && (self->objects[object].is_given_up || self->objects[object].is_escaped))
        return;
    report_leak(self, leak->rule, object, index, &mapping->made);
}

/* A mapping that came with the object stands for both: whoever has its token can release them (engine/leak.c). */
static bool is_held_by_token(const struct mg_tracker *self, const struct mg_object *object, const struct holder *holder)
{
    for (uint32_t kind = 0; kind < MG_MAPPING_KINDS; kind++)
        for (uint32_t m = kind == MG_MAPPING_SYSTEM ? 0 : object->mappings[kind]; m; m = self->mappings[m].queue.next)
            if (self->mappings[m].made.sequence == object->acquired.sequence &&
                (holder_has(holder, self->mappings[m].token) || holder_has(holder, self->mappings[m].alias)))
                return true;
    return false;
}

static void report_object(struct mg_tracker *self, uint32_t index, const struct holder *holder)
{
    struct mg_object *object = &self->objects[index];
    const struct mg_event *acquired = &object->acquired;
    const struct mg_leak *leak;
    uint32_t mapping;

    if (object->state != MG_ENTRY_LIVE || !object->is_ours || object->is_escaped || object->is_given_up ||
        holder_has(holder, object->address) || is_held_by_token(self, object, holder))
        return;
    leak = find_leak(self, object);
    if (!leak)
        return;
    mapping = leak->mappings ? live_mapping(self, object, leak->mappings) : 0;
    if (mapping)
        acquired = &self->mappings[mapping].made;
    else if (leak->pages != MG_ANY && object->filled.sequence)
        acquired = &object->filled;
    report_leak(self, leak->rule, index, mapping, acquired);
}

void mg_tracker_report_leaks(struct mg_tracker *self, bool (*is_held)(void *context, uint64_t value), void *context)
{
    struct holder holder = {is_held, context};

    /* Of several mappings of an MDL that are lost, the gravest is reported: the table is in that order. */
    for (uint32_t l = 0; l < mg_leak_count; l++)
        for (uint32_t m = 1; mg_leaks[l].mappings && m < self->mapping_fresh; m++)
            report_mapping(self, &mg_leaks[l], m, &holder);
    for (uint32_t o = 1; o < self->object_fresh; o++)
        report_object(self, o, &holder);
}
