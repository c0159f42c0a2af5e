/*
 * exec.c - assignments, unknown constructs and scope ends. Calls are in call.c and routine.c.
 */
#include "engine/exec.h"

#include <string.h>

#include "engine/fault.h"
#include "engine/report.h"
#include "engine/weak.h"

void successors_release(struct successors *self)
{
    VEC_RELEASE(&self->normal.list);
    VEC_RELEASE(&self->raised.list);
}

static bool is_aggregate(const struct analysis *an, ir_id type)
{
    enum ir_type_kind kind = an->program->types.items[type].kind;

    return kind == IR_TYPE_RECORD || kind == IR_TYPE_ARRAY;
}

/* What may be OBJECT under another name may have become what it is now. */
static void widen_others(struct analysis *an, struct state *state, value_id object, const struct object *now)
{
    value_id others[WEAK_MAX];
    uint32_t count = weak_others(an, state, object, others);

    for (uint32_t i = 0; i < count; i++) {
        struct object by = {.pages = now->pages};

        weak_widen(an, state, others[i], &by);
    }
}

/* What the pages are when the driver writes FLAGS itself. One that says that they are a view of others may mean it: its mapping goes with it then.
 * No flag at all may mean that there are none, as in an object that is made anew in its place. */
static uint32_t pages_by_hand(struct analysis *an, const struct state *state, value_id flags)
{
    value_id bit = value_constant(&an->values, IR_NONE, an->rules->object.flag_pages[RULESET_PAGES_PARTIAL]);
    value_id test = value_expr(&an->values, IR_EXPR_AND, value_get(&an->values, flags)->type, flags, bit);
    uint32_t pages = RULESET_BIT(RULESET_PAGES_HAND_FILLED);

    if (facts_is_zero(&an->facts, state->facts, flags))
        return pages | RULESET_BIT(RULESET_PAGES_NONE);
    return facts_is_nonzero(&an->facts, state->facts, test) ? pages | RULESET_BIT(RULESET_PAGES_PARTIAL) : pages;
}

/* The bits of the flags word that the state of an object decides. */
static uint64_t telling_bits(const struct ruleset_object *rule)
{
    uint64_t bits = (uint64_t)rule->flag_system_mapping;

    for (uint32_t pages = 0; pages < RULESET_PAGES_COUNT; pages++)
        bits |= (uint64_t)(rule->flag_pages[pages] | rule->flag_mapped_pages[pages]);
    return bits;
}

/* Does the operation V change nothing of TELLING bits of its first operand? */
static bool keeps_bits(const struct analysis *an, const struct value *v, uint64_t telling)
{
    int64_t bits;

    if (v->op == IR_EXPR_CAST)
        return true;
    if ((v->op != IR_EXPR_OR && v->op != IR_EXPR_AND && v->op != IR_EXPR_XOR) || !value_is_int(&an->values, v->b, &bits))
        return false;
    return ((v->op == IR_EXPR_AND ? ~(uint64_t)bits : (uint64_t)bits) & telling) == 0;
}

/* The flags word of OBJECT as it is now, when VALUE is that but for bits that say nothing about its state; 0: it is not. */
static value_id flags_beneath(const struct analysis *an, const struct state *state, value_id object, value_id value)
{
    uint64_t telling = telling_bits(&an->rules->object);
    struct object o = state_object(an, state, object);
    const struct value *v = value_get(&an->values, value);

    while (v->kind == VALUE_EXPR && keeps_bits(an, v, telling)) {
        value = v->a;
        v = value_get(&an->values, value);
    }
    return v->kind == VALUE_FLAGS && v->a == object && object_pack(&o) == (uint64_t)v->number >> 1 ? value : 0;
}

/* The driver writes a tracked object's own members: a chain link, or the flags word that the system keeps. */
static void note_member_write(struct analysis *an, struct state *state, region_id region, value_id value)
{
    struct step step = {.kind = STEP_LINK, .loc = an->loc, .function = an->function_id, .object = value};
    const struct ruleset_object *rule = &an->rules->object;
    value_id object;
    ir_id record, field;
    const char *name;

    if (!state_object_member(an, region, &object, &record, &field))
        return;
    name = an->program->records.items[record].fields.items[field].name;
    if (rule->chain_field && strcmp(name, rule->chain_field) == 0 && state_is_tracked(state, value)) {
        step.text = "linked behind another MDL here";
        state->trace = trace_push(an->arena, state->trace, &step);
    } else if (rule->flags_field && strcmp(name, rule->flags_field) == 0) {
        struct object o = state_object(an, state, object);
        value_id flags = flags_beneath(an, state, object, value);

        if (flags) {
            facts_rename_bits(&an->facts, &state->facts, value, flags);
            return;
        }
        step.kind = STEP_PAGES;
        step.object = object;
        step.mask = o.pages = pages_by_hand(an, state, value);
        state_set_object(an, state, object, &o);
        state_record(an, state, &step);
        widen_others(an, state, object, &o);
    }
}

static void exec_assign(struct analysis *an, const struct ir_instr *instr, struct state *state)
{
    const struct ir_expr *value = &instr->value;
    region_id target;

    if (value->op == IR_EXPR_ZERO) {
        state_zero(an, state, eval_place(an, state, instr->dst));
    } else if (value->op == IR_EXPR_USE && value->a.kind == IR_OPERAND_LOAD && is_aggregate(an, value->a.place->type)) {
        region_id source = eval_place(an, state, value->a.place);
        target = eval_place(an, state, instr->dst);
        state_copy(an, state, target, source);
    } else {
        value_id result = eval_expr(an, state, value);
        target = eval_place(an, state, instr->dst);
        typestate_written(an, state, target);
        note_member_write(an, state, target, result);
        state_store(an, state, target, result);
    }
}

static void push_fault(struct analysis *an, const struct state *state, struct states *raised)
{
    struct state copy = *state;

    fault_push(an, &copy, "the access raises an exception here");
    VEC_PUSH(&raised->list, copy);
}

static void store_result(struct analysis *an, struct state *state, const struct ir_instr *instr, value_id value)
{
    region_id target;

    if (!instr->dst)
        return;
    target = eval_place(an, state, instr->dst);
    if (is_aggregate(an, instr->dst->type))
        state_forget(an, state, target);
    else
        state_store(an, state, target, value);
}

/* The call is done when storing its result raises. */
void exec_return(struct analysis *an, struct state *state, const struct ir_instr *instr, value_id value, struct successors *out)
{
    struct state called = *state;
    enum fault before = an->fault;

    an->fault = FAULT_NONE;
    store_result(an, state, instr, value);
    if (an->fault != FAULT_NONE)
        push_fault(an, &called, &out->raised);
    if (an->fault != FAULT_SURE)
        VEC_PUSH(&out->normal.list, *state);
    an->fault = before;
}

static void exec_unknown(struct analysis *an, const struct ir_instr *instr, struct state *state)
{
    for (uint32_t a = 0; a < instr->arg_count; a++) {
        value_id value = eval_operand(an, state, &instr->args[a]);
        state_escape(an, state, value);
        state_havoc(an, state, value, false);
    }
    if (instr->dst)
        state_forget(an, state, eval_place(an, state, instr->dst));
}

void exec_pass_pointer(struct analysis *an, struct state *state, value_id value)
{
    uint64_t rule;

    enum fault fault = an->fault;

    /* A NULL that nobody checked may be fine for the callee: only dead addresses and freed objects count here. */
    if (!pmap_get(state->unchecked, value, &rule))
        eval_use_pointer(an, state, value);
    an->fault = fault; /* nor is it known to access the memory */
}

void exec_instr(struct analysis *an, const struct ir_instr *instr, const struct state *state, struct successors *out)
{
    struct state next = *state;

    an->loc = instr->loc;
    an->fault = FAULT_NONE;
    switch (instr->kind) {
    case IR_CALL: exec_call(an, instr, state, out); break;
    case IR_ASSIGN: exec_assign(an, instr, &next); break;
    case IR_UNKNOWN: exec_unknown(an, instr, &next); break;
    case IR_SCOPE_END:
        for (uint32_t l = 0; l < instr->local_count; l++)
            state_drop_local(an, &next, instr->locals[l]);
        break;
    }
    if (an->fault != FAULT_NONE)
        push_fault(an, state, &out->raised);
    if (instr->kind != IR_CALL && an->fault != FAULT_SURE)
        VEC_PUSH(&out->normal.list, next);
}

bool exec_term_value(struct analysis *an, const struct ir_term *term, const struct state *state, struct states *raised)
{
    struct state scratch = *state;

    an->fault = FAULT_NONE;
    if (!ir_term_has_value(term->kind) || term->value.kind != IR_OPERAND_LOAD || term->value.place->proj_count == 0 ||
        !(an->may_fault || state->unchecked) || !fault_is_seen(an))
        return true;
    eval_place(an, &scratch, term->value.place);
    if (an->fault != FAULT_NONE)
        push_fault(an, state, raised);
    return an->fault != FAULT_SURE;
}
