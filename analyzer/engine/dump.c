/*
 * dump.c - states and summaries in text, and summaries in the words of the store.
 */

#include "engine/engine_int.h"
#include "engine/protocol.h"
#include "engine/summary.h"

/* ---- states ---- */

static void print_masks(struct strbuf *out, const struct object *object)
{
    strbuf_adds(out, " descriptor");
    for (uint32_t d = 0; d < RULESET_DESCRIPTOR_COUNT; d++)
        if (object->descriptor & RULESET_BIT(d))
            strbuf_addf(out, " %s", ruleset_descriptor_name(d));
    strbuf_adds(out, "; pages");
    if (object->pages == OBJECT_PAGES_ANY)
        strbuf_adds(out, " any");
    for (uint32_t p = 0; p < RULESET_PAGES_COUNT && object->pages != OBJECT_PAGES_ANY; p++)
        if (object->pages & RULESET_BIT(p))
            strbuf_addf(out, " %s", ruleset_pages_name(p));
    strbuf_addf(out, "%s%s%s\n", object->is_ours ? "; ours" : "", object->is_escaped ? "; escaped" : "",
                object->is_given_up ? "; given up" : "");
}

static const char *value_name(struct analysis *an, const struct state *state, value_id value)
{
    const char *name = state_describe(an, state, value);

    return name ? name : arena_printf(an->arena, "#%u", value);
}

static void print_state(struct analysis *an, const struct state *state, struct strbuf *out)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        strbuf_addf(out, "    object %s:", value_name(an, state, entry->key));
        print_masks(out, &object);
    }
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        strbuf_addf(out, "    mapping %s: %s of %s, %s\n", value_name(an, state, entry->key), ruleset_mapping_name(mapping.kind),
                    mapping.object ? value_name(an, state, mapping.object) : "?",
                    mapping.is_invalid ? "never made" : mapping.is_live ? "live" : "ended");
    pmap_iter_init(&iter, state->facts);
    while ((entry = pmap_iter_next(&iter))) {
        int64_t low, high;

        facts_range(&an->facts, state->facts, entry->key, &low, &high);
        strbuf_addf(out, "    fact %s: [%lld, %lld]%s\n", value_name(an, state, entry->key), (long long)low, (long long)high,
                    facts_is_nonzero(&an->facts, state->facts, entry->key) ? " not 0" : "");
    }
}

void state_dump(struct analysis *an, uint32_t block, const struct state *states, uint32_t count)
{
    struct strbuf *out = an->engine->state_dump;

    strbuf_addf(out, "b%u: %u state%s\n", block, count, count == 1 ? "" : "s");
    for (uint32_t i = 0; i < count; i++) {
        strbuf_addf(out, "  state %u\n", i);
        print_state(an, &states[i], out);
    }
}

/* ---- summaries ---- */

static void describe_value(const struct engine *engine, const struct summary *summary, value_id value, struct strbuf *out);

static void describe_region(const struct engine *engine, const struct summary *summary, region_id region, struct strbuf *out)
{
    const struct region *r = &summary->regions.items[region];
    const struct ir_function *function = &engine->program->functions.items[summary->function];

    switch (r->kind) {
    case REGION_LOCAL:
        if (r->id < function->param_count)
            strbuf_addf(out, "arg%u", r->id);
        else
            strbuf_addf(out, "%s", r->id < function->locals.count ? function->locals.items[r->id].name : "return");
        break;
    case REGION_GLOBAL: strbuf_adds(out, engine->program->globals.items[r->id].name); break;
    case REGION_TARGET:
        strbuf_addc(out, '*');
        describe_value(engine, summary, r->value, out);
        break;
    case REGION_FIELD:
        if (summary->regions.items[r->parent].kind == REGION_TARGET)
            describe_value(engine, summary, summary->regions.items[r->parent].value, out);
        else
            describe_region(engine, summary, r->parent, out);
        strbuf_addf(out, "%s%s", summary->regions.items[r->parent].kind == REGION_TARGET ? "->" : ".",
                    engine->program->records.items[r->id].fields.items[r->field].name);
        break;
    case REGION_INDEX:
        describe_region(engine, summary, r->parent, out);
        strbuf_adds(out, "[]");
        break;
    }
}

static void describe_value(const struct engine *engine, const struct summary *summary, value_id value, struct strbuf *out)
{
    const struct value *v = &summary->values.items[value];

    if (v->kind == VALUE_ENTRY)
        describe_region(engine, summary, v->region, out);
    else if (v->kind == VALUE_INT)
        strbuf_addf(out, "%lld", (long long)v->number);
    else if (v->kind == VALUE_ADDR) {
        strbuf_addc(out, '&');
        describe_region(engine, summary, v->region, out);
    } else if (v->kind == VALUE_METHOD) {
        strbuf_addf(out, "%s of ", engine->program->functions.items[v->number].name);
        describe_value(engine, summary, v->a, out);
    } else {
        strbuf_addf(out, "new%u", value);
    }
}

/* How the caller of CASE sees VALUE: the result, where it was stored, or where it came from. */
static const char *case_subject(const struct engine *engine, const struct summary *summary, const struct summary_case *c,
                                value_id value)
{
    struct strbuf out;
    const char *text;

    if (!value)
        return "";
    if (value == c->result)
        return "return";
    strbuf_init(&out);
    for (uint32_t w = 0; w < c->writes.count && out.length == 0; w++)
        if (c->writes.items[w].value == value)
            describe_region(engine, summary, c->writes.items[w].region, &out);
    if (out.length == 0)
        describe_value(engine, summary, value, &out);
    text = block_set_share(engine->blocks, engine->arena, out.data, out.length + 1);
    strbuf_release(&out);
    return text;
}

bool summary_result_range(const struct summary *summary, const struct summary_case *c, int64_t *low, int64_t *high, bool *is_nonzero)
{
    const struct value *v = &summary->values.items[c->result];

    *low = INT64_MIN;
    *high = INT64_MAX;
    *is_nonzero = false;
    if (!c->result)
        return false;
    if (v->kind == VALUE_INT)
        *low = *high = v->number;
    for (uint32_t f = 0; f < c->facts.count; f++)
        if (c->facts.items[f].value == c->result) {
            const struct fact *fact = &c->facts.items[f].fact;

            *low = fact->low > *low ? fact->low : *low;
            *high = fact->high < *high ? fact->high : *high;
            for (uint32_t x = 0; x < fact->excluded_count; x++)
                *is_nonzero |= fact->excluded[x] == 0;
        }
    return true;
}

static const char *case_result(const struct summary *summary, const struct summary_case *c)
{
    int64_t low, high;
    bool is_nonzero;

    if (c->is_raise)
        return "raises";
    if (!summary_result_range(summary, c, &low, &high, &is_nonzero))
        return "any";
    if (low == 0 && high == 0)
        return "zero";
    if (high < 0)
        return "failure";
    if (is_nonzero)
        return "not zero";
    return low >= 0 ? "success" : "any";
}

static const char *effect_word(const struct ruleset_effect *effect)
{
    static const char *const words[] = {
        [RULESET_EFFECT_NEW] = "new", [RULESET_EFFECT_SET_DESCRIPTOR] = "descriptor", [RULESET_EFFECT_SET_PAGES] = "pages",
        [RULESET_EFFECT_SET_ORIGIN] = "origin", [RULESET_EFFECT_MAP] = "map", [RULESET_EFFECT_UNMAP_TOKEN] = "unmap",
        [RULESET_EFFECT_END] = "end", [RULESET_EFFECT_UNMAP] = "unmap", [RULESET_EFFECT_ESCAPE] = "escape",
        [RULESET_EFFECT_BORROW] = "borrow", [RULESET_EFFECT_LINK] = "link", [RULESET_EFFECT_DROP] = "drop",
    };

    if (effect->kind == RULESET_EFFECT_SET_DESCRIPTOR)
        return effect->value == RULESET_DESCRIPTOR_FREED ? "free" : ruleset_descriptor_name(effect->value);
    if (effect->kind == RULESET_EFFECT_SET_PAGES)
        return ruleset_pages_name(effect->value);
    return effect->kind < sizeof(words) / sizeof(words[0]) ? words[effect->kind] : NULL;
}

static void describe_effect(const struct engine *engine, const struct summary *summary, const struct summary_case *c,
                            const struct step *step, uint32_t index, struct engine_case *out)
{
    const struct ruleset_effect *effect = &step->outcome->effects.items[index];
    struct store_event event = {.effect = effect_word(effect), .routine = step->routine->name};
    struct engine_origin origin = {step->routine, step->outcome, effect, ""};
    value_id path = step->values[protocol_effect_slot(step->routine, index)];

    if (!event.effect)
        return;
    if (effect->kind == RULESET_EFFECT_MAP)
        event.mapping = ruleset_mapping_name(effect->value);
    event.subject = case_subject(engine, summary, c, step->values[0] ? step->values[0] : path);
    VEC_PUSH_IN(engine->arena, &out->events, event);
    origin.path = case_subject(engine, summary, c, path);
    VEC_PUSH_IN(engine->arena, &out->origins, origin);
}

void summary_describe(const struct engine *engine, const struct summary *summary, struct engine_function *out)
{
    for (uint32_t i = 0; i < summary->cases.count; i++) {
        const struct summary_case *c = &summary->cases.items[i];
        struct engine_case words = {.result = case_result(summary, c)};

        for (uint32_t f = 0; f < c->facts.count; f++)
            if (c->facts.items[f].fact.low == 0 && c->facts.items[f].fact.high == 0)
                VEC_PUSH_IN(engine->arena, &words.nulls, case_subject(engine, summary, c, c->facts.items[f].value));
        for (uint32_t s = 0; s < c->steps.count; s++)
            if (c->steps.items[s].kind == STEP_EVENT)
                for (uint32_t e = 0; e < c->steps.items[s].outcome->effects.count; e++)
                    describe_effect(engine, summary, c, &c->steps.items[s], e, &words);
        VEC_PUSH_IN(engine->arena, &out->cases, words);
    }
}

static void print_given_up(const struct engine *engine, const struct summary *summary, const struct summary_case *c, struct strbuf *out)
{
    for (uint32_t s = 0; s < c->steps.count; s++)
        if (c->steps.items[s].kind == STEP_GIVE_UP)
            strbuf_addf(out, "    something %s\n", case_subject(engine, summary, c, c->steps.items[s].object));
}

static void print_fact(const struct engine *engine, const struct summary *summary, const struct summary_fact *fact, struct strbuf *out)
{
    describe_value(engine, summary, fact->value, out);
    strbuf_addf(out, " in [%lld, %lld]", (long long)fact->fact.low, (long long)fact->fact.high);
}

static void print_ways(const struct engine *engine, const struct summary *summary, const struct summary_case *c, struct strbuf *out)
{
    for (uint32_t w = 0; w < c->ways.count; w++) {
        strbuf_adds(out, w && c->ways.items[w].clause == c->ways.items[w - 1].clause ? "    or " : "    and either ");
        for (uint32_t f = 0; f < c->ways.items[w].facts.count; f++) {
            strbuf_adds(out, f ? ", " : "");
            print_fact(engine, summary, &c->ways.items[w].facts.items[f], out);
        }
        strbuf_addc(out, '\n');
    }
}

void summary_print(const struct engine *engine, const struct summary *summary, struct strbuf *out)
{
    struct engine_function words = {0};

    summary_describe(engine, summary, &words);
    strbuf_addf(out, "%s: %u case%s%s\n", engine->program->functions.items[summary->function].name, summary->cases.count,
                summary->cases.count == 1 ? "" : "s", summary->is_incomplete ? ", incomplete" : "");
    for (uint32_t i = 0; i < words.cases.count; i++) {
        const struct summary_case *c = &summary->cases.items[i];

        strbuf_addf(out, "  case %u: returns %s\n", i, words.cases.items[i].result);
        for (uint32_t f = 0; f < c->facts.count; f++) {
            strbuf_adds(out, "    when ");
            print_fact(engine, summary, &c->facts.items[f], out);
            strbuf_addc(out, '\n');
        }
        print_ways(engine, summary, c, out);
        for (uint32_t e = 0; e < words.cases.items[i].events.count; e++) {
            const struct store_event *event = &words.cases.items[i].events.items[e];
            strbuf_addf(out, "    %s %s %s (%s)\n", event->effect, event->mapping ? event->mapping : "", event->subject, event->routine);
        }
        print_given_up(engine, summary, c, out);
        for (uint32_t w = 0; w < c->writes.count; w++) {
            strbuf_adds(out, "    ");
            describe_region(engine, summary, c->writes.items[w].region, out);
            strbuf_adds(out, " = ");
            describe_value(engine, summary, c->writes.items[w].value, out);
            strbuf_addc(out, '\n');
        }
    }
}
