/*
 * list.c - `rules list`.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/pack.h"

static void add_names(struct strbuf *out, uint32_t mask, const char *const *names, uint32_t count)
{
    const char *separator = "";

    for (uint32_t i = 0; i < count; i++) {
        if (!(mask & RULESET_BIT(i)))
            continue;
        strbuf_addf(out, "%s%s", separator, names[i]);
        separator = ",";
    }
}

static void add_mapping_kinds(struct strbuf *out, const char *verb, uint32_t mask)
{
    strbuf_adds(out, verb);
    add_names(out, mask, ruleset_mapping_names(), RULESET_MAPPING_COUNT);
}

/* In words, as short as can be: "map iommu", "pages locked". Effects on plain memory are left out: false. */
static bool add_effect(struct strbuf *out, const struct ruleset_effect *effect, const struct ruleset *rules)
{
    switch (effect->kind) {
    case RULESET_EFFECT_NEW:
        strbuf_addf(out, "new %s (%s)", rules->origins.items[effect->origin], ruleset_pages_name(effect->pages));
        return true;
    case RULESET_EFFECT_SET_DESCRIPTOR:
        strbuf_adds(out, ruleset_descriptor_name(effect->value));
        return true;
    case RULESET_EFFECT_SET_PAGES:
        strbuf_addf(out, "pages %s", ruleset_pages_name(effect->value));
        return true;
    case RULESET_EFFECT_MAP:
        strbuf_addf(out, "map %s", ruleset_mapping_name(effect->value));
        return true;
    case RULESET_EFFECT_UNMAP_TOKEN:
        strbuf_addf(out, "unmap %s", effect->path.text);
        return true;
    case RULESET_EFFECT_UNMAP:
        add_mapping_kinds(out, "unmap ", effect->mask);
        return true;
    case RULESET_EFFECT_END:
        add_mapping_kinds(out, "end ", effect->mask);
        return true;
    case RULESET_EFFECT_BORROW:
        strbuf_addf(out, "borrow %s", effect->path.text);
        return true;
    case RULESET_EFFECT_LINK:
    case RULESET_EFFECT_ESCAPE:
        strbuf_addf(out, "keep %s", effect->path.text);
        return true;
    default:
        return false;
    }
}

/* Two outcomes that do the same (of DxgkCbFreePagesFromMdl) are told once. */
static void add_effects(struct strbuf *out, const struct ruleset_routine *routine, const struct ruleset *rules)
{
    struct strbuf all, one;

    strbuf_init(&all);
    strbuf_init(&one);
    for (uint32_t i = 0; i < routine->outcomes.count; i++) {
        const struct ruleset_outcome *outcome = &routine->outcomes.items[i];
        if (outcome->result == RULESET_RESULT_RAISES && !strstr(all.data, "raises"))
            strbuf_addf(&all, "%sraises", all.length ? "; " : "");
        for (uint32_t e = 0; e < outcome->effects.count; e++) {
            strbuf_clear(&one);
            if (add_effect(&one, &outcome->effects.items[e], rules) && !strstr(all.data, one.data))
                strbuf_addf(&all, "%s%s", all.length ? "; " : "", one.data);
        }
    }
    strbuf_adds(out, all.length ? all.data : "-");
    strbuf_release(&all);
    strbuf_release(&one);
}

static void add_rules(struct strbuf *out, const struct ruleset_routine *routine)
{
    struct strbuf ids;

    strbuf_init(&ids);
    for (uint32_t i = 0; i < routine->checks.count; i++) {
        const char *id = routine->checks.items[i].rule->meta.id;
        if (!strstr(ids.data, id))
            strbuf_addf(&ids, "%s%s", ids.length ? "," : "", id);
    }
    strbuf_adds(out, ids.length ? ids.data : "-");
    strbuf_release(&ids);
}

static bool is_listed(const struct ruleset_routine *routine)
{
    return routine->has_mdl || routine->checks.count || (!routine->is_pure && routine->outcomes.count > 1) ||
           routine->matches.items[0].kind != RULESET_MATCH_FUNCTION;
}

/* By family, then by name. */
static int compare_listed(const void *a, const void *b)
{
    const struct ruleset_routine *left = *(const struct ruleset_routine *const *)a,
                                 *right = *(const struct ruleset_routine *const *)b;
    int order = strcmp(left->pack, right->pack);

    return order ? order : strcmp(left->name, right->name);
}

static uint32_t choose_listed(const struct ruleset *self, const struct ruleset_routine **out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < self->routines.count; i++)
        if (is_listed(&self->routines.items[i]))
            out[count++] = &self->routines.items[i];
    if (count)
        qsort(out, count, sizeof(out[0]), compare_listed);
    return count;
}

/* A line of the table: the first three columns are as wide as the header's, or a blank wider than what is in them. */
static void add_columns(struct strbuf *out, const char *family, const char *routine, const char *checks)
{
    strbuf_addf(out, "%-8s %-37s %-31s ", family, routine, checks);
}

/* "; process: mapper (user)", "; process: current (arg1 not 0)" */
static void add_context(struct strbuf *out, const struct ruleset_context *context)
{
    if (context->process == RULESET_PROCESS_UNKNOWN)
        return;
    strbuf_addf(out, "; process: %s", ruleset_process_name(context->process));
    if (context->mappings) {
        strbuf_adds(out, " (");
        add_names(out, context->mappings, ruleset_mapping_names(), RULESET_MAPPING_COUNT);
        strbuf_adds(out, ")");
    }
    for (uint32_t i = 0; i < context->conditions.count; i++) {
        const struct ruleset_condition *condition = &context->conditions.items[i];
        strbuf_addf(out, " (%s %s%lld)", condition->path.text, condition->is_negated ? "not " : "", (long long)condition->value);
    }
}

static void add_line(struct strbuf *out, const struct ruleset_routine *routine, const struct ruleset *rules)
{
    struct strbuf checks;

    strbuf_init(&checks);
    add_rules(&checks, routine);
    add_columns(out, routine->pack, routine->name, checks.data);
    add_effects(out, routine, rules);
    add_context(out, &routine->context);
    strbuf_addf(out, "  [%s]\n", routine->source);
    strbuf_release(&checks);
}

void ruleset_print_list(const struct ruleset *self, struct strbuf *out)
{
    const struct ruleset_routine **listed =
        ARENA_NEW_ARRAY(self->arena, const struct ruleset_routine *, self->routines.count + 1);
    uint32_t count = choose_listed(self, listed);

    add_columns(out, "family", "routine", "checks");
    strbuf_adds(out, "effects  [source]\n");
    for (uint32_t i = 0; i < count; i++)
        add_line(out, listed[i], self);
    strbuf_addf(out, "%u routines, and %u known to leave MDLs alone\n", count, self->routines.count - count);
}
