/*
 * between.c - see between.h.
 *
 * For everything that an entry point leaves behind (field.h), each entry point that releases such a field is played on the state that was left, on
 * the same instance (align.h). If one of them ends the mapping, or unlocks, as it should, nothing is said, whatever the others do: who runs before
 * whom is not known. The same when one does what is not understood. Otherwise a release that the rules forbid in that state is a finding; and when
 * there is none, and all the code that could do it has been seen, what was left is never undone: a leak of the whole program.
 *
 * That one ends it is asked without its conditions, which others may have made true; that one is wrong, only where its conditions allow it.
 */
#include "engine/between.h"

#include <string.h>

#include "engine/between_report.h"
#include "engine/meet.h"
#include "engine/release.h"
#include "engine/report.h"
#include "engine/solve.h"
#include "engine/summary.h"

enum verdict {
    VERDICT_NEUTRAL, /* it leaves what was left as it is */
    VERDICT_WRONG,   /* it releases it in a way that the rules forbid */
    VERDICT_DOUBT,   /* it does something to it that is not understood */
    VERDICT_ENDS,    /* it ends it as it should */
};

/* What is asked of the violations that playing an entry brings up. */
struct probe {
    struct report_filter filter;
    enum left_kind kind;
    value_id token, object;
    bool is_counting; /* count only */
    bool is_leaving;  /* what is lost is asked for, not what is released wrongly */
    uint32_t hits;
    ir_id event_loc; /* of the newest hit */
};

struct between {
    struct engine *engine;
    struct engine quiet; /* the same with a result of its own */
    struct engine_result result;
    struct entries entries;
    struct lefts lefts;
    struct between_reports reports;
};

/* ---- violations ---- */

static bool probe_wants(struct report_filter *filter, const struct state *state, const struct violation *violation)
{
    struct probe *self = (struct probe *)filter;
    bool is_hit = violation->routine && release_is_purpose(violation->routine);

    if (self->is_leaving)
        is_hit = !violation->routine && violation->object == self->object;
    else if (self->kind == LEFT_MAPPED)
        is_hit = is_hit && violation->token == self->token && violation->check->kind == RULESET_CHECK_NO_MAPPING;
    else
        is_hit = is_hit && self->kind == LEFT_LOCKED && violation->object == self->object && !violation->token &&
                 violation->check->kind == RULESET_CHECK_PAGES;
    self->hits += is_hit;
    if (is_hit)
        self->event_loc = self->is_leaving ? violation->loc : state->trace ? state->trace->loc : violation->loc;
    return is_hit && !self->is_counting;
}

/* ---- playing two entries ---- */

/* One entry after another. */
struct sequence {
    struct between *between;
    const struct left *left;
    struct analysis *an;
    struct probe probe;
    struct player *later; /* starts where the earlier one left */
    const struct state *start;
    enum verdict verdict;
};

static void raise_verdict(struct sequence *self, enum verdict verdict)
{
    if (verdict > self->verdict)
        self->verdict = verdict;
}

/* What STATE, in which the later entry ended, has made of what was left. */
static enum verdict judge(const struct sequence *self, const struct state *state)
{
    const struct left *left = self->left;
    struct object object = state_object(self->an, state, self->probe.object),
                  before = state_object(self->an, self->start, self->probe.object);
    struct mapping mapping = {0}, mapped = {0};
    bool is_kept = self->probe.object && object.is_escaped && !before.is_escaped;

    if (left->kind == LEFT_MAPPED) {
        state_mapping(self->start, self->probe.token, &mapped);
        if (!state_mapping(state, self->probe.token, &mapping))
            return VERDICT_DOUBT;
        is_kept |= mapping.is_escaped && !mapped.is_escaped;
        if (mapping.is_given_up || (self->probe.object && object.is_given_up))
            return self->probe.hits > 0 ? VERDICT_NEUTRAL : VERDICT_DOUBT;
        if (!mapping.is_live)
            return VERDICT_ENDS;
        return is_kept && !self->between->entries.is_whole ? VERDICT_DOUBT : VERDICT_NEUTRAL;
    }
    if (object.is_given_up)
        return self->probe.hits > 0 ? VERDICT_NEUTRAL : VERDICT_DOUBT;
    if (left->kind == LEFT_LOCKED ? !(object.pages & RULESET_BIT(RULESET_PAGES_LOCKED))
                                  : object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED))
        return VERDICT_ENDS;
    return is_kept ? VERDICT_DOUBT : VERDICT_NEUTRAL;
}

/* Has the later entry released the pages of the object that was left, and not the object? */
static bool is_half_released(const struct sequence *self, const struct state *state)
{
    struct object object = state_object(self->an, state, self->probe.object),
                  before = state_object(self->an, self->start, self->probe.object);

    return self->left->kind == LEFT_OBJECT && !object.is_given_up && object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_LIVE) &&
           object.pages == RULESET_BIT(RULESET_PAGES_RELEASED) && !(before.pages & object.pages);
}

/* The later entry ended in STATE: is the other half lost? */
static void look_for_half(struct sequence *self, const struct state *state)
{
    struct state end = *state;

    if (!is_half_released(self, state))
        return;
    self->probe.is_leaving = true;
    leak_check(self->an, &end);
    self->probe.is_leaving = false;
}

/* Case C of the later entry, first whatever its conditions say, then with them. */
static void play_case(struct sequence *self, const struct summary_case *c)
{
    struct successors relaxed = {0}, strict = {0};
    bool is_half = false;

    self->later->importer.is_relaxed = self->probe.is_counting = true;
    self->probe.hits = 0;
    summary_follow(&self->later->importer, c, self->start, &relaxed);
    for (uint32_t i = 0; i < relaxed.normal.list.count; i++) {
        raise_verdict(self, judge(self, &relaxed.normal.list.items[i]));
        is_half |= is_half_released(self, &relaxed.normal.list.items[i]);
    }
    for (uint32_t i = 0; i < relaxed.raised.list.count; i++)
        raise_verdict(self, judge(self, &relaxed.raised.list.items[i]));
    self->later->importer.is_relaxed = self->probe.is_counting = false;
    if ((self->probe.hits > 0 || is_half) && !c->lacks_facts && !c->lacks_steps && !c->is_raise) {
        self->probe.hits = 0;
        summary_follow(&self->later->importer, c, self->start, &strict);
        for (uint32_t i = 0; is_half && i < strict.normal.list.count; i++)
            look_for_half(self, &strict.normal.list.items[i]);
        if (self->probe.hits > 0)
            raise_verdict(self, VERDICT_WRONG);
        between_reports_take(&self->between->reports, &self->between->result, self->probe.event_loc);
    }
    successors_release(&relaxed);
    successors_release(&strict);
}

static void play_later(struct sequence *self, const struct alignment *alignment, struct player *reader,
                       const struct summary *summary, const struct state *start)
{
    struct state entry = *start;
    struct player later;

    values_at(&self->an->values, 2);
    player_init(&later, self->an, summary, &entry, true);
    align_again(alignment, reader, &later);
    self->later = &later;
    self->start = start;
    for (uint32_t c = 0; c < summary->cases.count; c++)
        play_case(self, &summary->cases.items[c]);
}

static enum verdict play(struct between *self, const struct left *left, const struct entry *later,
                         const struct meeting *meeting)
{
    const struct summary *first = self->entries.list.items[left->entry].summary;
    struct state nothing = {0}, untouched = {0};
    struct player earlier, reader;
    struct successors between = {0};
    struct analysis an;
    struct arena arena;
    struct sequence sequence = {.between = self, .left = left, .an = &an};

    arena_init(&arena);
    analysis_init(&an, &self->quiet, later->function, &arena);
    values_at(&an.values, 2);
    player_init(&reader, &an, later->summary, &untouched, true);
    values_at(&an.values, 1);
    player_init(&earlier, &an, first, &nothing, false);
    align_players(&meeting->alignment, &earlier, &reader);
    an.is_silent = true;
    summary_follow(&earlier.importer, &first->cases.items[left->case_index], &nothing, &between);
    an.is_silent = false;
    sequence.probe = (struct probe){.filter = {probe_wants},
                                    .kind = left->kind,
                                    .token = import_value(&earlier.importer, left->token),
                                    .object = import_value(&earlier.importer, left->object)};
    an.filter = &sequence.probe.filter;
    for (uint32_t i = 0; i < between.normal.list.count; i++)
        play_later(&sequence, &meeting->alignment, &reader, later->summary, &between.normal.list.items[i]);
    successors_release(&between);
    analysis_release(&an);
    arena_release(&arena);
    return sequence.verdict;
}

/* ---- may it be said? ---- */

static bool is_declared_in_unit(const struct ir_module *program, const char *key)
{
    const char *mark = strchr(key, '#');
    size_t length = mark ? (size_t)(mark - key) : 0;

    for (uint32_t u = 0; u < program->units.count; u++) {
        const char *path = program->units.items[u].path;

        if (strlen(path) == length && strncmp(path, key, length) == 0)
            return true;
    }
    return false;
}

/*
 * Is everything that works with KEY's record in sight? What only one file declares has no users elsewhere; what a header declares may have, unless it
 * is seen who registers those that are here. That nothing undoes it at all can only be said of a program whose every entry is seen to be registered
 * (ALL_KNOWN): the rest may be a fragment.
 */
static bool is_in_sight(struct between *self, struct field_key key, bool all_known)
{
    const struct ir_module *program = self->engine->program;

    if (key.record == IR_NONE)
        return !program->globals.items[key.field].is_external || self->entries.is_whole;
    if (self->entries.open_records[key.record] || entries_gave_up(&self->entries, key.record))
        return false;
    if (!all_known && is_declared_in_unit(program, program->records.items[key.record].key))
        return true;
    for (uint32_t i = 0; i < self->entries.list.count; i++) {
        struct entry *entry = &self->entries.list.items[i];

        if (!entry->is_known && entry_names_record(&self->entries, entry, key.record))
            return false;
    }
    return true;
}

static bool are_holders_in_sight(struct between *self, const struct left *left, bool all_known)
{
    const struct summary *leaver = self->entries.list.items[left->entry].summary;

    for (uint32_t h = 0; h < left->holders.count; h++)
        if (!is_in_sight(self, field_key_of(leaver, left->holders.items[h].region), all_known))
            return false;
    return !all_known || self->entries.list.items[left->entry].is_known;
}

/* ---- one thing that was left ---- */

static enum verdict check_entry(struct between *self, const struct left *left, uint32_t index)
{
    struct entry *entry = &self->entries.list.items[index];
    struct meeting meeting = {0};
    enum verdict verdict;
    uint32_t waiting;

    if (index != left->entry && !meet_is_possible(&self->entries, left, entry))
        return VERDICT_NEUTRAL;
    if (entries_summarize(&self->entries, entry))
        meet(&self->entries, &self->lefts, left, entry, &meeting);
    if (entry->summary && entry->summary->is_incomplete && !are_holders_in_sight(self, left, false))
        return VERDICT_DOUBT;
    if (meeting.is_doubtful || (index != left->entry && meet_is_lost(&self->entries, left, entry)))
        return VERDICT_DOUBT;
    if (!meeting.is_met)
        return VERDICT_NEUTRAL;
    waiting = self->reports.waiting.count;
    verdict = play(self, left, entry, &meeting);
    /* What it releases wrongly may be an object of its own: it makes such objects, and nobody knows which one this is. */
    if (verdict == VERDICT_WRONG && meeting.alignment.is_found &&
        meet_is_maker(&self->entries, &self->lefts, left, index)) {
        self->reports.waiting.count = waiting;
        verdict = VERDICT_NEUTRAL;
    }
    return verdict;
}

static enum verdict check_left(struct between *self, const struct left *left)
{
    enum verdict worst = VERDICT_NEUTRAL;

    between_reports_begin(&self->reports);
    for (uint32_t i = 0; i < self->entries.list.count && worst < VERDICT_DOUBT; i++) {
        enum verdict verdict = check_entry(self, left, i);

        worst = verdict > worst ? verdict : worst;
    }
    return worst;
}

static bool is_leak(struct between *self, const struct left *left)
{
    return are_holders_in_sight(self, left, true) && !meet_is_undone_anywhere(&self->entries, left) &&
           between_report_leak(&self->reports, &self->entries, left);
}

static bool is_same_thing(const struct left *a, const struct left *b)
{
    return a->entry == b->entry && a->case_index == b->case_index && a->object == b->object;
}

/* The graver things come first in the rules; what else is left of the same object is part of the same mistake. */
static void check_all(struct between *self)
{
    VEC(struct left) said = {0};

    for (uint32_t kind = LEFT_MAPPED; kind <= LEFT_OBJECT; kind++)
        for (uint32_t i = 0; i < self->lefts.list.count; i++) {
            const struct left *left = &self->lefts.list.items[i];
            bool is_said = false;
            enum verdict verdict;

            for (uint32_t s = 0; s < said.count; s++)
                is_said |= is_same_thing(&said.items[s], left) && said.items[s].kind != left->kind;
            if (left->kind != (enum left_kind)kind || is_said || !are_holders_in_sight(self, left, false))
                continue;
            verdict = check_left(self, left);
            if (verdict == VERDICT_WRONG)
                between_reports_add(&self->reports);
            if (verdict == VERDICT_WRONG || (verdict == VERDICT_NEUTRAL && is_leak(self, left)))
                VEC_PUSH(&said, *left);
        }
    VEC_RELEASE(&said);
}

void between_check(struct engine *engine)
{
    struct between self = {.engine = engine};

    self.quiet = *engine;
    self.quiet.result = &self.result;
    self.result = *engine->result;
    memset(&self.result.findings, 0, sizeof(self.result.findings));
    between_reports_init(&self.reports, engine);
    entries_init(&self.entries, engine);
    entries_find_leaving(&self.entries);
    for (uint32_t i = 0; i < self.entries.list.count; i++)
        if (self.entries.list.items[i].summary)
            lefts_collect(&self.lefts, &self.entries, i);
    check_all(&self);
}
