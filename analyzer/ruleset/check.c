/*
 * check.c - contradictions in a pack that no single value shows: effects without an object, results that cannot be,
 * names given twice, tokens that nothing ever binds.
 */
#include <stdio.h>
#include <string.h>

#include "ruleset/pack.h"

/* Does it hold of every call, for the routine's MDL? */
static bool is_unconditional(const struct ruleset_check *check)
{
    return !check->conditions.count && !check->has_subject && !check->is_over && check->if_pages == RULESET_ANY &&
           check->if_origin == RULESET_ANY && !check->unless_listed;
}

/* A requirement that leaves nothing of what an earlier one demands: no MDL could ever get through. */
static bool excludes(const struct ruleset_check *a, const struct ruleset_check *b)
{
    if (!is_unconditional(a) || !is_unconditional(b))
        return false;
    if (a->kind == RULESET_CHECK_MAPPING && b->kind == RULESET_CHECK_NO_MAPPING)
        return (a->mask & ~b->mask) == 0;
    if (a->kind == RULESET_CHECK_NO_MAPPING && b->kind == RULESET_CHECK_MAPPING)
        return (b->mask & ~a->mask) == 0;
    if (a->kind == RULESET_CHECK_DESCRIPTOR || a->kind == RULESET_CHECK_PAGES || a->kind == RULESET_CHECK_ORIGIN)
        return a->kind == b->kind && !(a->mask & b->mask);
    return false;
}

void pack_check_check(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                      const struct ruleset_check *check)
{
    if (check->kind != RULESET_CHECK_TOKEN && check->kind != RULESET_CHECK_HANDLER && !check->has_subject && !check->is_over &&
        !routine->has_mdl)
        pack_problem(self, node, "'%s' has no 'mdl' that this requirement could speak of", routine->name);
    for (uint32_t i = 0; i < routine->checks.count; i++)
        if (excludes(&routine->checks.items[i], check))
            pack_problem(self, node, "impossible state: no MDL can meet this and the requirement in line %u as well",
                         routine->checks.items[i].line);
}

/* Does EFFECT speak of the routine's MDL? */
bool pack_needs_object(const struct ruleset_effect *effect)
{
    switch (effect->kind) {
    case RULESET_EFFECT_SET_DESCRIPTOR:
    case RULESET_EFFECT_SET_PAGES:
    case RULESET_EFFECT_SET_ORIGIN:
        return !effect->has_path;
    case RULESET_EFFECT_MAP:
    case RULESET_EFFECT_END:
    case RULESET_EFFECT_UNMAP:
        return true;
    default:
        return false;
    }
}

static bool has_object(const struct ruleset_routine *routine, const struct ruleset_outcome *outcome)
{
    if (routine->has_mdl)
        return true;
    for (uint32_t i = 0; i < outcome->effects.count; i++)
        if (outcome->effects.items[i].kind == RULESET_EFFECT_NEW ||
            outcome->effects.items[i].kind == RULESET_EFFECT_UNMAP_TOKEN)
            return true;
    return false;
}

void pack_check_effect(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                       const struct ruleset_outcome *outcome, const struct ruleset_effect *effect)
{
    bool is_result = effect->has_path && effect->path.root == RULESET_RETURN;

    if (pack_needs_object(effect) && !has_object(routine, outcome))
        pack_problem(self, node, "'%s' has no 'mdl', and no 'new' or 'unmap-token' comes before this effect",
                     routine->name);
    if (is_result && outcome->result == RULESET_RESULT_RAISES)
        pack_problem(self, node, "a routine that raises returns nothing: 'return' has no value here");
    else if (is_result && outcome->result == RULESET_RESULT_NULL)
        pack_problem(self, node, "the result is 0 here: 'return' can hold nothing else");
}

/* Does EFFECT put pages or a mapping on an MDL that BEFORE has freed? */
static bool is_on_freed(const struct ruleset_effect *before, const struct ruleset_effect *effect)
{
    bool is_same = before->has_path == (effect->kind != RULESET_EFFECT_MAP && effect->has_path) &&
                   (!before->has_path || strcmp(before->path.text, effect->path.text) == 0);

    if (before->kind != RULESET_EFFECT_SET_DESCRIPTOR || before->value != RULESET_DESCRIPTOR_FREED || !is_same)
        return false;
    if (effect->kind == RULESET_EFFECT_SET_PAGES)
        return effect->value != RULESET_PAGES_NONE && effect->value != RULESET_PAGES_RELEASED;
    return effect->kind == RULESET_EFFECT_MAP;
}

static bool is_same_place(const struct ruleset_effect *a, const struct ruleset_effect *b)
{
    return a->kind == b->kind && strcmp(a->path.text, b->path.text) == 0;
}

void pack_check_order(struct pack *self, const struct yaml_node *node, const struct ruleset_outcome *outcome,
                      const struct ruleset_effect *effect)
{
    for (uint32_t i = outcome->effects.count; i > 0; i--) {
        const struct ruleset_effect *before = &outcome->effects.items[i - 1];
        if (is_on_freed(before, effect))
            pack_problem(self, node, "impossible state: an effect before this one frees the MDL");
        if (effect->kind == RULESET_EFFECT_NEW && is_same_place(before, effect))
            pack_problem(self, node, "'%s' holds a new MDL already, which would be lost", effect->path.text);
        if (before->kind == RULESET_EFFECT_NEW)
            return; /* the effects speak of the new MDL since then */
    }
}

/* A state that an unconditional requirement rules out never reaches an outcome. */
void pack_check_outcome(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                        const struct ruleset_outcome *outcome)
{
    for (uint32_t i = 0; i < routine->checks.count; i++) {
        const struct ruleset_check *check = &routine->checks.items[i];
        if (!is_unconditional(check))
            continue;
        if (check->kind == RULESET_CHECK_PAGES && !(check->mask & outcome->if_pages))
            pack_problem(self, node, "impossible state: 'requires' (line %u) lets no MDL with these pages through",
                         check->line);
        if (check->kind == RULESET_CHECK_ORIGIN && !(check->mask & outcome->if_origin))
            pack_problem(self, node, "impossible state: 'requires' (line %u) lets no MDL of this origin through",
                         check->line);
    }
    if (routine->is_noreturn && outcome->result != RULESET_RESULT_RAISES)
        pack_problem(self, node, "'%s' is said not to return", routine->name);
}

void pack_check_routine(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine)
{
    if (!routine->is_pure)
        return;
    for (uint32_t i = 0; i < routine->outcomes.count; i++)
        if (routine->outcomes.items[i].effects.count)
            pack_problem(self, node, "'%s' is said to be pure, but has effects", routine->name);
}

/* ---- the whole ruleset ---- */

static void whole_problem(struct pack_set *set, const struct ruleset_routine *at, const char *format, const char *what,
                          const struct ruleset_routine *other)
{
    char text[512];

    snprintf(text, sizeof(text), format, what);
    problems_add(&set->problems, at->file, at->line, at->column, "%s, in %s:%u", text, other->file, other->line);
}

/* Same-named routines stand side by side, in the order in which they were read. */
static void check_names(struct pack_set *set)
{
    const struct ruleset *out = set->out;

    for (uint32_t i = 1; i < out->routines.count; i++) {
        const struct ruleset_routine *a = &out->routines.items[i - 1], *b = &out->routines.items[i];
        if (strcmp(a->name, b->name) == 0)
            whole_problem(set, b, "routine '%s' exists already", b->name, a);
    }
}

static uint32_t mapped_kinds(const struct ruleset *rules)
{
    uint32_t kinds = 0;

    for (uint32_t i = 0; i < rules->routines.count; i++) {
        const struct ruleset_routine *routine = &rules->routines.items[i];
        for (uint32_t k = 0; k < routine->outcomes.count; k++) {
            const struct ruleset_outcome *outcome = &routine->outcomes.items[k];
            for (uint32_t e = 0; e < outcome->effects.count; e++)
                if (outcome->effects.items[e].kind == RULESET_EFFECT_MAP && outcome->effects.items[e].has_path)
                    kinds |= RULESET_BIT(outcome->effects.items[e].value);
        }
    }
    return kinds;
}

static void check_tokens(struct pack_set *set)
{
    const struct ruleset *out = set->out;
    uint32_t kinds = mapped_kinds(out);

    for (uint32_t i = 0; i < out->routines.count; i++) {
        const struct ruleset_routine *routine = &out->routines.items[i];
        for (uint32_t k = 0; k < routine->checks.count; k++) {
            const struct ruleset_check *check = &routine->checks.items[k];
            if (check->kind == RULESET_CHECK_TOKEN && !(check->mask & kinds))
                problems_add(&set->problems, routine->file, check->line, check->column,
                             "token '%s' is never bound: no routine of any pack makes such a mapping",
                             check->path.text);
        }
    }
}

static void check_parts(struct pack_set *set)
{
    const struct ruleset *out = set->out;

    if (!out->object.records.count)
        problems_add(&set->problems, NULL, 0, 0, "no rule pack says which record is tracked ('object')");
    if (!out->use_after_free || !out->use_after_unmap || !out->cannot_analyze)
        problems_add(&set->problems, NULL, 0, 0, "no rule pack names the rules in 'roles'");
}

void ruleset_check_whole(struct pack_set *set)
{
    check_names(set);
    check_tokens(set);
    check_parts(set);
}
