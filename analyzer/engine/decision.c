/*
 * decision.c - see decision.h. What is said is derived from the condition's value ("'status' is a failure"), else from its text.
 */
#include "engine/decision.h"

#include <string.h>

static bool is_pointer(const struct analysis *an, const struct value *v)
{
    return v->type != IR_NONE && an->program->types.items[v->type].kind == IR_TYPE_POINTER;
}

/* "x < 0" written by a macro such as a success test: nobody sees the comparison. A flag that holds its result is called by its own name. */
static bool is_sign_test(const struct analysis *an, const struct value *v)
{
    int64_t zero;

    return v->kind == VALUE_EXPR && v->op == IR_EXPR_LT && value_is_int(&an->values, v->b, &zero) && zero == 0;
}

static bool is_hidden_sign_test(const struct analysis *an, const struct value *v, const char *text)
{
    return is_sign_test(an, v) && text && strchr(text, '(') && !strpbrk(text, "<>");
}

/* Does VALUE, being WANT, say that something failed? */
static bool tells_failure(const struct analysis *an, value_id value, bool want)
{
    value = value_unnegated(&an->values, value, &want);
    return want && is_sign_test(an, value_get(&an->values, value));
}

static const char *describe(struct analysis *an, struct state *state, value_id value, const char *text, bool want)
{
    const struct value *v;
    const char *name;

    value = value_unnegated(&an->values, value, &want);
    v = value_get(&an->values, value);
    if (is_hidden_sign_test(an, v, text) && (name = state_describe(an, state, v->a)))
        return ARENA_CONCAT(an->arena, "'", name, "' is a ", want ? "failure" : "success", ": branch taken");
    if (is_pointer(an, v) && (name = state_describe(an, state, value)))
        return ARENA_CONCAT(an->arena, "'", name, "' is ", want ? "not " : "", "NULL: branch taken");
    return NULL;
}

void decision_push_known(struct analysis *an, struct state *state, value_id value, bool want, const char *text)
{
    const char *words = describe(an, state, value, text, want);

    if (tells_failure(an, value, want) || (words && strstr(words, "' is NULL")))
        decision_push(an, state, value, text, want);
}

/* The pointer of the caller's that turns out not to be NULL when VALUE is WANT; 0 when it is about something else. */
static value_id tested_pointer(const struct analysis *an, value_id value, bool want)
{
    const struct value *v;

    value = value_unnegated(&an->values, value, &want);
    v = value_get(&an->values, value);
    return want && v->kind == VALUE_ENTRY && is_pointer(an, v) ? value : 0;
}

void decision_push(struct analysis *an, struct state *state, value_id value, const char *text, bool want)
{
    struct step step = {.kind = STEP_DECISION, .loc = an->loc, .function = an->function_id,
                        .object = tested_pointer(an, value, want)};

    step.text = describe(an, state, value, text, want);
    if (!step.text && text)
        step.text = ARENA_CONCAT(an->arena, "'", text, "' is ", want ? "true" : "false", ": branch taken");
    if (step.text)
        state->trace = trace_push(an->arena, state->trace, &step);
}
