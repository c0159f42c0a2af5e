/*
 * summary.c - makes summaries from the exits of a solved function. Applying them is in apply.c. See summary.h.
 */
#include "engine/summary.h"

#include <string.h>

#include "engine/element.h"
#include "engine/exits.h"
#include "engine/special.h"
#include "engine/translate.h"
#include "engine/ways.h"

#define SUMMARY_STEPS_MAX 160
#define SUMMARY_WRITES_MAX 64 /* of a case; the rest is left as it was */
#define SUMMARY_FACTS_MAX 64

region_id summary_return_slot(struct analysis *an)
{
    const struct ir_type *type = &an->program->types.items[an->function->type];

    return region_local(&an->values, an->function->locals.count, type->kind == IR_TYPE_FUNCTION ? type->target : IR_NONE);
}

bool summary_is_visible(const struct analysis *an, region_id region)
{
    const struct region *root = region_get(&an->values, region_root(&an->values, region));

    if (root->is_nowhere)
        return false;
    if (root->kind == REGION_LOCAL && root->id == an->function->locals.count && root->type != IR_NONE)
        return an->program->types.items[root->type].kind == IR_TYPE_RECORD;
    return root->kind != REGION_LOCAL;
}

/* ---- one case ---- */

/* Does memory that the caller sees hold OBJECT, or the token of a mapping of it? */
static bool is_traced(const struct analysis *an, const struct state *state, value_id object)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        value_id value = (value_id)entry->value;

        if ((value == object || (state_mapping(state, value, &mapping) && mapping.object == object)) && summary_is_visible(an, entry->key))
            return true;
    }
    return false;
}

/* An object of the callee's own that is freed by now, and that the caller can have no trace of; or one where there is nothing. */
static bool is_internal(const struct analysis *an, const struct state *state, value_id object)
{
    uint64_t word;
    struct object o;

    if (!object)
        return false;
    if (value_is_nowhere(&an->values, object))
        return true;
    if (!pmap_get(state->objects, object, &word))
        return (value_get(&an->values, object)->is_new && !is_traced(an, state, object)) ||
               (!value_get(&an->values, object)->is_new && !pmap_find(state->history, object) && !pmap_find(state->touched, object)); /* nobody can name it any more */
    o = object_unpack(word);
    return o.is_ours && (o.is_given_up || (o.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED) && !is_traced(an, state, object)));
}

static void export_steps(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    struct arena *arena = exporter->arena;
    uint32_t count = state->trace ? state->trace->length : 0, skip = count > SUMMARY_STEPS_MAX ? count - SUMMARY_STEPS_MAX : 0;
    const struct step **steps = ARENA_NEW_ARRAY(exporter->an->arena, const struct step *, (size_t)count + 1);
    const struct step *step = state->trace;

    out->lacks_steps |= skip > 0;
    for (uint32_t i = count; i > 0; i--, step = step->prev)
        steps[i - 1] = step;
    for (uint32_t i = skip; i < count; i++) {
        struct step copy = *steps[i];
        uint64_t ignored;
        value_id *values;

        if (copy.is_private || (copy.object && pmap_get(state->touched, copy.object, &ignored)))
            continue;
        if (copy.kind != STEP_DECISION && copy.kind != STEP_ENTER && copy.kind != STEP_LEAVE && is_internal(exporter->an, state, copy.object))
            continue;
        values = ARENA_NEW_ARRAY(arena, value_id, (size_t)copy.value_count + 1);
        for (uint32_t v = 0; v < copy.value_count; v++)
            values[v] = export_value(exporter, copy.values[v]);
        copy.values = values;
        copy.object = export_value(exporter, copy.object);
        copy.result = export_value(exporter, copy.result);
        copy.prev = NULL;
        copy.length = 0;
        VEC_PUSH_IN(arena, &out->steps, copy);
    }
}

/* What later rounds of loops did to objects is told as "something". */
static void export_touched(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->touched);
    while ((entry = pmap_iter_next(&iter))) {
        struct step step = {.kind = STEP_GIVE_UP, .loc = (ir_id)entry->value, .function = exporter->an->function_id};

        if (is_internal(exporter->an, state, entry->key))
            continue;
        step.object = export_value(exporter, entry->key);
        VEC_PUSH_IN(exporter->arena, &out->steps, step);
    }
}

/* Does anything else that callers are told lead to VALUE, or begin with what they have a name for? */
static bool is_nameable(const struct exporter *exporter, value_id value)
{
    const struct values *values = &exporter->an->values;
    const struct value *v = value_get(values, value);

    if (!v->has_fresh || exporter->values[value] || exporter->an->keeps_contexts)
        return true;
    if (v->kind != VALUE_ENTRY)
        return false;
    return is_nameable(exporter, region_get(values, region_root(values, v->region))->value);
}

/* What something unknown holds: pointers of the caller's, and objects of ours that the caller gets to see (a queue, an IRP that was sent off). */
static void export_escaped(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->escaped);
    while ((entry = pmap_iter_next(&iter)))
        if (is_nameable(exporter, entry->key))
            VEC_PUSH_IN(exporter->arena, &out->escapes, export_value(exporter, entry->key));
    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        if (object.is_ours && object.is_escaped && !is_internal(exporter->an, state, entry->key))
            VEC_PUSH_IN(exporter->arena, &out->escapes, export_value(exporter, entry->key));
    }
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (mapping.is_live && mapping.is_escaped &&
            !is_internal(exporter->an, state, mapping.object))
            VEC_PUSH_IN(exporter->arena, &out->escapes, export_value(exporter, entry->key));
}

static void export_freed(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->freed);
    while ((entry = pmap_iter_next(&iter)))
        VEC_PUSH_IN(exporter->arena, &out->frees, export_value(exporter, entry->key));
}

static void export_passed(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->passed);
    while ((entry = pmap_iter_next(&iter))) {
        bool is_there = value_get(&exporter->an->values, entry->key)->kind == VALUE_ENTRY || state_is_tracked(state, entry->key) ||
                        state_mapping(state, entry->key, &mapping);

        if (is_there && !is_internal(exporter->an, state, entry->key))
            VEC_PUSH_IN(exporter->arena, &out->passed, export_value(exporter, entry->key));
    }
}

static bool is_object_or_token(const struct state *state, value_id value)
{
    struct mapping ignored;

    return state_is_tracked(state, value) || state_mapping(state, value, &ignored);
}

/* A number in an array element: nothing that a caller's MDLs depend on. Buffers and tables are full of them. What was followed is a pointer: the
 * caller may find an MDL behind it. */
static bool is_plain_element(const struct analysis *an, const struct state *state, region_id region, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    if (!element_is_part(an, region) || v->kind == VALUE_ENTRY || v->kind == VALUE_ADDR || v->kind == VALUE_FUNC)
        return false;
    return !is_object_or_token(state, value) && !region_has_target(&an->values, value);
}

static bool is_write(struct analysis *an, const struct state *state, region_id region, value_id value);

/* Is something that REGION is a part of told to callers? That takes all the parts along that are not told, too. */
static bool is_part_of_write(struct analysis *an, const struct state *state, region_id region)
{
    region_id whole = region_get(&an->values, region)->parent;
    uint64_t value;

    for (; whole; whole = region_get(&an->values, whole)->parent)
        if (pmap_get(state->store, whole, &value) && is_write(an, state, whole, (value_id)value))
            return true;
    return false;
}

/* Is what REGION holds by now for callers to know? */
static bool is_write(struct analysis *an, const struct state *state, region_id region, value_id value)
{
    if (!summary_is_visible(an, region) || is_plain_element(an, state, region, value))
        return false;
    if (value == value_entry(&an->values, region) || special_is_untouched(an, state, region, value))
        return is_part_of_write(an, state, region);
    return true;
}

/* How many writes keep an object or a token. */
static uint32_t count_kept(struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    uint32_t count = 0;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        count += is_object_or_token(state, (value_id)entry->value) && is_write(an, state, entry->key, (value_id)entry->value);
    return count;
}

/* In the order of regions: a whole comes before its parts. When there are too many, those stay that keep an object: a caller that is not told
 * takes it for lost. */
static void export_writes(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    struct analysis *an = exporter->an;
    uint32_t kept = count_kept(an, state), room = kept < SUMMARY_WRITES_MAX ? SUMMARY_WRITES_MAX - kept : 0;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        struct summary_write write;

        if (!is_write(an, state, entry->key, (value_id)entry->value))
            continue;
        if (!is_object_or_token(state, (value_id)entry->value)) {
            out->lacks_facts |= room == 0;
            if (room == 0)
                continue;
            room--;
        }
        write.region = export_region(exporter, entry->key);
        write.value = export_value(exporter, (value_id)entry->value);
        VEC_PUSH_IN(exporter->arena, &out->writes, write);
    }
}

/* Facts about a flags word are left out: the narrowing steps say what they mean. Merge points mean nothing to a caller by themselves,
 * but may be what a result or a write holds. */
static void export_facts_of(struct exporter *exporter, const struct state *state, bool fresh, struct summary_case *out)
{
    struct analysis *an = exporter->an;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->facts);
    while ((entry = pmap_iter_next(&iter)) && out->facts.count < SUMMARY_FACTS_MAX) {
        const struct value *v = value_get(&an->values, entry->key);
        struct summary_fact fact = {.fact = *facts_get(&an->facts, state->facts, entry->key)};

        if ((v->kind == VALUE_FRESH) != fresh || v->kind == VALUE_FLAGS ||
            (v->kind == VALUE_EXPR && value_get(&an->values, v->a)->kind == VALUE_FLAGS))
            continue;
        if (fresh && !exporter->values[entry->key])
            continue; /* no write, event or result mentions it */
        fact.value = export_value(exporter, entry->key);
        VEC_PUSH_IN(exporter->arena, &out->facts, fact);
    }
}

/* What is known of results and outputs comes first: the rest only tells when the case is possible. */
static void export_facts(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    export_facts_of(exporter, state, true, out);
    export_facts_of(exporter, state, false, out);
    out->lacks_facts |= out->facts.count >= SUMMARY_FACTS_MAX;
}

static void export_way(struct exporter *exporter, const struct way *way, struct summary_way *out)
{
    const struct facts *facts = &exporter->an->facts;

    for (uint32_t i = 0; i < way->count; i++)
        VEC_PUSH_IN(exporter->arena, &out->facts,
                    ((struct summary_fact){exporter->values[way->conditions[i].value], facts->table.items[way->conditions[i].fact]}));
}

/* Once all cases are there: of the conditions those are kept that are about what some case asks for anyway. Reading more at the call would tell callers'
 * states apart that are alike to them. */
static void export_ways(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    const struct ways *ways = state->ways ? ways_told(exporter->an, state->ways, exporter->values) : NULL;

    for (; ways; ways = ways->rest)
        for (uint32_t w = 0; w < ways->count; w++) {
            VEC_PUSH_IN(exporter->arena, &out->ways, (struct summary_way){.clause = ways->length});
            export_way(exporter, &ways->items[w], &out->ways.items[out->ways.count - 1]);
        }
}

static void export_marks(struct exporter *exporter, const struct state *state, struct summary_case *out)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->used);
    while ((entry = pmap_iter_next(&iter))) {
        struct summary_use use = {export_value(exporter, entry->key), (ir_id)entry->value, (entry->value & USED_CAUGHT) != 0};
        VEC_PUSH_IN(exporter->arena, &out->uses, use);
    }
    pmap_iter_init(&iter, state->unchecked);
    while ((entry = pmap_iter_next(&iter))) {
        struct summary_mark mark = {exporter->values[entry->key], (uint32_t)entry->value};
        if (mark.value)
            VEC_PUSH_IN(exporter->arena, &out->unchecked, mark);
    }
}

/* A run is nothing alone. An object that was given up, or an outcome without effects, is an event, but none that does something. */
static void note_events(struct summary *summary, const struct summary_case *c)
{
    summary->has_events |= c->unchecked.count > 0;
    summary->has_effects |= c->unchecked.count > 0;
    for (uint32_t s = 0; s < c->steps.count; s++) {
        const struct step *step = &c->steps.items[s];

        if (!step_is_for_callers(step->kind) || step->kind == STEP_RUN)
            continue;
        summary->has_events = true;
        summary->has_effects |= step->kind == STEP_EVENT ? step->outcome->effects.count > 0 : step->kind != STEP_GIVE_UP;
    }
}

static void export_exit(struct exporter *exporter, const struct function_exit *exit)
{
    struct summary_case out = {.is_raise = exit->is_raise};
    uint64_t result;

    if (!exit->is_raise && !summary_is_visible(exporter->an, summary_return_slot(exporter->an)) &&
        pmap_get(exit->state.store, summary_return_slot(exporter->an), &result))
        out.result = export_value(exporter, (value_id)result);
    export_steps(exporter, &exit->state, &out);
    export_touched(exporter, &exit->state, &out);
    export_freed(exporter, &exit->state, &out);
    export_passed(exporter, &exit->state, &out);
    export_writes(exporter, &exit->state, &out);
    export_facts(exporter, &exit->state, &out);
    export_marks(exporter, &exit->state, &out);
    export_escaped(exporter, &exit->state, &out);
    note_events(exporter->summary, &out);
    VEC_PUSH_IN(exporter->arena, &exporter->summary->cases, out);
}

/* Pointers that a caller has a name for. */
static void export_may_fault(struct exporter *exporter)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, exporter->an->may_fault);
    while ((entry = pmap_iter_next(&iter)))
        if (exporter->values[entry->key] || value_get(&exporter->an->values, entry->key)->kind == VALUE_ENTRY)
            VEC_PUSH_IN(exporter->arena, &exporter->summary->may_fault, export_value(exporter, entry->key));
}

/* Not all paths were seen: whatever callers would be told of an object might be half of the truth. */
static void touch_all(struct analysis *an, struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter)))
        state->touched = pmap_set(state->touched, &an->nodes, entry->key, an->loc);
}

/* ---- the finished summary ---- */

/* The vector as it is, without room to grow, in the run's arena; one that another summary has as well is there once. */
#define SETTLE(engine, vec)                                                                                            \
    ((vec)->items = block_set_share((engine)->blocks, (engine)->arena, (vec)->items, (vec)->count * sizeof(*(vec)->items)), \
     (vec)->capacity = (vec)->count)

static const char *settle_text(struct engine *engine, const char *text)
{
    return text ? block_set_share(engine->blocks, engine->arena, text, strlen(text) + 1) : NULL;
}

static void settle_case(struct engine *engine, struct summary_case *c)
{
    for (uint32_t s = 0; s < c->steps.count; s++) {
        struct step *step = &c->steps.items[s];

        step->values = block_set_share(engine->blocks, engine->arena, step->values, step->value_count * sizeof(*step->values));
        step->text = settle_text(engine, step->text);
    }
    for (uint32_t w = 0; w < c->ways.count; w++)
        SETTLE(engine, &c->ways.items[w].facts);
    SETTLE(engine, &c->ways);
    SETTLE(engine, &c->facts);
    SETTLE(engine, &c->writes);
    SETTLE(engine, &c->steps);
    SETTLE(engine, &c->uses);
    SETTLE(engine, &c->escapes);
    SETTLE(engine, &c->frees);
    SETTLE(engine, &c->passed);
    SETTLE(engine, &c->unchecked);
}

/* All summaries live until the run ends: what was built in the analysis' own arena moves to the run's, parts before wholes. */
void summary_settle(struct engine *engine, struct summary *summary)
{
    for (uint32_t i = 0; i < summary->names.count; i++)
        summary->names.items[i] = settle_text(engine, summary->names.items[i]);
    for (uint32_t i = 0; i < summary->cases.count; i++)
        settle_case(engine, &summary->cases.items[i]);
    SETTLE(engine, &summary->values);
    SETTLE(engine, &summary->regions);
    SETTLE(engine, &summary->names);
    SETTLE(engine, &summary->cases);
    SETTLE(engine, &summary->may_fault);
}

const struct summary *summary_build(struct analysis *an, const struct function_exits *exits)
{
    struct summary *summary = ARENA_NEW(an->engine->arena, struct summary);
    struct function_exits merged = {0};
    struct exporter exporter;

    summary->function = an->function_id;
    exits_merge(an, exits, &merged);
    if (an->is_over_budget || an->has_dropped)
        for (uint32_t i = 0; i < merged.list.count; i++)
            touch_all(an, &merged.list.items[i].state);
    exporter_init(&exporter, an, summary, an->arena);
    export_alike(&exporter, &merged);
    for (uint32_t i = 0; i < merged.list.count; i++) {
        export_exit(&exporter, &merged.list.items[i]);
        summary->is_blurred |= merged.list.items[i].state.is_blurred;
    }
    for (uint32_t i = 0; i < merged.list.count; i++)
        export_ways(&exporter, &merged.list.items[i].state, &summary->cases.items[i]);
    export_may_fault(&exporter);
    summary->is_incomplete = an->is_over_budget || an->has_dropped;
    VEC_RELEASE(&merged.list);
    summary_settle(an->engine, summary);
    return summary;
}
