/*
 * meet.c - see meet.h.
 */
#include "engine/meet.h"

#include "engine/protocol.h"
#include "engine/release.h"
#include "engine/summary.h"

/* ---- is it the same field? ---- */

/* A value that an entry releases, and a field that holds what was left: nothing to do with each other; the same member, of an instance that cannot be
 * brought to the other; the same place. */
enum match { MATCH_NONE, MATCH_KEY, MATCH_PLACE };

/* What ends LEFT, in the words of release.h. */
static uint32_t left_class(const struct left *left)
{
    return left->kind == LEFT_MAPPED   ? RULESET_BIT(left->mapping)
           : left->kind == LEFT_LOCKED ? RELEASE_PAGES
                                       : RELEASE_DESCRIPTOR;
}

static const struct summary *leaver_of(const struct entries *entries, const struct left *left)
{
    return entries->list.items[left->entry].summary;
}

/* ALIGNMENT says how the places can be the same. */
static enum match match_value(const struct entries *entries, const struct left *left, const struct summary *summary,
                              value_id value, struct alignment *alignment)
{
    const struct summary *leaver = leaver_of(entries, left);
    region_id place = value ? field_origin(summary, value) : 0;
    struct field_key key = field_key_of(summary, place);
    enum match best = MATCH_NONE;

    for (uint32_t h = 0; place && h < left->holders.count; h++) {
        region_id holder = left->holders.items[h].region;

        if (field_key_is_none(key) || !field_key_equal(field_key_of(leaver, holder), key))
            continue;
        switch (align_places(leaver, holder, summary, place, alignment)) {
        case ALIGN_SAME: return MATCH_PLACE;
        case ALIGN_UNKNOWN: best = MATCH_KEY; break;
        case ALIGN_NEVER: break;
        }
    }
    return best;
}

/* By the value at the effect's path, else by the routine's object. */
static enum match match_effect(const struct entries *entries, const struct left *left, const struct summary *summary,
                               const struct step *step, uint32_t effect, struct alignment *alignment)
{
    value_id path = step->values[protocol_effect_slot(step->routine, effect)];
    struct alignment by_object;
    enum match match = match_value(entries, left, summary, path, alignment), other;

    if (match == MATCH_PLACE)
        return match;
    other = match_value(entries, left, summary, step->values[0], &by_object);
    if (other > match)
        *alignment = by_object;
    return other > match ? other : match;
}

/* ---- where did it come from? ---- */

/* Was VALUE made by an event of C before STEP? */
static bool is_made_in(const struct summary_case *c, uint32_t step, value_id value)
{
    for (uint32_t s = 0; s < step; s++) {
        const struct step *event = &c->steps.items[s];

        if (event->kind != STEP_EVENT)
            continue;
        if (event->result == value)
            return true;
        for (uint32_t e = 0; e < event->outcome->effects.count; e++) {
            const value_id *slot = event->values + protocol_effect_slot(event->routine, e);
            enum ruleset_effect_kind kind = event->outcome->effects.items[e].kind;

            if ((kind == RULESET_EFFECT_MAP || kind == RULESET_EFFECT_NEW) && (slot[0] == value || slot[1] == value))
                return true;
        }
    }
    return false;
}

/* Does some entry leave a thing like LEFT in a field with KEY? */
static bool is_produced(const struct entries *entries, const struct lefts *lefts, const struct left *left,
                        struct field_key key)
{
    for (uint32_t i = 0; i < lefts->list.count; i++) {
        const struct left *other = &lefts->list.items[i];

        for (uint32_t h = 0; other->kind == left->kind && h < other->holders.count; h++)
            if (field_key_equal(field_key_of(leaver_of(entries, other), other->holders.items[h].region), key))
                return true;
    }
    return false;
}

bool meet_is_maker(const struct entries *entries, const struct lefts *lefts, const struct left *left, uint32_t index)
{
    for (uint32_t i = 0; i < lefts->list.count; i++) {
        const struct left *other = &lefts->list.items[i];

        for (uint32_t h = 0; other->entry == index && other->kind == left->kind && h < other->holders.count; h++)
            for (uint32_t k = 0; k < left->holders.count; k++)
                if (field_key_equal(field_key_of(leaver_of(entries, other), other->holders.items[h].region),
                                    field_key_of(leaver_of(entries, left), left->holders.items[k].region)))
                    return true;
    }
    return false;
}

/* What is released comes from elsewhere: VALUE, which step S of C ends, was made there, or is kept in a field of its own. */
static bool is_explained(const struct entries *entries, const struct lefts *lefts, const struct left *left,
                         const struct summary *summary, const struct summary_case *c, uint32_t s, value_id value)
{
    struct field_key key;

    if (!value)
        return false;
    if (summary->values.items[value].kind == VALUE_INT || is_made_in(c, s, value))
        return true;
    key = field_key_of(summary, field_origin(summary, value));
    return !field_key_is_none(key) && is_produced(entries, lefts, left, key);
}

/* Do two entries belong to one driver, as far as their folders tell: the same, or side by side? */
static bool is_near(const struct entries *entries, const struct entry *a, const struct entry *b)
{
    const struct ir_module *program = entries->engine->program;
    const char *x = program->units.items[program->functions.items[a->function].unit].path;
    const char *y = program->units.items[program->functions.items[b->function].unit].path;
    uint32_t folders = 0;

    for (; *x && *x == *y; x++, y++)
        ;
    for (; *x; x++)
        folders += *x == '/';
    return folders <= 1;
}

/* Does ENTRY work on the records that hold LEFT? */
static bool is_related(struct entries *entries, const struct left *left, struct entry *entry)
{
    for (uint32_t h = 0; h < left->holders.count; h++) {
        struct field_key key = field_key_of(leaver_of(entries, left), left->holders.items[h].region);

        if (key.record == IR_NONE || entry_names_record(entries, entry, key.record))
            return true;
    }
    return false;
}

bool meet_is_possible(struct entries *entries, const struct left *left, struct entry *entry)
{
    return entries->releases[entry->function] &&
           (is_related(entries, left, entry) || is_near(entries, &entries->list.items[left->entry], entry));
}

/* ---- the meeting ---- */

static void look_at_effect(struct entries *entries, const struct lefts *lefts, const struct left *left,
                           struct entry *entry, const struct summary_case *c, uint32_t s, uint32_t e,
                           struct meeting *out)
{
    const struct step *step = &c->steps.items[s];
    uint32_t released = release_of_effect(&step->outcome->effects.items[e]);
    struct alignment alignment;
    enum match match;

    if (!released)
        return;
    match = match_effect(entries, left, entry->summary, step, e, &alignment);
    if (match == MATCH_PLACE) {
        if (!out->is_met)
            out->alignment = alignment;
        out->is_met = true;
        out->is_doubtful |= c->lacks_steps;
    } else if (released & left_class(left)) {
        value_id path = step->values[protocol_effect_slot(step->routine, e)], object = step->values[0];

        out->is_doubtful |=
            match == MATCH_KEY ||
            (!is_explained(entries, lefts, left, entry->summary, c, s, path) &&
             !is_explained(entries, lefts, left, entry->summary, c, s, object) &&
             (is_related(entries, left, entry) || is_near(entries, &entries->list.items[left->entry], entry)));
    }
}

void meet(struct entries *entries, const struct lefts *lefts, const struct left *left, struct entry *entry,
          struct meeting *out)
{
    *out = (struct meeting){0};
    for (uint32_t i = 0; i < entry->summary->cases.count; i++) {
        const struct summary_case *c = &entry->summary->cases.items[i];

        for (uint32_t s = 0; s < c->steps.count; s++)
            if (c->steps.items[s].kind == STEP_EVENT)
                for (uint32_t e = 0; e < c->steps.items[s].outcome->effects.count; e++)
                    look_at_effect(entries, lefts, left, entry, c, s, e, out);
    }
}

/* ---- the code without following it ---- */

/* Does ENTRY's summary show that something is ended whose field has KEY? */
static bool shows_end(const struct entry *entry, const struct left *left, struct field_key key)
{
    const struct summary *summary = entry->summary;

    for (uint32_t i = 0; summary && i < summary->cases.count; i++)
        for (uint32_t s = 0; s < summary->cases.items[i].steps.count; s++) {
            const struct step *step = &summary->cases.items[i].steps.items[s];

            if (step->kind != STEP_EVENT || !(release_of_routine(step->routine) & left_class(left)))
                continue;
            for (uint32_t v = 0; v < step->value_count; v++)
                if (step->values[v] &&
                    field_key_equal(field_key_of(summary, field_origin(summary, step->values[v])), key))
                    return true;
        }
    return false;
}

/* A mapping is ended by its token where that is kept. */
static bool is_needed(const struct left *left, uint32_t holder)
{
    bool has_token = false;

    for (uint32_t h = 0; h < left->holders.count; h++)
        has_token |= left->holders.items[h].is_token;
    return !has_token || left->holders.items[holder].is_token;
}

bool meet_is_lost(struct entries *entries, const struct left *left, struct entry *entry)
{
    bool may_release = false;

    for (uint32_t h = 0; h < left->holders.count; h++) {
        struct field_key key = field_key_of(leaver_of(entries, left), left->holders.items[h].region);

        if (shows_end(entry, left, key))
            return false;
        may_release |= is_needed(left, h) && entry_may_release(entries, entry, key, left_class(left));
    }
    return may_release;
}

bool meet_is_undone_anywhere(struct entries *entries, const struct left *left)
{
    ir_id leaver = entries->list.items[left->entry].function;

    for (uint32_t i = 0; i < entries->list.count; i++) {
        struct entry *entry = &entries->list.items[i];

        if (i == left->entry
                ? meet_is_lost(entries, left, entry)
                : (entries->releases_mdls[entry->function] & left_class(left)) && is_related(entries, left, entry))
            return true;
    }
    for (uint32_t h = 0; h < left->holders.count; h++) {
        struct field_key key = field_key_of(leaver_of(entries, left), left->holders.items[h].region);

        if (is_needed(left, h) && entries_may_release(entries, key, left_class(left), leaver))
            return true;
    }
    return false;
}
