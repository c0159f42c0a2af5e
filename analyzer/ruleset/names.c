/*
 * names.c - reading of names, sets of names and plain values; the words for the facets of an MDL.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/pack.h"
#include "base/nearest.h"

static const char *const pages_names[] = {
#define X(id, text) text,
    RULESET_PAGES(X)
#undef X
};
static const char *const mapping_names[] = {
#define X(id, text) text,
    RULESET_MAPPINGS(X)
#undef X
};
static const char *const descriptor_names[] = {
#define X(id, text) text,
    RULESET_DESCRIPTORS(X)
#undef X
};
static const char *const process_names[] = {
#define X(id, text) text,
    RULESET_PROCESSES(X)
#undef X
};

const char *const *ruleset_mapping_names(void)
{
    return mapping_names;
}

const char *const *ruleset_process_names(void)
{
    return process_names;
}

const char *ruleset_pages_name(uint32_t value)
{
    return value < RULESET_PAGES_COUNT ? pages_names[value] : "?";
}

const char *ruleset_mapping_name(uint32_t value)
{
    return value < RULESET_MAPPING_COUNT ? mapping_names[value] : "?";
}

const char *ruleset_process_name(uint32_t value)
{
    return value > RULESET_PROCESS_UNKNOWN && value < RULESET_PROCESS_COUNT ? process_names[value - 1] : "?";
}

const char *ruleset_descriptor_name(uint32_t value)
{
    return value < RULESET_DESCRIPTOR_COUNT ? descriptor_names[value] : "?";
}

void pack_problem(struct pack *self, const struct yaml_node *at, const char *format, ...)
{
    char text[768];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    problems_add(&self->set->problems, self->file, at ? at->line : 0, at ? at->column : 0, "%s", text);
}

bool pack_expect(struct pack *self, const struct yaml_node *node, enum yaml_kind kind, const char *what)
{
    if (node->kind == kind)
        return true;
    pack_problem(self, node, "%s has to be %s, this is %s", what, yaml_kind_name(kind), yaml_kind_name(node->kind));
    return false;
}

/* Nothing follows an unknown name: WHAT "a mapping kind" is none of COUNT NAMES. */
static void unknown_name(struct pack *self, const struct yaml_node *at, const char *what, const char *const *names,
                         uint32_t count)
{
    const char *near = nearest_name(at->text, names, count);
    char list[512] = "";
    size_t length = 0;

    if (near) {
        pack_problem(self, at, "'%s' is not %s; did you mean '%s'?", at->text, what, near);
        return;
    }
    for (uint32_t i = 0; i < count && length < sizeof(list); i++)
        length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s", i ? ", " : "", names[i]);
    pack_problem(self, at, "'%.100s' is not %s; there are: %s%s", at->text, what, list,
                 length >= sizeof(list) ? " ..." : "");
}

bool pack_check_keys(struct pack *self, const struct yaml_node *mapping, const char *what, const char *const *keys,
                     uint32_t count)
{
    if (!pack_expect(self, mapping, YAML_MAPPING, what))
        return false;
    for (uint32_t i = 0; i < mapping->count; i++) {
        const struct yaml_node *key = mapping->keys[i];
        bool is_known = false;
        for (uint32_t k = 0; k < count && !is_known; k++)
            is_known = strcmp(key->text, keys[k]) == 0;
        if (!is_known) {
            char text[96];
            snprintf(text, sizeof(text), "a key of %s", what);
            unknown_name(self, key, text, keys, count);
        }
    }
    return true;
}

const struct yaml_node *pack_required(struct pack *self, const struct yaml_node *node, const char *key,
                                      const char *what)
{
    const struct yaml_node *value = yaml_get(node, key);

    if (!value && node->kind == YAML_MAPPING)
        pack_problem(self, node, "%s needs the key '%s'", what, key);
    return value;
}

uint32_t pack_name(struct pack *self, const struct yaml_node *node, const char *what, const char *const *names,
                   uint32_t count)
{
    if (!pack_expect(self, node, YAML_SCALAR, what))
        return count;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i], node->text) == 0)
            return i;
    unknown_name(self, node, what, names, count);
    return count;
}

/* One name or a list of them. */
static uint32_t named_mask(struct pack *self, const struct yaml_node *node, const char *what, const char *const *names,
                           uint32_t count, bool *is_good)
{
    uint32_t mask = 0, items = node->kind == YAML_SEQUENCE ? node->count : 1;

    for (uint32_t i = 0; i < items; i++) {
        const struct yaml_node *item = node->kind == YAML_SEQUENCE ? node->items[i] : node;
        uint32_t index = pack_name(self, item, what, names, count);
        if (index == count)
            *is_good = false;
        else
            mask |= RULESET_BIT(index);
    }
    return mask;
}

/* A name, a list of names, `any` or {not: …} of them, as a mask. An empty or full set is a mistake: 0. */
static uint32_t read_mask(struct pack *self, const struct yaml_node *node, const char *what, const char *const *names,
                          uint32_t count)
{
    uint32_t mask, all = count >= 32 ? UINT32_MAX : RULESET_BIT(count) - 1;
    const struct yaml_node *set = node;
    bool is_good = true;

    if (node->kind == YAML_MAPPING) {
        set = yaml_get(node, "not");
        if (!PACK_CHECK_KEYS(self, node, what, "not") || !set)
            return 0;
    }
    mask = named_mask(self, set, what, names, count, &is_good);
    if (set != node)
        mask = all & ~mask;
    if (!is_good)
        return 0;
    if (!mask)
        pack_problem(self, node, "the set is empty: no MDL can ever be so");
    else if (mask == all)
        pack_problem(self, node, "the set has every value: leave the key out");
    return mask;
}

const char *pack_text(struct pack *self, const struct yaml_node *node, const char *what)
{
    if (!pack_expect(self, node, YAML_SCALAR, what))
        return NULL;
    if (node->text[0])
        return node->text;
    pack_problem(self, node, "%s is missing", what);
    return NULL;
}

bool pack_bool(struct pack *self, const struct yaml_node *node, const char *what)
{
    if (!pack_expect(self, node, YAML_SCALAR, what))
        return false;
    if (!node->is_quoted && strcmp(node->text, "true") == 0)
        return true;
    if (node->is_quoted || strcmp(node->text, "false") != 0)
        pack_problem(self, node, "%s has to be true or false, not '%.40s'", what, node->text);
    return false;
}

bool pack_int(struct pack *self, const struct yaml_node *node, const char *what, int64_t *out)
{
    const char *text = pack_text(self, node, what);
    char *end;

    *out = 0;
    if (!text)
        return false;
    errno = 0;
    *out = strtoll(text, &end, 0);
    if (!*end && !errno)
        return true;
    pack_problem(self, node, "%s has to be a number, not '%.40s'", what, text);
    return false;
}

uint32_t pack_pages_mask(struct pack *self, const struct yaml_node *node)
{
    return read_mask(self, node, "a state of the pages", pages_names, RULESET_PAGES_COUNT);
}

uint32_t pack_mappings_mask(struct pack *self, const struct yaml_node *node)
{
    return read_mask(self, node, "a kind of mapping", mapping_names, RULESET_MAPPING_COUNT);
}

uint32_t pack_descriptors_mask(struct pack *self, const struct yaml_node *node)
{
    return read_mask(self, node, "a state of the descriptor", descriptor_names, RULESET_DESCRIPTOR_COUNT);
}

uint32_t pack_origins_mask(struct pack *self, const struct yaml_node *node)
{
    const struct ruleset *out = self->set->out;

    return read_mask(self, node, "an origin", out->origins.items, out->origins.count);
}

uint32_t pack_pages(struct pack *self, const struct yaml_node *node)
{
    return pack_name(self, node, "a state of the pages", pages_names, RULESET_PAGES_COUNT);
}

uint32_t pack_mapping(struct pack *self, const struct yaml_node *node)
{
    return pack_name(self, node, "a kind of mapping", mapping_names, RULESET_MAPPING_COUNT);
}

uint32_t pack_descriptor(struct pack *self, const struct yaml_node *node)
{
    return pack_name(self, node, "a state of the descriptor", descriptor_names, RULESET_DESCRIPTOR_COUNT);
}

uint32_t pack_origin(struct pack *self, const struct yaml_node *node)
{
    const struct ruleset *out = self->set->out;

    return pack_name(self, node, "an origin", out->origins.items, out->origins.count);
}

const struct ruleset_rule *pack_rule(struct pack *self, const struct yaml_node *node, bool *is_planned)
{
    const struct ruleset *out = self->set->out;
    const char **ids;

    *is_planned = false;
    if (!pack_expect(self, node, YAML_SCALAR, "a rule's id"))
        return NULL;
    ids = ARENA_NEW_ARRAY(self->set->arena, const char *, out->rules.count + 1);
    for (uint32_t i = 0; i < out->rules.count; i++) {
        ids[i] = out->rules.items[i].meta.id;
        if (strcmp(ids[i], node->text) != 0)
            continue;
        *is_planned = out->rules.items[i].is_planned;
        return *is_planned ? NULL : &out->rules.items[i];
    }
    unknown_name(self, node, "the id of a rule", ids, out->rules.count);
    return NULL;
}

bool pack_applies(struct pack *self, const struct yaml_node *node)
{
    const struct pack_systems *systems = &self->set->systems;
    const struct yaml_node *since, *before;
    bool applies = true;

    if (!node || !PACK_CHECK_KEYS(self, node, "'target-os'", "since", "before"))
        return true;
    since = yaml_get(node, "since");
    before = yaml_get(node, "before");
    if (!since && !before)
        pack_problem(self, node, "'target-os' needs 'since' or 'before'");
    if (since)
        applies = pack_name(self, since, "a system", systems->names, systems->count) <= systems->target;
    if (before)
        applies = pack_name(self, before, "a system", systems->names, systems->count) > systems->target && applies;
    return applies;
}
