/*
 * test_engine_fact.c - facts are sound: no assignment of the variables that satisfies what was assumed is ever called impossible.
 *
 * By brute force: random conditions over variables that take a few interesting numbers each; all assignments that satisfy the
 * conditions so far (the models) must agree with everything that the facts say. Assignments for which a sum of numbers that are not
 * negative leaves its type are left out, because fact.c takes that for impossible.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine_expr.h"

#define DOMAIN 6
#define MODELS (DOMAIN * DOMAIN * DOMAIN)

struct models {
    int64_t env[MODELS][LAB_VARS];
    uint32_t count;
};

static int set_up(void **state)
{
    struct lab *lab = calloc(1, sizeof(*lab));

    lab_init(lab, 0x2545f4914f6cdd1du);
    *state = lab;
    return 0;
}

static int tear_down(void **state)
{
    lab_release(*state);
    free(*state);
    return 0;
}

static value_id number(struct lab *lab, enum lab_type type, int64_t n)
{
    return value_constant(&lab->values, lab->types[type], n);
}

static value_id expr(struct lab *lab, enum ir_expr_op op, enum lab_type type, value_id a, value_id b)
{
    return value_expr(&lab->values, op, lab->types[type], a, b);
}

static value_id compare(struct lab *lab, enum ir_expr_op op, enum lab_type type, value_id a, int64_t n)
{
    return expr(lab, op, type, a, number(lab, type, n));
}

static value_id masked(struct lab *lab, enum lab_type type, value_id a, int64_t mask)
{
    return compare(lab, IR_EXPR_AND, type, a, mask);
}

static void use_var(struct lab *lab, enum lab_type type)
{
    for (uint32_t v = 0; v < LAB_VARS; v++) {
        lab->var_types[v] = type;
        lab->vars[v] = value_fresh(&lab->values, lab->types[type]);
    }
}

static void assert_range(const struct lab *lab, const struct pmap *map, value_id value, int64_t wanted_low, int64_t wanted_high)
{
    int64_t low, high;

    facts_range(&lab->facts, map, value, &low, &high);
    assert_int_equal(low, wanted_low);
    assert_int_equal(high, wanted_high);
}

/* ---- what a path knows, by example ---- */

static void types_bound_what_nothing_is_known_of(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;

    use_var(lab, LAB_U8);
    assert_range(lab, map, lab->vars[0], 0, 255);
    use_var(lab, LAB_I8);
    assert_range(lab, map, lab->vars[0], -128, 127);
    use_var(lab, LAB_BOOL);
    assert_range(lab, map, lab->vars[0], 0, 1);
    use_var(lab, LAB_U32);
    assert_range(lab, map, lab->vars[0], 0, UINT32_MAX);
    use_var(lab, LAB_I64);
    assert_range(lab, map, lab->vars[0], INT64_MIN, INT64_MAX);
    assert_int_equal(facts_truth(&lab->facts, map, lab->vars[0]), TRUTH_UNKNOWN);
}

static void a_status_is_success_or_failure(void **state)
{
    struct lab *lab = *state;
    const struct pmap *success = NULL, *failure = NULL;
    value_id is_success;

    use_var(lab, LAB_I32);
    is_success = compare(lab, IR_EXPR_GE, LAB_I32, lab->vars[0], 0);
    assert_true(facts_assume(&lab->facts, &success, is_success, true));
    assert_true(facts_assume(&lab->facts, &failure, is_success, false));
    assert_range(lab, success, lab->vars[0], 0, INT32_MAX);
    assert_range(lab, failure, lab->vars[0], INT32_MIN, -1);
    assert_true(facts_is_nonzero(&lab->facts, failure, lab->vars[0]));
    assert_false(facts_assume(&lab->facts, &success, compare(lab, IR_EXPR_EQ, LAB_I32, lab->vars[0], -5), true));
    assert_false(facts_assume(&lab->facts, &failure, is_success, true));
}

static void what_was_excluded_stays_excluded(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;

    use_var(lab, LAB_I32);
    for (int64_t n = 1; n < 20; n++) /* more than a fact can hold: zero must find room all the same */
        assert_true(facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_EQ, LAB_I32, lab->vars[0], n * 3), false));
    assert_true(facts_assume(&lab->facts, &map, lab->vars[0], true));
    assert_true(facts_is_nonzero(&lab->facts, map, lab->vars[0]));
    assert_false(facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_EQ, LAB_I32, lab->vars[0], 3), true));
}

static void excluded_ends_shrink_the_interval(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;

    use_var(lab, LAB_U8);
    assert_true(facts_assume_not(&lab->facts, &map, lab->vars[0], 0));
    assert_true(facts_assume_not(&lab->facts, &map, lab->vars[0], 1));
    assert_true(facts_assume_not(&lab->facts, &map, lab->vars[0], 255));
    assert_range(lab, map, lab->vars[0], 2, 254);
    assert_true(facts_assume_range(&lab->facts, &map, lab->vars[0], 7, 7));
    assert_false(facts_assume_not(&lab->facts, &map, lab->vars[0], 7));
}

static void flag_bits_are_remembered_one_by_one(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;

    use_var(lab, LAB_U32);
    assert_true(facts_assume(&lab->facts, &map, masked(lab, LAB_U32, lab->vars[0], 4), true));
    assert_true(facts_assume(&lab->facts, &map, masked(lab, LAB_U32, lab->vars[0], 3), false));
    assert_int_equal(facts_truth(&lab->facts, map, masked(lab, LAB_U32, lab->vars[0], 1)), TRUTH_FALSE);
    assert_int_equal(facts_truth(&lab->facts, map, masked(lab, LAB_U32, lab->vars[0], 6)), TRUTH_TRUE);
    assert_int_equal(facts_truth(&lab->facts, map, masked(lab, LAB_U32, lab->vars[0], 8)), TRUTH_UNKNOWN);
    assert_true(facts_is_nonzero(&lab->facts, map, lab->vars[0]));
    assert_false(facts_assume(&lab->facts, &map, masked(lab, LAB_U32, lab->vars[0], 2), true));
}

static void an_equality_carries_over_what_is_known(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;

    use_var(lab, LAB_I32);
    assert_true(facts_assume_range(&lab->facts, &map, lab->vars[0], 3, 9));
    assert_true(facts_assume_range(&lab->facts, &map, lab->vars[1], 8, 20));
    assert_true(facts_assume(&lab->facts, &map, expr(lab, IR_EXPR_EQ, LAB_I32, lab->vars[0], lab->vars[1]), true));
    assert_range(lab, map, lab->vars[0], 8, 9);
    assert_range(lab, map, lab->vars[1], 8, 9);
    assert_false(facts_assume_range(&lab->facts, &map, lab->vars[1], 10, 20));
}

static void a_flag_that_is_set_on_one_side_and_was_tested_on_the_other_stays_known(void **state)
{
    struct lab *lab = *state;
    const struct pmap *tested = NULL, *joined;
    value_id set;

    use_var(lab, LAB_U32);
    set = compare(lab, IR_EXPR_OR, LAB_U32, lab->vars[0], 4);
    assert_true(facts_assume(&lab->facts, &tested, masked(lab, LAB_U32, lab->vars[0], 4), true));
    joined = facts_join(&lab->facts, NULL, lab->vars[1], tested, lab->vars[0], NULL, set);
    assert_int_equal(facts_truth(&lab->facts, joined, masked(lab, LAB_U32, lab->vars[1], 4)), TRUTH_TRUE);
    assert_int_equal(facts_truth(&lab->facts, joined, masked(lab, LAB_U32, lab->vars[1], 8)), TRUTH_UNKNOWN);
}

static void a_flag_that_was_cleared_or_turned_is_known(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;
    value_id cleared, turned;
    struct fact is_set = {.high = UINT32_MAX, .known_bits = 4, .bits = 4};

    use_var(lab, LAB_U32);
    cleared = compare(lab, IR_EXPR_AND, LAB_U32, lab->vars[0], (int64_t)~UINT32_C(4));
    assert_false(facts_apply(&lab->facts, &map, cleared, &is_set));
    map = NULL;
    assert_true(facts_assume(&lab->facts, &map, masked(lab, LAB_U32, lab->vars[0], 4), true));
    turned = compare(lab, IR_EXPR_XOR, LAB_U32, lab->vars[0], 4);
    assert_false(facts_apply(&lab->facts, &map, turned, &is_set));
}

static void facts_with_nothing_between_them_are_nearer(void **state)
{
    struct lab *lab = *state;
    const struct pmap *none = NULL, *two = NULL, *more = NULL, *all = NULL;

    use_var(lab, LAB_U32);
    assert_true(facts_assume_range(&lab->facts, &none, lab->vars[0], 0, 0));
    assert_true(facts_assume_range(&lab->facts, &two, lab->vars[0], 2, 2));
    assert_true(facts_assume_range(&lab->facts, &more, lab->vars[0], 3, 9));
    assert_true(facts_assume_range(&lab->facts, &all, lab->vars[0], 1, 20));
    assert_int_equal(facts_distance(&lab->facts, more, more), 0);
    assert_true(facts_distance(&lab->facts, more, two) < facts_distance(&lab->facts, more, none));
    assert_int_equal(facts_distance(&lab->facts, more, two), facts_distance(&lab->facts, two, more));
    assert_int_equal(facts_distance(&lab->facts, more, two), facts_distance(&lab->facts, all, two));
    assert_int_equal(facts_distance(&lab->facts, two, NULL), 1);
}

/* ---- soundness, by example: each was wrong once ---- */

static void a_narrowing_cast_says_little_of_its_operand(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;
    value_id low_byte;

    use_var(lab, LAB_I32);
    low_byte = expr(lab, IR_EXPR_CAST, LAB_U8, lab->vars[0], 0);
    assert_true(facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_EQ, LAB_U8, low_byte, 1), true));
    assert_range(lab, map, low_byte, 1, 1);
    assert_true(facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_EQ, LAB_I32, lab->vars[0], 0x101), true));
}

static void a_cast_that_cuts_nothing_passes_its_range_on(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL, *known = NULL;
    value_id cast;

    use_var(lab, LAB_I32);
    cast = expr(lab, IR_EXPR_CAST, LAB_U32, lab->vars[0], 0);
    assert_true(facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_LT, LAB_U32, cast, 10), true));
    assert_range(lab, map, lab->vars[0], 0, 9);
    /* known to fit, a narrowing cast cuts nothing either */
    cast = expr(lab, IR_EXPR_CAST, LAB_U8, lab->vars[1], 0);
    assert_true(facts_assume_range(&lab->facts, &known, lab->vars[1], 0, 200));
    assert_true(facts_assume(&lab->facts, &known, compare(lab, IR_EXPR_LT, LAB_U8, cast, 10), true));
    assert_range(lab, known, lab->vars[1], 0, 9);
}

static void a_huge_limit_bounds_nothing(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;

    /* y as a signed number is at most 5, but may be 2^64 - 1: x < y leaves x alone */
    use_var(lab, LAB_U64);
    assert_true(facts_assume_range(&lab->facts, &map, lab->vars[1], INT64_MIN, 5));
    assert_true(facts_assume(&lab->facts, &map, expr(lab, IR_EXPR_LT, LAB_U64, lab->vars[0], lab->vars[1]), true));
    assert_true(facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_EQ, LAB_U64, lab->vars[0], 100), true));
}

static void a_difference_may_wrap(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;
    value_id less, limit;

    /* if (count - 1 == limit) with a limit in [16, 0xffffffff]: a count of 0 gets there too */
    use_var(lab, LAB_U32);
    limit = lab->vars[1];
    less = compare(lab, IR_EXPR_SUB, LAB_U32, lab->vars[0], 1);
    assert_true(facts_assume_range(&lab->facts, &map, limit, 16, UINT32_MAX));
    assert_true(facts_assume(&lab->facts, &map, expr(lab, IR_EXPR_EQ, LAB_U32, less, limit), true));
    assert_true(facts_assume(&lab->facts, &map, lab->vars[0], false));
}

static void a_number_too_large_for_the_sum_is_cut(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;

    /* CHAR c; c += 256 leaves c as it is */
    use_var(lab, LAB_I8);
    assert_true(facts_assume_range(&lab->facts, &map, compare(lab, IR_EXPR_ADD, LAB_I8, lab->vars[0], 256), -5, -5));
    assert_true(facts_assume_range(&lab->facts, &map, lab->vars[0], -5, -5));
}

static void a_difference_that_cannot_wrap_moves_the_range(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map = NULL;
    value_id less;

    use_var(lab, LAB_U32);
    less = compare(lab, IR_EXPR_SUB, LAB_U32, lab->vars[0], 1);
    assert_true(facts_assume_range(&lab->facts, &map, less, 0, 9));
    assert_range(lab, map, lab->vars[0], 1, 10);
}

static void extreme_numbers_do_not_overflow(void **state)
{
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    struct lab *lab = *state;

    for (uint32_t i = 0; i < 2u * 2u * 7u * 7u * 7u; i++) {
        int64_t n = extremes[i % 7], k = extremes[i / 7 % 7], m = extremes[i / 49 % 7];
        enum lab_type type = i / 343 % 2 ? LAB_U64 : LAB_I64;
        bool want = i / 686 % 2;
        const struct pmap *map = NULL;
        value_id sum;

        use_var(lab, type);
        sum = compare(lab, IR_EXPR_ADD, type, lab->vars[0], k);
        if (facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_LT, type, lab->vars[0], n), want) &&
            facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_LT, type, number(lab, type, m), sum), want) &&
            facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_EQ, type, sum, m), !want) &&
            facts_assume(&lab->facts, &map, compare(lab, IR_EXPR_EQ, type, lab->vars[0], n), !want))
            (void)facts_assume(&lab->facts, &map, masked(lab, type, lab->vars[0], m), want);
        map = NULL;
        if (facts_assume_not(&lab->facts, &map, lab->vars[1], n) && facts_assume_not(&lab->facts, &map, lab->vars[1], k))
            assert_int_equal(facts_truth(&lab->facts, map, compare(lab, IR_EXPR_EQ, type, lab->vars[1], n)), TRUTH_FALSE);
        map = NULL;
        assert_int_equal(facts_assume_range(&lab->facts, &map, lab->vars[2], n < k ? n : k, n < k ? k : n), true);
        (void)facts_assume_range(&lab->facts, &map, sum, m, INT64_MAX);
        (void)facts_assume_range(&lab->facts, &map, sum, INT64_MIN, m);
    }
}

/* ---- brute force ---- */

/* All combinations of a few numbers for each variable. */
static void models_fill(struct lab *lab, struct models *self)
{
    int64_t domain[LAB_VARS][DOMAIN];

    for (uint32_t v = 0; v < LAB_VARS; v++)
        for (uint32_t i = 0; i < DOMAIN; i++)
            domain[v][i] = lab_number(lab, lab->var_types[v]);
    self->count = MODELS;
    for (uint32_t m = 0; m < MODELS; m++) {
        self->env[m][0] = domain[0][m % DOMAIN];
        self->env[m][1] = domain[1][m / DOMAIN % DOMAIN];
        self->env[m][2] = domain[2][m / DOMAIN / DOMAIN];
    }
}

/* Keeps the models in which VALUE has the truth that is WANTed; with ALL also the others, but none in which it has no value. */
static void models_filter(const struct lab *lab, struct models *self, value_id value, bool want, bool all)
{
    uint32_t kept = 0;

    for (uint32_t m = 0; m < self->count; m++) {
        struct lab_outcome outcome = {0};
        bool truth = lab_eval(lab, value, self->env[m], &outcome) != 0;

        if (outcome.is_undefined || outcome.has_wrapped || (!all && truth != want))
            continue;
        memmove(self->env[kept++], self->env[m], sizeof(self->env[m]));
    }
    self->count = kept;
}

static bool fact_holds(const struct fact *fact, int64_t n)
{
    for (uint32_t i = 0; i < fact->excluded_count; i++)
        if (fact->excluded[i] == n)
            return false;
    return fact->low <= n && n <= fact->high && (((uint64_t)n ^ fact->bits) & fact->known_bits) == 0;
}

/* Everything that MAP says of VALUE is true in ENV. */
static void check_value(const struct lab *lab, const struct pmap *map, value_id value, const int64_t *env)
{
    struct lab_outcome outcome = {0};
    int64_t n = lab_eval(lab, value, env, &outcome), low, high;
    enum truth truth = facts_truth(&lab->facts, map, value);
    const struct fact *fact = facts_get(&lab->facts, map, value);

    if (outcome.is_undefined || outcome.has_wrapped)
        return;
    facts_range(&lab->facts, map, value, &low, &high);
    assert_true(low <= n && n <= high);
    assert_true(truth == TRUTH_UNKNOWN || (truth == TRUTH_TRUE) == (n != 0));
    assert_true(!fact || fact_holds(fact, n));
    if (value_get(&lab->values, value)->kind == VALUE_EXPR) {
        check_value(lab, map, value_get(&lab->values, value)->a, env);
        if (value_get(&lab->values, value)->b)
            check_value(lab, map, value_get(&lab->values, value)->b, env);
    }
}

/* MAP is true in all models, for all values that it speaks of. */
static void check_map(const struct lab *lab, const struct pmap *map, const struct models *models)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    for (uint32_t v = 0; v < LAB_VARS; v++)
        for (uint32_t m = 0; m < models->count; m++)
            check_value(lab, map, lab->vars[v], models->env[m]);
    pmap_iter_init(&iter, map);
    while ((entry = pmap_iter_next(&iter)))
        for (uint32_t m = 0; m < models->count; m++)
            check_value(lab, map, entry->key, models->env[m]);
}

/* A condition that some models satisfy and others do not is more telling: tries a few. */
static value_id draw_condition(struct lab *lab, const struct models *models)
{
    value_id value = 0;

    for (uint32_t attempt = 0; attempt < 8; attempt++) {
        struct lab_outcome outcome = {0};
        uint32_t first, last;

        value = tree_value(lab, tree_random(lab, LAB_I32, 1 + lab_pick(lab, 3)));
        first = lab_eval(lab, value, models->env[lab_pick(lab, models->count)], &outcome) != 0;
        last = lab_eval(lab, value, models->env[lab_pick(lab, models->count)], &outcome) != 0;
        if (first != last)
            break;
    }
    return value;
}

/* Assumes up to COUNT random conditions, at least one model satisfying them all. */
static const struct pmap *assume_randomly(struct lab *lab, struct models *models, uint32_t count)
{
    const struct pmap *map = NULL;

    for (uint32_t c = 0; c < count && models->count; c++) {
        value_id value = draw_condition(lab, models);
        bool want = lab_pick(lab, 2);
        const struct pmap *next = map;
        bool possible;

        models_filter(lab, models, value, want, true);
        for (uint32_t m = 0; m < models->count; m++)
            check_value(lab, map, value, models->env[m]);
        possible = facts_assume(&lab->facts, &next, value, want);
        models_filter(lab, models, value, want, false);
        assert_true(possible || models->count == 0);
        if (!possible)
            break;
        map = next;
        check_map(lab, map, models);
    }
    return map;
}

static void restart(struct lab *lab, uint64_t seed)
{
    lab_release(lab);
    lab_init(lab, seed);
    lab_draw_vars(lab);
}

static void no_model_is_ever_ruled_out(void **state)
{
    struct lab *lab = *state;
    struct models *models = calloc(1, sizeof(*models));

    for (uint32_t round = 0; round < 1500; round++) {
        restart(lab, 0x51ed27f + round * 104729u);
        models_fill(lab, models);
        assume_randomly(lab, models, 6);
    }
    free(models);
}

static void a_join_holds_on_both_sides(void **state)
{
    struct lab *lab = *state;
    struct models *sides = calloc(2, sizeof(*sides));

    for (uint32_t round = 0; round < 600; round++) {
        const struct pmap *a, *b;

        restart(lab, 0xabcdef1 + round * 7919u);
        models_fill(lab, &sides[0]);
        models_fill(lab, &sides[1]);
        a = assume_randomly(lab, &sides[0], 1 + lab_pick(lab, 4));
        b = assume_randomly(lab, &sides[1], 1 + lab_pick(lab, 4));
        for (uint32_t v = 0; v < LAB_VARS; v++) {
            uint32_t x = v, y = lab_pick(lab, LAB_VARS);
            value_id target = value_fresh(&lab->values, IR_NONE), of_b = lab_pick(lab, 4) ? lab->vars[y] : number(lab, LAB_I64, 5);
            const struct pmap *out = facts_join(&lab->facts, NULL, target, a, lab->vars[x], b, of_b);
            const struct fact *fact = facts_get(&lab->facts, out, target);

            for (uint32_t m = 0; fact && m < sides[0].count; m++)
                assert_true(fact_holds(fact, sides[0].env[m][x]));
            for (uint32_t m = 0; fact && m < sides[1].count; m++)
                assert_true(fact_holds(fact, of_b == lab->vars[y] ? sides[1].env[m][y] : 5));
        }
    }
    free(sides);
}

static void a_fact_that_is_applied_rules_out_only_what_it_says(void **state)
{
    struct lab *lab = *state;
    struct models *sides = calloc(2, sizeof(*sides));

    for (uint32_t round = 0; round < 600; round++) {
        const struct pmap *from, *to;
        const struct fact *fact;
        uint32_t kept = 0;

        restart(lab, 0x77777 + round * 6151u);
        lab->vars[1] = value_fresh(&lab->values, lab->types[lab->var_types[1] = lab->var_types[0]]);
        models_fill(lab, &sides[0]);
        models_fill(lab, &sides[1]);
        from = assume_randomly(lab, &sides[0], 1 + lab_pick(lab, 5));
        to = assume_randomly(lab, &sides[1], lab_pick(lab, 3));
        fact = facts_get(&lab->facts, from, lab->vars[0]);
        for (uint32_t m = 0; fact && m < sides[1].count; m++)
            if (fact_holds(fact, sides[1].env[m][1]))
                memmove(sides[1].env[kept++], sides[1].env[m], sizeof(sides[1].env[m]));
        sides[1].count = kept;
        if (fact && !facts_apply(&lab->facts, &to, lab->vars[1], fact))
            assert_int_equal(kept, 0);
        else if (fact)
            check_map(lab, to, &sides[1]);
    }
    free(sides);
}

static void joining_two_numbers_and_applying_the_result_keeps_the_map_small(void **state)
{
    struct lab *lab = *state;
    const struct pmap *map;
    struct fact fact;

    use_var(lab, LAB_I64);
    map = facts_join(&lab->facts, NULL, lab->vars[0], NULL, number(lab, LAB_I64, 0), NULL, number(lab, LAB_I64, 1));
    fact = *facts_get(&lab->facts, map, lab->vars[0]);
    assert_int_equal(fact.known_bits, ~UINT64_C(1));
    map = NULL;
    assert_true(facts_apply(&lab->facts, &map, lab->vars[1], &fact));
    assert_int_equal(pmap_count(map), 1);
    assert_range(lab, map, lab->vars[1], 0, 1);
    assert_false(facts_assume(&lab->facts, &map, masked(lab, LAB_I64, lab->vars[1], 4), true));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(types_bound_what_nothing_is_known_of),
        TEST(a_status_is_success_or_failure),
        TEST(what_was_excluded_stays_excluded),
        TEST(excluded_ends_shrink_the_interval),
        TEST(flag_bits_are_remembered_one_by_one),
        TEST(an_equality_carries_over_what_is_known),
        TEST(a_flag_that_is_set_on_one_side_and_was_tested_on_the_other_stays_known),
        TEST(a_flag_that_was_cleared_or_turned_is_known),
        TEST(facts_with_nothing_between_them_are_nearer),
        TEST(a_narrowing_cast_says_little_of_its_operand),
        TEST(a_cast_that_cuts_nothing_passes_its_range_on),
        TEST(a_huge_limit_bounds_nothing),
        TEST(a_difference_may_wrap),
        TEST(a_number_too_large_for_the_sum_is_cut),
        TEST(a_difference_that_cannot_wrap_moves_the_range),
        TEST(extreme_numbers_do_not_overflow),
        TEST(no_model_is_ever_ruled_out),
        TEST(a_join_holds_on_both_sides),
        TEST(a_fact_that_is_applied_rules_out_only_what_it_says),
        TEST(joining_two_numbers_and_applying_the_result_keeps_the_map_small),
    };

    return cmocka_run_group_tests_name("engine: facts", tests, NULL, NULL);
}
