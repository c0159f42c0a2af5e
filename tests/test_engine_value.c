/*
 * test_engine_value.c - symbolic values: hash-consing, each identity of simplify.c by name, and all of them by brute force.
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

static int set_up(void **state)
{
    struct lab *lab = calloc(1, sizeof(*lab));

    lab_init(lab, 0x9e3779b97f4a7c15u);
    *state = lab;
    return 0;
}

static int tear_down(void **state)
{
    lab_release(*state);
    free(*state);
    return 0;
}

static value_id fresh(struct lab *lab, enum lab_type type)
{
    return value_fresh(&lab->values, lab->types[type]);
}

static value_id number(struct lab *lab, enum lab_type type, int64_t n)
{
    return value_constant(&lab->values, lab->types[type], n);
}

static value_id expr(struct lab *lab, enum ir_expr_op op, enum lab_type type, value_id a, value_id b)
{
    return value_expr(&lab->values, op, lab->types[type], a, b);
}

static value_id cast(struct lab *lab, enum lab_type type, value_id a)
{
    return expr(lab, IR_EXPR_CAST, type, a, 0);
}

static void assert_number(const struct lab *lab, value_id value, int64_t wanted)
{
    int64_t n;

    assert_true(value_is_int(&lab->values, value, &n));
    assert_int_equal(n, wanted);
}

/* ---- identity ---- */

static void equal_structures_have_equal_ids(void **state)
{
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_I32), y = fresh(lab, LAB_I32);

    assert_int_not_equal(x, y);
    assert_int_equal(expr(lab, IR_EXPR_MUL, LAB_I32, x, y), expr(lab, IR_EXPR_MUL, LAB_I32, x, y));
    assert_int_not_equal(expr(lab, IR_EXPR_MUL, LAB_I32, x, y), expr(lab, IR_EXPR_MUL, LAB_I64, x, y));
    assert_int_not_equal(expr(lab, IR_EXPR_MUL, LAB_I32, x, y), expr(lab, IR_EXPR_XOR, LAB_I32, x, y));
    assert_int_equal(number(lab, LAB_U8, 7), number(lab, LAB_I64, 7));
    assert_int_equal(value_named(&lab->values, IR_NONE, -5), value_named(&lab->values, IR_NONE, -5));
    assert_int_equal(value_func(&lab->values, 3), value_func(&lab->values, 3));
    assert_int_equal(value_string(&lab->values, "a"), value_string(&lab->values, "a"));
    assert_int_not_equal(value_string(&lab->values, "a"), value_string(&lab->values, "b"));
}

static void identity_survives_growth_of_the_table(void **state)
{
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_I32), ids[5000];

    for (uint32_t i = 0; i < 5000; i++)
        ids[i] = expr(lab, IR_EXPR_MUL, LAB_I32, x, number(lab, LAB_I32, i + 2));
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(expr(lab, IR_EXPR_MUL, LAB_I32, x, number(lab, LAB_I32, i + 2)), ids[i]);
}

static void comparisons_have_one_form(void **state)
{
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_I32), y = fresh(lab, LAB_I32), five = number(lab, LAB_I32, 5);
    value_id less = expr(lab, IR_EXPR_LT, LAB_I32, x, y);

    assert_int_equal(expr(lab, IR_EXPR_GT, LAB_I32, y, x), less);
    assert_int_equal(value_not(&lab->values, expr(lab, IR_EXPR_GE, LAB_I32, x, y)), less);
    assert_int_equal(value_not(&lab->values, expr(lab, IR_EXPR_LE, LAB_I32, y, x)), less);
    assert_int_equal(expr(lab, IR_EXPR_EQ, LAB_I32, x, y), expr(lab, IR_EXPR_EQ, LAB_I32, y, x));
    assert_int_equal(expr(lab, IR_EXPR_EQ, LAB_I32, five, x), expr(lab, IR_EXPR_EQ, LAB_I32, x, five));
    assert_int_equal(expr(lab, IR_EXPR_NE, LAB_I32, x, y), value_not(&lab->values, expr(lab, IR_EXPR_EQ, LAB_I32, x, y)));
    assert_int_equal(expr(lab, IR_EXPR_EQ, LAB_I32, x, number(lab, LAB_I32, 0)), value_not(&lab->values, x));
    assert_int_equal(expr(lab, IR_EXPR_GT, LAB_U32, x, number(lab, LAB_U32, 0)),
                     expr(lab, IR_EXPR_NE, LAB_U32, x, number(lab, LAB_U32, 0)));
    assert_number(lab, expr(lab, IR_EXPR_LT, LAB_I32, x, x), 0);
    assert_number(lab, expr(lab, IR_EXPR_GE, LAB_U32, x, number(lab, LAB_U32, 0)), 1);
}

static void a_tested_condition_stays_itself(void **state)
{
    struct lab *lab = *state;
    value_id less = expr(lab, IR_EXPR_LT, LAB_I32, fresh(lab, LAB_I32), fresh(lab, LAB_I32));

    assert_int_equal(expr(lab, IR_EXPR_NE, LAB_I32, less, number(lab, LAB_I32, 0)), less);
    assert_int_equal(expr(lab, IR_EXPR_EQ, LAB_I32, less, number(lab, LAB_I32, 1)), less);
    assert_int_equal(cast(lab, LAB_BOOL, less), less);
    assert_int_equal(cast(lab, LAB_U8, less), less);
    assert_int_equal(value_not(&lab->values, value_not(&lab->values, less)), less);
}

/* ---- arithmetic ---- */

static void offsets_add_up(void **state)
{
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_U32);
    value_id plus = expr(lab, IR_EXPR_ADD, LAB_U32, expr(lab, IR_EXPR_ADD, LAB_U32, x, number(lab, LAB_U32, 8)), number(lab, LAB_U32, 4));

    assert_int_equal(plus, expr(lab, IR_EXPR_ADD, LAB_U32, x, number(lab, LAB_U32, 12)));
    assert_int_equal(expr(lab, IR_EXPR_SUB, LAB_U32, plus, number(lab, LAB_U32, 12)), x);
    assert_number(lab, expr(lab, IR_EXPR_SUB, LAB_U32, plus, plus), 0);
    assert_int_equal(expr(lab, IR_EXPR_EQ, LAB_U32, plus, number(lab, LAB_U32, 20)),
                     expr(lab, IR_EXPR_EQ, LAB_U32, x, number(lab, LAB_U32, 8)));
}

static void a_difference_wraps_in_its_own_type(void **state)
{
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_U32), less = expr(lab, IR_EXPR_SUB, LAB_U32, x, number(lab, LAB_U32, 1));

    /* x - 1 == 0xffffffff holds for 0 */
    assert_int_equal(expr(lab, IR_EXPR_EQ, LAB_U32, less, number(lab, LAB_U32, UINT32_MAX)),
                     expr(lab, IR_EXPR_EQ, LAB_U32, x, number(lab, LAB_U32, 0)));
}

static void a_wide_operand_is_cut_by_a_narrow_sum(void **state)
{
    struct lab *lab = *state;
    value_id word = fresh(lab, LAB_U32), byte = number(lab, LAB_U8, 5), narrow = expr(lab, IR_EXPR_ADD, LAB_U8, byte, word);

    /* UCHAR n = 5; n += word; n == 7 holds for a word of 0x102 as well */
    assert_int_not_equal(expr(lab, IR_EXPR_EQ, LAB_I32, narrow, number(lab, LAB_I32, 7)),
                         expr(lab, IR_EXPR_EQ, LAB_I32, word, number(lab, LAB_I32, 2)));
    assert_int_equal(expr(lab, IR_EXPR_ADD, LAB_U8, number(lab, LAB_U8, 0), word), cast(lab, LAB_U8, word));
    /* and no byte is 300 */
    narrow = expr(lab, IR_EXPR_ADD, LAB_U8, fresh(lab, LAB_U8), byte);
    assert_number(lab, expr(lab, IR_EXPR_EQ, LAB_I32, narrow, number(lab, LAB_I32, 300)), 0);
}

static void constants_of_a_narrow_sum_do_not_meet_those_of_a_wide_one(void **state)
{
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_U8);
    value_id narrow = expr(lab, IR_EXPR_ADD, LAB_U8, x, number(lab, LAB_I32, 200));

    /* 100 as a byte plus 200 is 44 */
    assert_int_not_equal(expr(lab, IR_EXPR_ADD, LAB_I32, narrow, number(lab, LAB_I32, 100)),
                         expr(lab, IR_EXPR_ADD, LAB_I32, x, number(lab, LAB_I32, 300)));
}

static void flag_words_fold(void **state)
{
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_U32), set = expr(lab, IR_EXPR_OR, LAB_U32, x, number(lab, LAB_U32, 0x20));

    assert_number(lab, expr(lab, IR_EXPR_AND, LAB_U32, set, number(lab, LAB_U32, 0x20)), 0x20);
    assert_int_equal(expr(lab, IR_EXPR_AND, LAB_U32, set, number(lab, LAB_U32, 0x10)),
                     expr(lab, IR_EXPR_AND, LAB_U32, x, number(lab, LAB_U32, 0x10)));
    assert_number(lab, expr(lab, IR_EXPR_AND, LAB_U32, expr(lab, IR_EXPR_AND, LAB_U32, x, number(lab, LAB_U32, 6)),
                            number(lab, LAB_U32, 8)), 0);
    assert_int_equal(expr(lab, IR_EXPR_OR, LAB_U32, set, number(lab, LAB_U32, 1)),
                     expr(lab, IR_EXPR_OR, LAB_U32, x, number(lab, LAB_U32, 0x21)));
    assert_number(lab, expr(lab, IR_EXPR_AND, LAB_U32, x, number(lab, LAB_U32, 0)), 0);
    assert_int_equal(expr(lab, IR_EXPR_OR, LAB_U32, x, number(lab, LAB_U32, 0)), x);
}

/* A status read as unsigned and compared with the unsigned spelling of its constant. */
static void equality_looks_through_a_change_of_sign(void **state)
{
    struct lab *lab = *state;
    value_id status = fresh(lab, LAB_I32), code = cast(lab, LAB_U32, status);

    assert_int_equal(expr(lab, IR_EXPR_EQ, LAB_U32, code, number(lab, LAB_U32, 0xc0000005)),
                     expr(lab, IR_EXPR_EQ, LAB_I32, status, number(lab, LAB_I32, -1073741819)));
    assert_int_not_equal(expr(lab, IR_EXPR_EQ, LAB_U8, cast(lab, LAB_U8, status), number(lab, LAB_U8, 5)),
                         expr(lab, IR_EXPR_EQ, LAB_I32, status, number(lab, LAB_I32, 5)));
}

static void casts_are_dropped_only_when_they_keep_the_value(void **state)
{
    struct lab *lab = *state;
    value_id byte = fresh(lab, LAB_U8), word = fresh(lab, LAB_I32), count = fresh(lab, LAB_U32);

    assert_int_equal(cast(lab, LAB_I32, byte), byte);
    assert_int_equal(cast(lab, LAB_I32, cast(lab, LAB_U32, word)), word);
    assert_int_not_equal(cast(lab, LAB_U8, word), word);
    assert_int_not_equal(cast(lab, LAB_I32, cast(lab, LAB_U8, word)), word);
    assert_int_not_equal(cast(lab, LAB_I32, count), count);
    assert_int_not_equal(cast(lab, LAB_U64, word), word);
    assert_number(lab, cast(lab, LAB_U8, number(lab, LAB_I32, 0x1ff)), 0xff);
    assert_number(lab, cast(lab, LAB_I8, number(lab, LAB_I32, 0xff)), -1);
    assert_number(lab, cast(lab, LAB_BOOL, number(lab, LAB_I32, 0x100)), 1);
}

static void extreme_constants_fold_without_overflow(void **state)
{
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_I64);

    for (uint32_t i = 0; i < 7 * 7; i++) {
        int64_t k = extremes[i / 7], m = extremes[i % 7];
        int64_t sum = (int64_t)((uint64_t)k + (uint64_t)m), difference = (int64_t)((uint64_t)m - (uint64_t)k);
        value_id plus = expr(lab, IR_EXPR_ADD, LAB_I64, x, number(lab, LAB_I64, k));

        assert_int_equal(expr(lab, IR_EXPR_ADD, LAB_I64, plus, number(lab, LAB_I64, m)),
                         expr(lab, IR_EXPR_ADD, LAB_I64, x, number(lab, LAB_I64, sum)));
        assert_int_equal(expr(lab, IR_EXPR_EQ, LAB_I64, plus, number(lab, LAB_I64, m)),
                         expr(lab, IR_EXPR_EQ, LAB_I64, x, number(lab, LAB_I64, difference)));
        assert_number(lab, expr(lab, IR_EXPR_SUB, LAB_I64, number(lab, LAB_I64, m), number(lab, LAB_I64, k)), difference);
    }
    assert_number(lab, expr(lab, IR_EXPR_NEG, LAB_I64, number(lab, LAB_I64, INT64_MIN), 0), INT64_MIN);
}

/* ---- addresses ---- */

static void addresses_differ_where_c_says_so(void **state)
{
    struct lab *lab = *state;
    struct values *values = &lab->values;
    value_id a = value_addr(values, region_local(values, 1, IR_NONE)), b = value_addr(values, region_local(values, 2, IR_NONE));
    value_id global = value_addr(values, region_global(values, 1, IR_NONE));
    value_id entry = value_entry(values, region_local(values, 3, IR_NONE)), made = value_fresh(values, IR_NONE);

    assert_number(lab, expr(lab, IR_EXPR_EQ, LAB_I64, a, b), 0);
    assert_number(lab, expr(lab, IR_EXPR_EQ, LAB_I64, a, a), 1);
    assert_number(lab, expr(lab, IR_EXPR_NE, LAB_I64, global, number(lab, LAB_I64, 0)), 1);
    assert_number(lab, value_not(values, value_func(values, 4)), 0);
    assert_int_equal(value_get(values, expr(lab, IR_EXPR_EQ, LAB_I64, made, entry))->kind, VALUE_EXPR);
    value_mark_new(values, made); /* what was made here is no pointer that came from outside */
    assert_number(lab, expr(lab, IR_EXPR_EQ, LAB_I64, made, entry), 0);
    assert_number(lab, expr(lab, IR_EXPR_EQ, LAB_I64, global, made), 0);
    assert_int_equal(value_get(values, expr(lab, IR_EXPR_EQ, LAB_I64, made, number(lab, LAB_I64, 0)))->kind, VALUE_EXPR);
}

static ir_id two_member_record(struct lab *lab)
{
    bool is_new;
    ir_id record = ir_module_record(&lab->module, "a.h#CTX", "CTX", &is_new);
    struct ir_field first = {"First", lab->types[LAB_U64], 0, 0}, second = {"Second", lab->types[LAB_U32], 64, 0};

    VEC_PUSH_IN(&lab->arena, &lab->module.records.items[record].fields, first);
    VEC_PUSH_IN(&lab->arena, &lab->module.records.items[record].fields, second);
    return record;
}

static void container_of_leads_back_to_the_record(void **state)
{
    struct lab *lab = *state;
    struct values *values = &lab->values;
    ir_id record = two_member_record(lab);
    value_id pointer = value_entry(values, region_local(values, 0, IR_NONE));
    region_id target = region_target(values, pointer, IR_NONE);
    value_id member = value_addr(values, region_field(values, target, record, 1, lab->types[LAB_U32]));

    assert_int_equal(expr(lab, IR_EXPR_SUB, LAB_I64, member, number(lab, LAB_I64, 8)), pointer);
    assert_int_not_equal(expr(lab, IR_EXPR_SUB, LAB_I64, member, number(lab, LAB_I64, 4)), pointer);
    assert_int_not_equal(expr(lab, IR_EXPR_SUB, LAB_I64, member, number(lab, LAB_I64, INT64_MAX)), pointer);
    assert_int_not_equal(expr(lab, IR_EXPR_ADD, LAB_I64, member, number(lab, LAB_I64, INT64_MIN)), pointer);
}

static void regions_are_places(void **state)
{
    struct lab *lab = *state;
    struct values *values = &lab->values;
    ir_id record = two_member_record(lab);
    region_id local = region_local(values, 0, IR_NONE), other = region_local(values, 1, IR_NONE);
    value_id pointer = value_entry(values, local), one = number(lab, LAB_I64, 1);
    region_id target = region_target(values, pointer, IR_NONE), field = region_field(values, target, record, 0, IR_NONE);
    region_id second = region_index(values, target, one, IR_NONE);

    assert_int_equal(region_target(values, value_addr(values, local), IR_NONE), local);
    assert_int_equal(value_addr(values, target), pointer);
    assert_int_equal(region_index(values, target, number(lab, LAB_I64, 0), IR_NONE), target);
    assert_int_equal(region_target(values, expr(lab, IR_EXPR_ADD, LAB_I64, pointer, one), IR_NONE), second);
    assert_int_equal(region_index(values, second, one, IR_NONE), region_index(values, target, number(lab, LAB_I64, 2), IR_NONE));
    assert_int_equal(region_root(values, field), target);
    assert_true(region_is_within(values, field, target));
    assert_false(region_is_within(values, target, field));
    assert_false(region_is_within(values, field, other));
}

static void nothing_is_where_a_null_pointer_leads(void **state)
{
    struct lab *lab = *state;
    struct values *values = &lab->values;
    ir_id record = two_member_record(lab);
    region_id nowhere = region_field(values, region_target(values, number(lab, LAB_I64, 0), IR_NONE), record, 0, IR_NONE);
    value_id pointer = value_entry(values, region_local(values, 0, IR_NONE)), read = value_entry(values, nowhere);
    region_id somewhere = region_field(values, region_target(values, pointer, IR_NONE), record, 0, IR_NONE);

    assert_true(value_is_nowhere(values, read));
    assert_true(value_is_nowhere(values, value_entry(values, region_target(values, read, IR_NONE))));
    assert_false(value_is_nowhere(values, pointer));
    assert_false(value_is_nowhere(values, value_entry(values, somewhere)));
    assert_false(value_is_nowhere(values, number(lab, LAB_I64, 0)));
}

static void mentions_looks_into_operands_and_addresses(void **state)
{
    struct lab *lab = *state;
    struct values *values = &lab->values;
    value_id x = value_entry(values, region_local(values, 0, IR_NONE)), y = fresh(lab, LAB_I64), z = fresh(lab, LAB_I64);
    value_id product = expr(lab, IR_EXPR_MUL, LAB_I64, expr(lab, IR_EXPR_XOR, LAB_I64, x, y), y);
    region_id field = region_field(values, region_target(values, x, IR_NONE), two_member_record(lab), 1, IR_NONE);

    assert_true(value_mentions(values, product, x));
    assert_true(value_mentions(values, product, y));
    assert_false(value_mentions(values, product, z));
    assert_true(value_mentions(values, value_addr(values, field), x));
    assert_false(value_mentions(values, value_addr(values, field), y));
}

static void expressions_that_double_stay_walkable(void **state)
{
    struct lab *lab = *state;
    value_id x = fresh(lab, LAB_U32), z = fresh(lab, LAB_U32), shift = number(lab, LAB_I32, 5);

    for (uint32_t i = 0; i < 200; i++) { /* hash ^= hash << 5, 200 times: written out, 2^200 operands */
        x = expr(lab, IR_EXPR_XOR, LAB_U32, x, expr(lab, IR_EXPR_SHL, LAB_U32, x, shift));
        assert_false(value_mentions(&lab->values, x, z));
    }
}

/* ---- brute force ---- */

static void print_tree(const struct tree *tree)
{
    static const char *const types[] = {"bool", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"};
    static const char *const ops[] = {
#define X(id, text) #text,
        IR_EXPR_OPS(X)
#undef X
    };

    if (tree->kind == TREE_VAR) {
        printf("v%u:%s", tree->var, types[tree->type]);
    } else if (tree->kind == TREE_NUMBER) {
        printf("%lld", (long long)tree->number);
    } else {
        printf("(%s.%s ", ops[tree->op], types[tree->type]);
        print_tree(tree->a);
        printf(" ");
        if (tree->b)
            print_tree(tree->b);
        printf(")");
    }
}

static void check_one(struct lab *lab, const struct tree *tree, value_id value)
{
    int64_t env[LAB_VARS], before, after;
    struct lab_outcome outcome = {0}, simplified = {0};

    for (uint32_t v = 0; v < LAB_VARS; v++)
        env[v] = lab_pick(lab, 4) ? lab_number(lab, lab->var_types[v]) : lab_convert(lab->var_types[v], (int64_t)lab_random(lab));
    before = tree_eval(tree, env, &outcome);
    if (outcome.is_undefined)
        return;
    after = lab_eval(lab, value, env, &simplified);
    if (simplified.is_undefined || before != after) {
        print_tree(tree);
        printf("\nwith %lld %lld %lld: %lld, simplified %lld%s\n", (long long)env[0], (long long)env[1], (long long)env[2],
               (long long)before, (long long)after, simplified.is_undefined ? " (undefined)" : "");
        fail();
    }
}

static void simplifying_keeps_the_value_for_every_input(void **state)
{
    struct lab *lab = *state;

    for (uint32_t round = 0; round < 300; round++) {
        lab_release(lab);
        lab_init(lab, 0x1234567 + round * 7919);
        lab_draw_vars(lab);
        for (uint32_t i = 0; i < 300; i++) {
            const struct tree *tree = tree_random(lab, (enum lab_type)lab_pick(lab, LAB_TYPES), 1 + lab_pick(lab, 4));
            value_id value = tree_value(lab, tree);

            assert_int_equal(tree_value(lab, tree), value);
            for (uint32_t e = 0; e < 30; e++)
                check_one(lab, tree, value);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(equal_structures_have_equal_ids),
        TEST(identity_survives_growth_of_the_table),
        TEST(comparisons_have_one_form),
        TEST(a_tested_condition_stays_itself),
        TEST(offsets_add_up),
        TEST(a_difference_wraps_in_its_own_type),
        TEST(a_wide_operand_is_cut_by_a_narrow_sum),
        TEST(constants_of_a_narrow_sum_do_not_meet_those_of_a_wide_one),
        TEST(flag_words_fold),
        TEST(equality_looks_through_a_change_of_sign),
        TEST(casts_are_dropped_only_when_they_keep_the_value),
        TEST(extreme_constants_fold_without_overflow),
        TEST(addresses_differ_where_c_says_so),
        TEST(container_of_leads_back_to_the_record),
        TEST(regions_are_places),
        TEST(nothing_is_where_a_null_pointer_leads),
        TEST(mentions_looks_into_operands_and_addresses),
        TEST(expressions_that_double_stay_walkable),
        TEST(simplifying_keeps_the_value_for_every_input),
    };

    return cmocka_run_group_tests_name("engine: values", tests, NULL, NULL);
}
