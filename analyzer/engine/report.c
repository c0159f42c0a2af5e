/*
 * report.c - findings from violations: the witness path and the message. See report.h.
 *
 * A path keeps the events of the object concerned (and of its mapping), the calls that lead to them, and the decisions taken between the first
 * of them and the violation: what came before does not matter, and neither do decisions inside calls that contain no such event.
 */
#include "engine/report.h"

#include <string.h>

#include "base/hash.h"
#include "engine/findings.h"
#include "engine/leftover.h"
#include "engine/place_name.h"
#include "engine/protocol.h"
#include "engine/reuse.h"

#define PAGES_NAMED_MAX 3 /* states that a message lists */

/* ---- searching a trace ---- */

static bool event_has_effect(const struct step *step, enum ruleset_effect_kind kind, uint32_t value, value_id path)
{
    if (step->kind != STEP_EVENT)
        return false;
    for (uint32_t e = 0; e < step->outcome->effects.count; e++) {
        const struct ruleset_effect *effect = &step->outcome->effects.items[e];

        const value_id *slot = step->values + protocol_effect_slot(step->routine, e);

        if (effect->kind == kind && (value == RULESET_ANY || effect->value == value) &&
            (!path || slot[0] == path || slot[1] == path))
            return true;
    }
    return false;
}

const struct step *report_find_event(const struct state *state, value_id object, enum ruleset_effect_kind kind, uint32_t value)
{
    for (const struct step *step = state->trace; step; step = step->prev)
        if (step->object == object && event_has_effect(step, kind, value, 0))
            return step;
    return NULL;
}

const struct step *report_find_end(const struct state *state, value_id object, const struct ruleset_rule *late)
{
    for (const struct step *step = state->trace; step; step = step->prev) {
        if (step->object != object || step->kind != STEP_EVENT)
            continue;
        for (uint32_t e = 0; e < step->outcome->effects.count; e++)
            if (step->outcome->effects.items[e].kind == RULESET_EFFECT_END && step->outcome->effects.items[e].late_rule == late)
                return step;
    }
    return NULL;
}

const struct step *report_find_token(const struct state *state, value_id token)
{
    for (const struct step *step = state->trace; step; step = step->prev)
        if (event_has_effect(step, RULESET_EFFECT_MAP, RULESET_ANY, token))
            return step;
    return NULL;
}

const struct step *report_find_result(const struct state *state, value_id value)
{
    for (const struct step *step = state->trace; step; step = step->prev)
        if (step->kind == STEP_EVENT && step->result == value)
            return step;
    return NULL;
}

ir_id report_project(const struct state *state, const struct step *step)
{
    (void)state;
    for (; step; step = step->prev)
        if (step->depth == 0)
            return step->loc;
    return IR_NONE;
}

/* ---- choosing steps ---- */

struct witness {
    struct analysis *an;
    const struct state *state;
    const struct violation *violation;
    const struct step **steps; /* oldest first */
    bool *keep;
    uint32_t count;
};

static bool mentions_token(const struct step *step, value_id token)
{
    if ((step->kind != STEP_EVENT && step->kind != STEP_GIVE_UP) || !token)
        return false;
    if (step->result == token)
        return true;
    if (step->kind == STEP_GIVE_UP)
        return false;
    for (uint32_t e = 0; e < step->outcome->effects.count; e++) {
        const value_id *slot = step->values + protocol_effect_slot(step->routine, e);
        if (slot[0] == token || slot[1] == token)
            return true;
    }
    return false;
}

static bool is_relevant(const struct witness *self, const struct step *step)
{
    const struct violation *violation = self->violation;

    if (!step->text || (step->kind != STEP_EVENT && step->kind != STEP_GIVE_UP && step->kind != STEP_LINK && step->kind != STEP_WRITTEN))
        return false;
    return (violation->object && step->object == violation->object) || mentions_token(step, violation->token);
}

/* Keeps the events, and the calls around them. */
static uint32_t keep_events(struct witness *self)
{
    uint32_t first = UINT32_MAX;

    for (uint32_t i = 0; i < self->count; i++) {
        uint32_t depth = self->steps[i]->depth;

        if (!is_relevant(self, self->steps[i]))
            continue;
        self->keep[i] = true;
        for (uint32_t k = i; k > 0 && depth > 0; k--)
            if (self->steps[k - 1]->kind == STEP_ENTER && self->steps[k - 1]->depth < depth) {
                self->keep[k - 1] = true;
                depth = self->steps[k - 1]->depth;
            }
        if (first == UINT32_MAX)
            first = i;
    }
    return first;
}

/* Keeps decisions behind the first event: those of the function itself, and those of calls that are kept. */
static void keep_decisions(struct witness *self, uint32_t first)
{
    uint32_t open = 0; /* depth down to which all enclosing calls are kept */

    for (uint32_t i = 0; i < self->count; i++) {
        const struct step *step = self->steps[i];

        if (step->kind == STEP_ENTER && self->keep[i] && step->depth == open)
            open = step->depth + 1;
        else if (step->kind == STEP_LEAVE && step->depth < open)
            open = step->depth;
        else if (step->kind == STEP_DECISION && i > first && step->depth <= open)
            self->keep[i] = true;
    }
}

static void witness_init(struct witness *self, struct analysis *an, const struct state *state,
                         const struct violation *violation)
{
    const struct step *step = state->trace;

    memset(self, 0, sizeof(*self));
    self->an = an;
    self->state = state;
    self->violation = violation;
    self->count = step ? step->length : 0;
    self->steps = ARENA_NEW_ARRAY(an->arena, const struct step *, (size_t)self->count + 1);
    self->keep = ARENA_NEW_ARRAY(an->arena, bool, (size_t)self->count + 1);
    for (uint32_t i = self->count; i > 0; i--, step = step->prev)
        self->steps[i - 1] = step;
    keep_decisions(self, keep_events(self));
}

/* ---- the finding ---- */

static struct finding_range finding_at(const struct analysis *an, ir_id loc)
{
    struct finding_range range = findings_place(an->program, loc);

    reuse_note_place(an->engine, loc, &range);
    return range;
}

static void add_step(struct analysis *an, struct finding *finding, ir_id loc, ir_id function, const char *text, uint32_t depth,
                     bool is_event)
{
    struct arena *arena = an->engine->arena;
    struct finding_step step = {.at = finding_at(an, loc), .message = arena_strdup(arena, text),
                                .function = an->program->functions.items[function].name, .depth = depth, .is_event = is_event};
    const struct finding_step *last = finding->steps.count ? &finding->steps.items[finding->steps.count - 1] : NULL;

    if (last && last->at.line == step.at.line && last->at.column == step.at.column && last->at.file == step.at.file &&
        strcmp(last->message, step.message) == 0)
        return;
    VEC_PUSH_IN(arena, &finding->steps, step);
}

static const char *step_text(struct analysis *an, const struct step *step)
{
    const char *brace = strstr(step->text, ", handle in {"), *other = strchr(step->text, '{');

    if (!brace && other)
        for (brace = other; brace > step->text && *brace != ','; brace--)
            ;
    return brace ? arena_strndup(an->arena, step->text, (size_t)(brace - step->text)) : step->text;
}

static uint64_t add_path(struct witness *self, struct finding *finding)
{
    struct analysis *an = self->an;
    const struct violation *violation = self->violation;
    uint64_t events = hash_string(violation->rule->meta.id);
    bool has_primary = false;

    for (uint32_t i = 0; i < self->count; i++) {
        const struct step *step = self->steps[i];

        if (!self->keep[i])
            continue;
        add_step(an, finding, step->loc, step->function, step_text(an, step), step->depth,
                 step->kind != STEP_DECISION && step->kind != STEP_ENTER);
        if (step->routine)
            events = hash_mix_fingerprint(events, hash_string(step->routine->name));
        has_primary |= step->loc == violation->loc;
    }
    if (!has_primary)
        add_step(an, finding, violation->loc, an->function_id, violation->last ? violation->last : finding->message, 0, true);
    if (violation->exit_loc != IR_NONE)
        add_step(an, finding, violation->exit_loc, an->function_id, violation->exit_text, 0, false);
    return events;
}

/* ---- the message ---- */

/* VALUE as the reader sees it where the finding is reported, else as some variable that holds it. */
static const char *quoted_name(struct analysis *an, const struct state *state, const struct violation *violation, value_id value)
{
    const char *name = value && violation->loc == an->loc ? place_name_of(an, value) : NULL;

    if (value && !name)
        name = state_describe(an, state, value);

    return name ? arena_printf(an->arena, "'%s'", name) : NULL;
}

/* The states that the pages of OBJECT may be in, if they are few. */
static const char *pages_words(const struct analysis *an, const struct state *state, value_id object)
{
    struct object o = state_object(an, state, object);
    const char *words = NULL;
    uint32_t count = 0;

    for (uint32_t pages = 0; pages < RULESET_PAGES_COUNT; pages++)
        if (o.pages & RULESET_BIT(pages)) {
            const char *name = ruleset_pages_name(pages);
            words = words ? arena_printf(an->arena, "%s or %s", words, name) : name;
            count++;
        }
    return count > 0 && count <= PAGES_NAMED_MAX ? words : "in place";
}

/* The kind of mapping, "" when the violation is about one that nobody has seen made. */
static const char *mapping_words(const struct analysis *an, const struct violation *violation, const struct state *state)
{
    value_id token = violation->token;
    struct mapping mapping;

    if (!token && violation->object)
        token = state_find_mapping(an, state, violation->object, RULESET_ANY);
    if (!token || !state_mapping(state, token, &mapping))
        return NULL;
    return value_get(&an->values, token)->kind == VALUE_FLAGS && !mapping.is_live ? "" : ruleset_mapping_name(mapping.kind);
}

static const char *placeholder(struct analysis *an, const struct state *state, const struct violation *violation, const char *name)
{
    if (strncmp(name, "mdl}", 4) == 0)
        return quoted_name(an, state, violation, violation->object);
    if (strncmp(name, "token}", 6) == 0)
        return quoted_name(an, state, violation, violation->token);
    if (strncmp(name, "state}", 6) == 0)
        return violation->object ? pages_words(an, state, violation->object) : NULL;
    if (strncmp(name, "mapping}", 8) == 0)
        return mapping_words(an, violation, state);
    return NULL;
}

/* Fills the template. A part in front of a placeholder without a value, back to ": " or ", " or " (", goes with it. */
static const char *fill_message(struct analysis *an, const struct state *state, const struct violation *violation)
{
    const char *text = violation->message ? violation->message : violation->rule->message;
    struct strbuf out;
    const char *result;

    strbuf_init(&out);
    while (*text) {
        const char *value, *end = *text == '{' ? strchr(text, '}') : NULL;

        if (!end) {
            strbuf_addc(&out, *text++);
            continue;
        }
        value = placeholder(an, state, violation, text + 1);
        text = end + 1;
        if (value) {
            strbuf_adds(&out, value);
            text += !*value && *text == ' ';
            continue;
        }
        while (out.length > 0 && !strchr(":,(", out.data[out.length - 1]))
            out.length--;
        if (out.length > 0)
            out.length--;
        while (out.length > 0 && out.data[out.length - 1] == ' ')
            out.length--;
        if (*text == ')')
            text++;
    }
    result = arena_strndup(an->engine->arena, out.data, out.length);
    strbuf_release(&out);
    return result;
}

/* ---- adding ---- */

/* A later round of a loop, about an object that stands for many: where it came from the path does not say. */
static bool is_vague(const struct analysis *an, const struct state *state, const struct violation *violation)
{
    return violation->object && state_is_repeating(state) && !state_object(an, state, violation->object).is_ours;
}

/* What looks wrong on a mixture of paths is told when it was found at the same place on a path of its own, too. Whether it was is known in the end. */
static void doubt(struct analysis *an, const struct violation *violation)
{
    struct doubt doubt = {violation->rule->meta.id, finding_at(an, violation->loc)};

    VEC_PUSH_IN(an->arena, &an->doubts, doubt);
}

void report_settle_doubts(struct analysis *an)
{
    for (uint32_t d = 0; d < an->doubts.count && !an->has_dropped; d++)
        an->has_dropped = !findings_has(an->engine, an->doubts.items[d].rule, &an->doubts.items[d].at);
}

void report_violation(struct analysis *an, const struct state *state, const struct violation *violation)
{
    struct finding finding = {.rule = violation->rule->meta.id, .name = violation->rule->meta.name,
                              .level = violation->rule->meta.level, .function = an->function->name};
    struct witness witness;
    uint64_t events;

    if (an->is_silent || !violation->rule->is_enabled || (an->filter && !an->filter->wants(an->filter, state, violation)))
        return;
    if (leftover_explains(an, state, violation))
        return;
    if (state->is_blurred) {
        doubt(an, violation);
        return;
    }
    finding.at = finding_at(an, violation->loc);
    finding.message = fill_message(an, state, violation);
    witness_init(&witness, an, state, violation);
    events = add_path(&witness, &finding);
    events = hash_mix_fingerprint(events, hash_string(an->function->name));
    finding.fingerprint = arena_printf(an->engine->arena, "%016llx", (unsigned long long)events);
    findings_add(an->engine, &finding, is_vague(an, state, violation));
    if (violation->token && violation->exit_loc == IR_NONE) {
        struct late_unmap late = {violation->token, finding.rule, finding.at};
        VEC_PUSH_IN(an->arena, &an->late, late);
    }
}

void report_late_unmap(struct analysis *an, value_id token)
{
    struct finding_step step = {.message = "unmapped only here", .function = an->function->name, .is_event = true};

    for (uint32_t l = 0; l < an->late.count; l++)
        if (an->late.items[l].token == token) {
            step.at = finding_at(an, an->loc);
            findings_append(an->engine, an->late.items[l].rule, &an->late.items[l].at, &step);
        }
}

void report_given_up(struct analysis *an, const char *reason)
{
    const struct ruleset_rule *rule = an->rules->cannot_analyze;
    struct finding finding = {0};

    if (!rule || an->is_silent || !rule->is_enabled)
        return;
    finding.rule = rule->meta.id;
    finding.name = rule->meta.name;
    finding.level = rule->meta.level;
    finding.function = an->function->name;
    finding.at = finding_at(an, an->function->loc);
    finding.message = arena_printf(an->engine->arena, "'%s' was not analysed to the end: %s", an->function->name, reason);
    finding.fingerprint = arena_printf(an->engine->arena, "%016llx",
                                       (unsigned long long)hash_mix_fingerprint(hash_string(rule->meta.id), hash_string(an->function->name)));
    add_step(an, &finding, an->function->loc, an->function_id, finding.message, 0, false);
    findings_add(an->engine, &finding, false);
}
