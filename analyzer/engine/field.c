/*
 * field.c - see field.h.
 *
 * Each case of an entry's summary is played from a state in which nothing is known; what is then live, or locked, or not freed, and held by
 * memory that the function does not own, is left for others. Cases that raise or return a failure leave nothing that anybody would tear down.
 */
#include "engine/field.h"

#include <string.h>

#include "engine/report.h"

/* ---- playing a summary ---- */

void player_init(struct player *self, struct analysis *an, const struct summary *summary, struct state *entry,
                 bool same)
{
    const struct ir_function *function = &an->program->functions.items[summary->function];
    uint32_t count = function->param_count;
    value_id *args = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)count + 1);
    struct ir_operand *operands = ARENA_NEW_ARRAY(an->arena, struct ir_operand, (size_t)count + 1);

    memset(self, 0, sizeof(*self));
    for (uint32_t p = 0; p < count; p++) {
        ir_id type = function->locals.items[p].type;

        operands[p] = ir_operand_undef(type);
        args[p] = same ? value_entry(&an->values, region_local(&an->values, p, type))
                       : value_fresh_at(&an->values, type, p + 1);
    }
    self->call.kind = IR_CALL;
    self->call.args = operands;
    self->call.arg_count = count;
    importer_init(&self->importer, an, summary, entry, &self->call, args, count);
    self->importer.is_sequel = true;
}

/* ---- keys ---- */

struct field_key field_key_of(const struct summary *summary, region_id region)
{
    struct field_key none = {IR_NONE, IR_NONE};
    const struct region *r = region ? &summary->regions.items[region] : NULL;

    while (r && r->kind == REGION_INDEX)
        r = &summary->regions.items[r->parent];
    if (r && r->kind == REGION_FIELD)
        return (struct field_key){r->id, r->field};
    if (r && r->kind == REGION_GLOBAL)
        return (struct field_key){IR_NONE, r->id};
    return none;
}

region_id field_origin(const struct summary *summary, value_id value)
{
    const struct value *v = &summary->values.items[value];

    while (v->kind == VALUE_EXPR && (v->op == IR_EXPR_ADD || v->op == IR_EXPR_SUB || v->op == IR_EXPR_CAST))
        v = &summary->values.items[v->a];
    return v->kind == VALUE_ENTRY ? v->region : 0;
}

/* ---- holders ---- */

struct collector {
    struct entries *entries;
    struct lefts *out;
    uint32_t entry, case_index;
    const struct summary *summary;
    const struct importer *importer;
    struct analysis *an;
    const struct state *state;
};

static bool is_outliving(const struct summary *summary, region_id region)
{
    const struct region *r = &summary->regions.items[region];

    while (r->parent)
        r = &summary->regions.items[r->parent];
    return r->kind != REGION_LOCAL;
}

/* Does a header of the system's declare what KEY names? Other code may know what lies there. */
static bool is_foreign(const struct collector *self, struct field_key key)
{
    return key.record != IR_NONE && self->entries->engine->sight.is_foreign_record[key.record];
}

static bool add_holder(const struct collector *self, struct left *left, region_id region, bool is_token)
{
    struct field_key key = field_key_of(self->summary, region);

    if (!is_outliving(self->summary, region) || field_key_is_none(key))
        return true;
    if (is_foreign(self, key))
        return left->kind == LEFT_MAPPED;
    for (uint32_t h = 0; h < left->holders.count; h++)
        if (left->holders.items[h].region == region)
            return true;
    VEC_PUSH_IN(self->entries->engine->arena, &left->holders, ((struct holder){region, is_token}));
    return true;
}

/* The places that keep VALUE (of the analysis). False: the system has it, too. */
static bool add_holders(const struct collector *self, struct left *left, value_id value, bool is_token)
{
    const struct summary_case *c = &self->summary->cases.items[self->case_index];

    if (!value)
        return true;
    for (uint32_t w = 0; w < c->writes.count; w++)
        if (self->importer->values[c->writes.items[w].value] == value &&
            !add_holder(self, left, c->writes.items[w].region, is_token))
            return false;
    for (value_id v = 1; v < self->summary->values.count; v++)
        if (self->importer->values[v] == value && self->summary->values.items[v].kind == VALUE_ENTRY &&
            !add_holder(self, left, self->summary->values.items[v].region, is_token))
            return false;
    return true;
}

/* VALUE (of the analysis) in the summary's numbers; 0: it is not there. */
static value_id find_exported(const struct collector *self, value_id value)
{
    for (value_id v = 1; v < self->summary->values.count; v++)
        if (value && self->importer->values[v] == value)
            return v;
    return 0;
}

static void add_left(const struct collector *self, struct left left, value_id token, value_id object)
{
    left.entry = self->entry;
    left.case_index = self->case_index;
    left.token = find_exported(self, token);
    left.object = find_exported(self, object);
    if (token ? !left.token : !left.object)
        return;
    if (!add_holders(self, &left, token, true) || !add_holders(self, &left, object, false) || left.holders.count == 0)
        return;
    VEC_PUSH_IN(self->entries->engine->arena, &self->out->list, left);
}

/* ---- what is left ---- */

/* Code that is not seen, and is not the system's, may have it; the system itself never unmaps, but it may unlock and free. */
static bool is_lost_sight_of(const struct collector *self, bool is_escaped, enum left_kind kind)
{
    return is_escaped && (kind != LEFT_MAPPED || !self->entries->is_whole);
}

static void collect_mappings(const struct collector *self)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, self->state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping))) {
        struct left left = {.kind = LEFT_MAPPED};

        if (!mapping.is_live || mapping.is_given_up ||
            is_lost_sight_of(self, mapping.is_escaped, LEFT_MAPPED))
            continue;
        if (mapping.object && state_object(self->an, self->state, mapping.object).is_given_up)
            continue;
        left.mapping = mapping.kind;
        left.is_explicit = mapping.is_explicit;
        add_left(self, left, entry->key, mapping.object);
    }
}

static void collect_objects(const struct collector *self)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, self->state->objects);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        if (object.is_given_up || object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED) ||
            is_lost_sight_of(self, object.is_escaped, LEFT_OBJECT))
            continue;
        if (object.pages == RULESET_BIT(RULESET_PAGES_LOCKED) &&
            report_find_event(self->state, entry->key, RULESET_EFFECT_SET_PAGES, RULESET_PAGES_LOCKED))
            add_left(self, (struct left){.kind = LEFT_LOCKED}, 0, entry->key);
        if (object.is_ours && object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_LIVE))
            add_left(self, (struct left){.kind = LEFT_OBJECT}, 0, entry->key);
    }
}

/* A call that failed is not followed by its counterpart. */
static bool is_failure(const struct summary *summary, const struct summary_case *c)
{
    int64_t low, high;
    bool is_nonzero;

    return c->is_raise || (summary_result_range(summary, c, &low, &high, &is_nonzero) && high < 0);
}

static void collect_case(struct collector *self, struct player *player)
{
    const struct summary_case *c = &self->summary->cases.items[self->case_index];
    struct successors next = {0};

    if (is_failure(self->summary, c) || c->lacks_facts || c->lacks_steps)
        return;
    values_at(&self->an->values, self->case_index + 1);
    summary_follow(&player->importer, c, player->importer.entry, &next);
    for (uint32_t i = 0; i < next.normal.list.count; i++) {
        self->state = &next.normal.list.items[i];
        collect_mappings(self);
        collect_objects(self);
    }
    successors_release(&next);
}

void lefts_collect(struct lefts *self, struct entries *entries, uint32_t index)
{
    struct engine *engine = entries->engine;
    const struct summary *summary = entries->list.items[index].summary;
    struct state start = {0};
    struct analysis an;
    struct arena arena;
    struct player player;

    arena_init(&arena);
    analysis_init(&an, engine, summary->function, &arena);
    an.is_silent = true;
    player_init(&player, &an, summary, &start, true);
    struct collector collector = {entries, self, index, 0, summary, &player.importer, &an, NULL};
    for (collector.case_index = 0; collector.case_index < summary->cases.count; collector.case_index++)
        collect_case(&collector, &player);
    analysis_release(&an);
    arena_release(&arena);
}
