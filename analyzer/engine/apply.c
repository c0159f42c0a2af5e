/*
 * apply.c - a callee's summary at a call: each case that the caller's state allows becomes a state of the caller.
 *
 * The events are replayed in order through protocol.c, as if the callee's routines were called here: what the callee could not decide is decided
 * with what the caller knows, and a violation is reported at the call, with the callee's steps in its path.
 */

#include "engine/fault.h"
#include "engine/leftover.h"
#include "engine/passed.h"
#include "engine/place_name.h"
#include "engine/protocol.h"
#include "engine/report.h"
#include "engine/run.h"
#include "engine/translate.h"
#include "engine/ways.h"

#define APPLY_DEPTH_MAX 32

struct application {
    struct importer *importer; /* of the whole call: what the callee found on entry is the same in all its cases */
    const struct summary_case *c;
    struct state *state;
    const struct ir_instr *instr;
    VEC(value_id) given_back; /* in the analysis' arena: what the callee let escape, in its own words, and a function that is run gives back */
};

/* Calls between the analysed function and a step of the callee that is DEPTH deep in it. */
static uint32_t step_depth(const struct application *self, uint32_t depth)
{
    return self->importer->is_sequel ? depth : depth + 1;
}

static bool apply_facts(struct application *self)
{
    struct analysis *an = self->importer->an;

    for (uint32_t i = 0; i < self->c->facts.count; i++) {
        const struct summary_fact *fact = &self->c->facts.items[i];
        value_id value = import_value(self->importer, fact->value);

        if (!facts_apply(&an->facts, &self->state->facts, value, &fact->fact))
            return false;
        leftover_learn(an, self->importer->entry, self->state, value);
    }
    return true;
}

/* FACTS with what WAY asks; false when that is not possible. */
static bool follow_way(struct application *self, const struct summary_way *way, const struct pmap **facts)
{
    struct analysis *an = self->importer->an;

    for (uint32_t i = 0; i < way->facts.count; i++)
        if (!facts_apply(&an->facts, facts, import_value(self->importer, way->facts.items[i].value),
                         &way->facts.items[i].fact))
            return false;
    return true;
}

/* Could the callee have taken one of the COUNT ways from WAYS on? Whoever calls the caller is told which of them are left. */
static bool apply_clause(struct application *self, const struct summary_way *ways, uint32_t count)
{
    struct analysis *an = self->importer->an;
    struct way_set set = {0};
    bool is_possible = false;

    for (uint32_t w = 0; w < count; w++) {
        const struct pmap *facts = self->state->facts;

        if (!follow_way(self, &ways[w], &facts))
            continue;
        is_possible = true;
        ways_note(an, &set, self->state->facts, facts);
    }
    ways_learn(an, self->state, &set);
    return is_possible;
}

/* Could the callee have taken one of the ways that the case stands for? */
static bool apply_ways(struct application *self)
{
    const struct summary_way *ways = self->c->ways.items;

    for (uint32_t w = 0, end = 0; w < self->c->ways.count; w = end) {
        while (end < self->c->ways.count && ways[end].clause == ways[w].clause)
            end++;
        if (!apply_clause(self, &ways[w], end - w))
            return false;
    }
    return true;
}

static void push_marker(struct application *self, const struct step *from, value_id object)
{
    struct analysis *an = self->importer->an;
    struct step step = *from;

    step.depth = step_depth(self, from->depth);
    step.object = object;
    step.values = NULL;
    step.value_count = 0;
    step.result = 0;

    state_record(an, self->state, &step);
}

static bool replay_narrow(struct application *self, value_id object, const struct step *step)
{
    struct analysis *an = self->importer->an;
    struct object o = state_object(an, self->state, object);
    bool is_mapped = state_find_mapping(an, self->state, object, RULESET_BIT(RULESET_MAPPING_SYSTEM)) != 0;

    if (step->is_either && (is_mapped || !o.is_ours))
        return true;
    if ((step->has_no_mapping && is_mapped) || (step->has_mapping && !is_mapped && o.is_ours) ||
        !typestate_narrow_pages(&o, step->mask, step->is_denied))
        return false;
    state_set_object(an, self->state, object, &o);
    return true;
}

static void replay_pages(struct application *self, value_id object, uint32_t pages)
{
    struct analysis *an = self->importer->an;
    struct object o = state_object(an, self->state, object);

    o.pages = pages;
    o.is_assumed = false;
    state_set_object(an, self->state, object, &o);
}

/* An event of the callee, with the caller's values. False: the outcome is impossible here. */
static bool replay_event(struct application *self, const struct step *step)
{
    struct analysis *an = self->importer->an;
    struct step event = *step;
    value_id *values = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)step->value_count + 1);
    struct event_site site = {step->loc, step->function, step_depth(self, step->depth)};
    value_id null;
    bool is_right;

    for (uint32_t v = 0; v < step->value_count; v++)
        values[v] = import_value(self->importer, step->values[v]);
    event.is_caught |= an->is_caught;
    null = protocol_unchecked_null(an, self->state, step->routine, values);
    if (null && event.is_caught)
        return step->outcome->result == RULESET_RESULT_RAISES; /* the access to address 0 raises */
    if (null)
        eval_use_pointer(an, self->state, null);
    if (self->importer->is_sequel && step->depth == 0 && step->function == an->function_id)
        place_name_replay(an, step->routine, values, step->loc);
    is_right = protocol_check(an, self->state, step->routine, step->checks, values, &site);
    if (self->importer->is_sequel)
        an->call = NULL;
    if (!is_right)
        return true; /* reported; the object is given up */
    if (!protocol_outcome_possible(an, self->state, step->routine, step->outcome, values))
        return false;
    event.values = values;
    event.result = import_value(self->importer, step->result);
    event.depth = step_depth(self, step->depth);
    protocol_apply(an, self->state, &event);
    return true;
}

/* A function that the callee has run, and did not know. */
static void replay_run(struct application *self, const struct step *step)
{
    struct analysis *an = self->importer->an;
    const struct ruleset_effect *effect = &step->outcome->effects.items[step->mask];
    value_id *values = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)step->value_count + 1);
    struct step run = *step;

    for (uint32_t v = 0; v < step->value_count; v++)
        values[v] = import_value(self->importer, step->values[v]);
    if (run_function(an, self->state, values[0], values + 1, effect))
        for (uint32_t v = effect->args.count + 1; v < step->value_count; v++)
            VEC_PUSH_IN(an->arena, &self->given_back, step->values[v]);
    if (!run_is_for_callers(an, values[0]))
        return;
    run.values = values;
    run.depth = step_depth(self, step->depth);
    state_record(an, self->state, &run);
}

static bool replay_step(struct application *self, const struct step *step)
{
    struct analysis *an = self->importer->an;
    value_id object = import_value(self->importer, step->object);

    if (self->importer->is_sequel && step->depth == 0)
        an->loc = step->loc; /* where a reader of the function sees it */
    switch (step->kind) {
    case STEP_EVENT: return replay_event(self, step);
    case STEP_GIVE_UP:
        if (value_is_nowhere(&an->values, object)) /* it was for callers that have something there */
            return true;
        if (object)
            typestate_give_up(an, self->state, object);
        break;
    case STEP_SIZED:
        if (object)
            typestate_sized(an, self->state, object);
        return true;
    case STEP_WRITTEN:
        if (!object || !typestate_write_frames(an, self->state, object))
            return true;
        break;
    case STEP_PAGES:
        if (object)
            replay_pages(self, object, step->mask);
        break;
    case STEP_NARROW:
        if (object && !replay_narrow(self, object, step))
            return false;
        break;
    case STEP_RUN:
        if (!self->importer->is_sequel && step->depth < APPLY_DEPTH_MAX)
            replay_run(self, step);
        return true;
    case STEP_DECISION: /* a test for NULL of what the caller knows not to be NULL decides nothing */
        if (object && facts_is_nonzero(&an->facts, self->importer->entry->facts, object))
            return true;
        break;
    case STEP_LINK:
    case STEP_ENTER:
    case STEP_LEAVE: break;
    }
    if (step->depth < APPLY_DEPTH_MAX)
        push_marker(self, step, object);
    return true;
}

static void push_call(struct application *self, enum step_kind kind)
{
    struct analysis *an = self->importer->an;
    const struct ir_function *callee = &an->program->functions.items[self->importer->summary->function];
    struct step step = {.kind = kind, .loc = an->loc, .function = an->function_id};

    if (kind == STEP_ENTER)
        step.text = ARENA_CONCAT(an->arena, self->importer->is_run ? "runs" : "calls", " '", callee->name, "'");
    self->state->trace = trace_push(an->arena, self->state->trace, &step);
}

static void push_raise(struct application *self)
{
    struct analysis *an = self->importer->an;
    const char *callee = an->program->functions.items[self->importer->summary->function].name;

    fault_push(an, self->state, ARENA_CONCAT(an->arena, "'", callee, "' raises an exception here"));
}

static bool apply_steps(struct application *self)
{
    if (self->c->steps.count == 0)
        return true;
    if (!self->importer->is_sequel)
        push_call(self, STEP_ENTER);
    for (uint32_t i = 0; i < self->c->steps.count; i++)
        if (!replay_step(self, &self->c->steps.items[i]))
            return false;
    if (!self->importer->is_sequel)
        push_call(self, STEP_LEAVE);
    return true;
}

/*
 * Pointers that the callee follows: dead addresses and freed objects are reported at the call. Where the callee catches exceptions itself, its cases
 * say what comes of them. False: the callee cannot get past one of them.
 */
static bool apply_uses(struct application *self)
{
    struct analysis *an = self->importer->an;
    enum fault before = an->fault;
    bool is_sure = false, is_caught = an->is_caught;

    for (uint32_t i = 0; i < self->c->uses.count; i++) {
        const struct summary_use *use = &self->c->uses.items[i];

        an->fault = FAULT_NONE;
        an->is_caught = is_caught || use->is_caught;
        eval_use_pointer(an, self->state, import_value(self->importer, use->value));
        typestate_sized(an, self->state, import_value(self->importer, use->value));
        is_sure |= an->fault == FAULT_SURE && !use->is_caught;
        if (an->fault != FAULT_NONE && !use->is_caught)
            before = FAULT_POSSIBLE;
    }
    an->is_caught = is_caught;
    an->fault = before;
    return !is_sure;
}

/* Does STEP do something to OBJECT, directly or to a mapping of it? */
static bool step_touches(struct application *self, const struct step *step, value_id object)
{
    bool touches = step->kind == STEP_RUN || (step->object && import_value(self->importer, step->object) == object);
    struct mapping mapping;

    for (uint32_t v = 0; v < step->value_count && !touches; v++) {
        value_id value = import_value(self->importer, step->values[v]);

        touches = value && state_mapping(self->state, value, &mapping) && mapping.object == object;
    }
    return touches;
}

/* Did the callee, before step END, do nothing to OBJECT but ask for its state? */
static bool is_untouched(struct application *self, uint32_t end, value_id object)
{
    for (uint32_t i = 0; i < end; i++) {
        const struct step *step = &self->c->steps.items[i];

        if (step->kind != STEP_NARROW && step->kind != STEP_DECISION && step_touches(self, step, object))
            return false;
    }
    return true;
}

/*
 * Do the flags of the objects, as they were at the call, come out as the callee tested them? What a pointer is followed for is not told in order with
 * the steps, and nothing is to be said of it in a case that the caller's state rules out.
 */
static bool passes_tests(struct application *self)
{
    struct application probe = *self;
    struct state state = *self->state;

    probe.state = &state;
    for (uint32_t i = 0; i < self->c->steps.count; i++) {
        const struct step *step = &self->c->steps.items[i];
        value_id object = step->kind == STEP_NARROW ? import_value(self->importer, step->object) : 0;

        if (object && is_untouched(self, i, object) && !replay_narrow(&probe, object, step))
            return false;
    }
    return true;
}

/* A copy of an object that the callee was given takes what the caller knows of its parts along. */
static void apply_write(struct application *self, region_id region, value_id value, uint32_t exported)
{
    struct analysis *an = self->importer->an;
    const struct value *v = &self->importer->summary->values.items[exported];
    bool is_object = v->kind == VALUE_ENTRY && v->type != IR_NONE && an->program->types.items[v->type].kind == IR_TYPE_RECORD;

    if (is_object && self->importer->summary->regions.items[v->region].kind != REGION_LOCAL)
        state_copy_from(an, self->state, region, self->importer->entry, import_region(self->importer, v->region));
    else
        state_assign(an, self->state, region, value);
}

static void apply_writes(struct application *self)
{
    struct analysis *an = self->importer->an;
    uint32_t count = self->c->writes.count;
    region_id *regions = ARENA_NEW_ARRAY(an->arena, region_id, (size_t)count + 1);
    value_id *values = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)count + 1);

    for (uint32_t i = 0; i < count; i++) { /* all reads before the first write */
        regions[i] = import_region(self->importer, self->c->writes.items[i].region);
        values[i] = import_value(self->importer, self->c->writes.items[i].value);
    }
    for (uint32_t i = 0; i < count; i++)
        if (!region_get(&an->values, regions[i])->is_nowhere) /* else it was for callers that have a pointer there */
            apply_write(self, regions[i], values[i], self->c->writes.items[i].value);
}

static bool is_given_back(const struct application *self, value_id exported)
{
    bool is_given = false;

    for (uint32_t i = 0; i < self->given_back.count; i++)
        is_given |= self->given_back.items[i] == exported;
    return is_given;
}

/* What the callee handed to something unknown is out of the caller's hands, too. */
static void apply_escapes(struct application *self)
{
    for (uint32_t i = 0; i < self->c->escapes.count; i++)
        if (!is_given_back(self, self->c->escapes.items[i]))
            state_escape(self->importer->an, self->state, import_value(self->importer, self->c->escapes.items[i]));
}

static void apply_frees(struct application *self)
{
    for (uint32_t i = 0; i < self->c->frees.count; i++)
        state_free_memory(self->importer->an, self->state, import_value(self->importer, self->c->frees.items[i]));
}

static void apply_passed(struct application *self)
{
    for (uint32_t i = 0; i < self->c->passed.count; i++)
        passed_replay(self->importer->an, self->state, import_value(self->importer, self->c->passed.items[i]));
}

static void apply_unchecked(struct application *self)
{
    struct analysis *an = self->importer->an;

    for (uint32_t i = 0; i < self->c->unchecked.count; i++)
        self->state->unchecked = pmap_set(self->state->unchecked, &an->nodes,
                                          import_value(self->importer, self->c->unchecked.items[i].value),
                                          self->c->unchecked.items[i].rule);
}

static void apply_case(struct importer *importer, const struct summary_case *c, const struct ir_instr *instr, struct state state,
                       struct successors *out)
{
    struct analysis *an = importer->an;
    struct application self = {.importer = importer, .c = c, .state = &state, .instr = instr};
    value_id result;

    if (!importer->is_relaxed && (!apply_facts(&self) || !apply_ways(&self)))
        return;
    if (c->uses.count > 0 && !passes_tests(&self))
        return;
    if (!apply_uses(&self) || !apply_steps(&self))
        return;
    if (importer->result)
        state_forget(an, &state, importer->result);
    apply_writes(&self);
    apply_escapes(&self);
    apply_frees(&self);
    apply_passed(&self);
    apply_unchecked(&self);
    if (c->is_raise) {
        push_raise(&self);
        VEC_PUSH(&out->raised.list, state);
        return;
    }
    if (importer->result) {
        VEC_PUSH(&out->normal.list, state);
        return;
    }
    result = c->result ? import_value(importer, c->result)
                       : value_fresh(&an->values, instr->dst ? instr->dst->type : IR_NONE);
    exec_return(an, &state, instr, result, out);
}

void summary_follow(struct importer *importer, const struct summary_case *c, const struct state *state, struct successors *out)
{
    apply_case(importer, c, importer->instr, *state, out);
}

/* Reads what the callee found on entry, so that what the caller knows of it, or learns by reading, holds in every case: of memory with unknown contents
 * all cases are to know that it holds what they have tested. */
static void read_entry(struct importer *importer)
{
    const struct summary *summary = importer->summary;

    for (uint32_t v = 1; v < summary->values.count; v++)
        if (summary->values.items[v].kind == VALUE_ENTRY)
            import_value(importer, v);
}

/* Values are translated with the memory as it was at the call: `entry` stays as it is while the cases change copies of it. */
void summary_apply(struct analysis *an, const struct summary *summary, const struct ir_instr *instr, const value_id *args,
                   uint32_t arg_count, const struct state *state, struct successors *out)
{
    struct state entry = *state;
    struct importer importer;

    importer_init(&importer, an, summary, &entry, instr, args, arg_count);
    read_entry(&importer);
    for (uint32_t i = 0; i < summary->cases.count && !an->is_over_budget; i++) {
        const struct summary_case *c = &summary->cases.items[i];

        analysis_spend(an, 1 + (c->writes.count + c->facts.count + c->steps.count) / 8);
        apply_case(&importer, c, instr, entry, out);
    }
    for (uint32_t i = 0; i < summary->may_fault.count && !an->is_over_budget; i++)
        fault_mark(an, import_value(&importer, summary->may_fault.items[i]));
}
