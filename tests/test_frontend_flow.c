/*
 * test_frontend_flow.c - lowering of control flow and of structured exceptions: source strings in, printed IR out, as in test_frontend.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frontend_fixture.h"

/* ---- control flow ---- */

static void for_loops_may_lack_any_part(void **state)
{
    static const char *const loops[] = {
        "for (i = 0; i < 3; i++) g();",
        "for (; i < 3; i++) g();",
        "for (i = 0; ; i++) { if (i == 3) break; g(); }",
        "for (i = 0; i < 3; ) { g(); i++; }",
        "for (; i < 3; ) { g(); i++; }",
        "for (;;) { if (i == 3) break; g(); i++; }",
        "for (i = 0; ; ) { if (i == 3) break; g(); i++; }",
        "for (; ; i++) { if (i == 3) break; g(); }",
    };
    for (size_t i = 0; i < sizeof(loops) / sizeof(*loops); i++) {
        struct fixture *f = *state;
        char text[256];
        snprintf(text, sizeof(text), "void g(void); void f(int i) { %s }\n", loops[i]);
        lower(f, text);
        const struct ir_function *fn = find_function(f, "f");
        bool has_init = body_has(f, "f", "i = 0");
        assert_int_equal(has_init, strstr(loops[i], "i = 0") != NULL);
        assert_true(body_has(f, "f", "i = i + 1"));
        assert_true(body_has(f, "f", "call g()"));
        assert_int_equal(count_branches(fn), 1);
        assert_int_equal(count_loop_heads(fn), 1);
    }
}

static void for_parts_are_found_inside_macros(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct s { struct s *n; int a; };\n"
             "#define EACH(p, h) for (p = h; p; p = p->n)\n#define EVER for (;;)\n"
             "int f(struct s *h, int i) { struct s *p; EACH(p, h) i += p->a; EVER { if (i) return i; i++; } }\n");
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
    assert_int_equal(count_branches(find_function(f, "f")), 2);
    assert_true(body_has(f, "f", "p = p->n"));
}

static void switch_falls_through_and_knows_ranges(void **state)
{
    struct fixture *f = *state;
    lower(f, "int f(int n) { int i = 0; switch (n) { case 1: i = 1; case 2 ... 5: i = 2; break; default: i = 3; case "
             "9: ; }\n"
             "  switch (n) { case 7: return 7; } return i; }\n");
    expect_body(f, "f",
                "b0:\n  i = 0\n  switch n {1: b2, 2..5: b3, 9: b5, else: b4}   \"n\"\n"
                "b1:\n  switch n {7: b7, else: b6}   \"n\"\n"
                "b2:\n  i = 1\n  goto b3\n"
                "b3:\n  i = 2\n  goto b1\n"
                "b4:\n  i = 3\n  goto b5\n"
                "b5:\n  goto b1\n"
                "b6:\n  return i\n"
                "b7:\n  return 7\n");
}

static void conditions_are_quoted_as_written(void **state)
{
    struct fixture *f = *state;
    lower(f, "typedef int NTSTATUS;\n"
             "#define NT_SUCCESS(Status) (((NTSTATUS)(Status)) >= 0)\n"
             "#define MAPPED(m) (((m)->Flags & 5) ? (m)->Va : map(m))\n"
             "struct mdl { int Flags; void *Va; }; void *map(struct mdl *);\n"
             "void *f(NTSTATUS status, struct mdl *m) { if (!NT_SUCCESS(status) ||\n"
             "      m->Flags   ==\n      3) return 0; return MAPPED(m); }\n");
    assert_true(body_has(f, "f", "\"NT_SUCCESS(status)\""));
    assert_true(body_has(f, "f", "\"m->Flags == 3\""));
    assert_true(body_has(f, "f", "\"(m)->Flags & 5\""));
}

static void locations_name_the_macro_and_its_text(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int);\n#define CALL(x) g(x)\n#define TWICE(x) CALL(x)\nvoid f(int a) {\n    TWICE(a + 1);\n}\n");
    const struct ir_function *fn = find_function(f, "f");
    const struct ir_instr *call = &fn->blocks.items[0].instrs.items[1];
    assert_int_equal(call->kind, IR_CALL);
    const struct ir_loc *loc = &f->module.locs.items[call->loc];
    assert_int_equal(loc->at.line, 5);
    assert_int_equal(loc->at.column, 5);
    assert_int_equal(loc->at.end_column, 17);
    assert_string_equal(loc->macro, "TWICE");
    assert_int_equal(loc->spelling.line, 2);
    /* The argument is written where it is. */
    const struct ir_loc *sum = &f->module.locs.items[fn->blocks.items[0].instrs.items[0].loc];
    assert_int_equal(sum->at.column, 11);
    assert_null(sum->macro);
}

static void assert_macro_use(const struct fixture *f, const struct ir_function *fn, uint32_t n, const char *name, uint32_t column)
{
    assert_true(n < fn->macro_uses.count);
    assert_string_equal(fn->macro_uses.items[n].name, name);
    assert_int_equal(f->module.locs.items[fn->macro_uses.items[n].loc].at.column, column);
}

/* Inside other macros and their arguments, over several lines, once in spite of two copies; constants and arguments leave no trace. */
static void functions_know_their_macros(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct m { int n, *v; }; void g(int);\n"
             "#define COUNT(m) \\\n ((m)->n)\n#  define ARRAY(m) ((m)->v)\n#define TWICE(m) (2 * COUNT(m))\n"
             "#define FOUR 4\n#define FIRST(m) m->n\n#define SET(m, x) ((m)->n = (x))\n"
             "int f(struct m *m) { if (COUNT(m) && FIRST(m) > FOUR)\n  return TWICE(m) + ARRAY(m)[COUNT(m)];\n"
             "__try { if (m->n) return 3; }\n__finally { SET(m, COUNT(m)); } return 0; }\n");
    const struct ir_function *fn = find_function(f, "f");
    assert_int_equal(fn->macro_uses.count, 7);
    assert_macro_use(f, fn, 0, "COUNT", 26);
    assert_macro_use(f, fn, 1, "TWICE", 10);
    assert_macro_use(f, fn, 2, "COUNT", 10);
    assert_macro_use(f, fn, 3, "ARRAY", 21);
    assert_macro_use(f, fn, 4, "COUNT", 30);
    assert_macro_use(f, fn, 5, "SET", 13);
    assert_macro_use(f, fn, 6, "COUNT", 20);
}

static void goto_backwards_heads_a_loop_and_leaves_scopes(void **state)
{
    struct fixture *f = *state;
    lower(f, "int g(int); void f(void) { again: { int x = g(1); if (x) goto again; goto done; } done: ; }\n");
    expect_body(f, "f",
                "b0:\n  goto b1\n"
                "b1: loop\n  x = call g(1)\n  branch x ? b2 : b3   \"x\"\n"
                "b2:\n  scope_end x\n  goto b1\n"
                "b3:\n  scope_end x\n  goto b4\n"
                "b4:\n  return\n");
}

static void calls_that_do_not_return_end_the_path(void **state)
{
    struct fixture *f = *state;
    lower(f, "__declspec(noreturn) void die(void); int f(int a) { if (a) die(); return 1; }\n"
             "int g(int a) { __builtin_assume(a > 3); return a; }\n");
    expect_body(f, "f",
                "b0:\n  branch a ? b1 : b2   \"a\"\n"
                "b1:\n  call die()\n  unreachable\n"
                "b2:\n  return 1\n");
    assert_true(body_has(f, "g", "unreachable"));
}

static void computed_goto_is_an_unknown(void **state)
{
    struct fixture *f = *state;
    lower(f, "void f(int a) { void *p = &&l; goto *p; l: ; }\n");
    assert_int_equal(f->module.units.items[0].unknown_count, 1);
    assert_true(body_has(f, "f", "unknown IndirectGotoStmt(p)"));
}

/* ---- structured exceptions ---- */

static void except_filters_decide(void **state)
{
    struct fixture *f = *state;
    lower(f, "int g(int); unsigned long f(void) { __try { g(1); } __except (g(2)) { return GetExceptionCode(); } "
             "return 0; }\n");
    expect_body(f, "f",
                "b0:\n  goto b4\n"
                "b1:\n  %0 = call _exception_code()\n  %1 = call g(2)\n  %2 = %1 > 0\n"
                "  branch %2 ? b2 : b5   \"g(2)\"\n"
                "b2:\n  return %0\n"
                "b3:\n  return 0\n"
                "b4: handler b1\n  call g(1)\n  goto b3\n"
                "b5:\n  %3 = %1 < 0\n  branch %3 ? b7 : b6\n"
                "b6:\n  resume\n"
                "b7:\n  unreachable\n");
}

static void constant_filters_leave_one_way(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); void f(void) { __try { g(1); } __except (1) { g(2); } }\n");
    assert_int_equal(count_text(f, "f", "resume"), 0);
    assert_int_equal(count_text(f, "f", "call g(2)"), 1);
    lower(f, "void g(int); void f(void) { __try { g(1); } __except (0) { g(2); } }\n");
    assert_int_equal(count_text(f, "f", "resume"), 1);
    assert_int_equal(count_text(f, "f", "call g(2)"), 0);
    lower(f, "void g(int); void f(void) { __try { g(1); } __except (-1) { g(2); } }\n");
    assert_int_equal(count_text(f, "f", "unreachable"), 1);
    assert_int_equal(count_text(f, "f", "resume"), 0);
    assert_int_equal(count_text(f, "f", "call g(2)"), 0);
}

static void comma_in_a_filter_runs_before_the_handler(void **state)
{
    struct fixture *f = *state;
    lower(f, "int g(int); int f(void) { int s = 0; __try { g(1); } __except (s = GetExceptionCode(), 1) { g(2); } "
             "return s; }\n");
    const struct ir_function *fn = find_function(f, "f");
    const struct ir_block *guarded = block_with(f, fn, "call g(1)");
    assert_non_null(guarded);
    const struct ir_block *filter = &fn->blocks.items[guarded->handler];
    assert_int_equal(filter->instrs.items[0].kind, IR_CALL);
    assert_int_equal(filter->instrs.items[1].kind, IR_ASSIGN);
    assert_int_equal(count_text(f, "f", "resume"), 0);
}

/* Filter and handler speak of one exception; a handler inside has its own. */
static void exception_code_is_taken_once(void **state)
{
    struct fixture *f = *state;
    lower(f, "int g(int); int f(void) { __try { g(1); } __except (GetExceptionCode() == 5) { int a = GetExceptionCode();\n"
             "  __try { g(2); } __except (1) { g(GetExceptionCode()); } return a + GetExceptionCode(); } return 0; }\n");
    assert_int_equal(count_text(f, "f", "call _exception_code()"), 2);
    lower(f, "int g(int); int f(void) { __try { g(1); } __except (1) { g(2); } return 0; }\n");
    assert_int_equal(count_text(f, "f", "call _exception_code()"), 0);
}

static void finally_is_copied_for_each_way_out(void **state)
{
    struct fixture *f = *state;
    lower(f, "int g(int); int f(int a) { __try { if (a == 1) return g(1); if (a == 2) __leave; g(2); }\n"
             "  __finally { g(AbnormalTermination()); } return 5; }\n");
    const struct ir_function *fn = find_function(f, "f");
    assert_int_equal(count_text(f, "f", "call g(1)\n"), 3); /* the call in the try body and two abnormal copies */
    assert_int_equal(count_text(f, "f", "call g(0)\n"), 1);
    assert_int_equal(count_text(f, "f", "resume\n"), 1);
    /* The value returned is taken before the finally body runs, and that body raises out of the function. */
    for (uint32_t i = 0; i < fn->blocks.count; i++)
        if (fn->blocks.items[i].term.kind == IR_RESUME)
            assert_int_equal(fn->blocks.items[i].handler, IR_NONE);
}

static void breaks_out_of_try_run_finally_first(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); void f(int a) { while (a) { __try { if (a == 3) break; if (a == 4) continue; if (a == 5) "
             "goto out;\n"
             "  g(10); } __finally { g(20); } } out: g(30); }\n");
    assert_int_equal(count_text(f, "f", "call g(20)\n"), 5); /* exception, normal, break, continue, goto */
    assert_int_equal(count_text(f, "f", "call g(30)\n"), 1);
}

/* The jump runs the inner copy, then the outer one, whose handlers are those outside of each. */
static void jumps_run_each_finally_on_their_way(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); void f(int a) { __try { __try { __try { if (a) return; g(1); } __finally { g(2); } }\n"
             "  __except (1) { g(3); } } __finally { g(4); } }\n");
    assert_int_equal(count_text(f, "f", "call g(2)\n"), 3);
    assert_int_equal(count_text(f, "f", "call g(4)\n"), 3);
    const struct ir_function *fn = find_function(f, "f");
    uint32_t returns = 0;
    for (uint32_t i = 0; i < fn->blocks.count; i++) {
        const struct ir_block *block = &fn->blocks.items[i];
        const struct ir_block *next = block->term.kind == IR_GOTO ? &fn->blocks.items[block->term.targets[0]] : NULL;
        if (!next || next->term.kind != IR_RETURN || !next->instrs.count || !block->instrs.count)
            continue;
        returns++;
        assert_int_not_equal(block->handler, IR_NONE); /* the copy of g(2): in reach of the __except */
        assert_int_equal(next->handler, IR_NONE);      /* the copy of g(4): outside of everything */
    }
    assert_int_equal(returns, 1);
}

static void abnormal_termination_is_of_the_innermost_finally(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); void h(int); void f(int a) { __try { if (a) __leave; g(5); } __finally {\n"
             "  __try { if (a) return; } __finally { h(AbnormalTermination()); } g(AbnormalTermination()); } }\n");
    assert_int_equal(count_text(f, "f", "call g(0)\n"), 1); /* end of the body, __leave */
    assert_int_equal(count_text(f, "f", "call g(1)\n"), 1); /* exception */
    assert_int_equal(count_text(f, "f", "call h(0)\n"), 2); /* in each of them: the inner body's end, and its return */
    assert_int_equal(count_text(f, "f", "call h(1)\n"), 2);
}

static void return_in_finally_ends_the_exception(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); int f(void) { __try { __try { g(1); } __finally { return 5; } } __except (1) { g(2); } "
             "return 6; }\n");
    assert_int_equal(count_text(f, "f", "resume"), 0);
    assert_int_equal(count_text(f, "f", "call g(2)"), 0);
    assert_int_equal(count_text(f, "f", "return 6"), 0);
}

static void goto_within_the_outer_try_leaves_only_the_inner_one(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); void f(int a) { __try { __try { if (a) goto l; g(1); } __finally { g(2); } g(3); l: g(4); }\n"
             "  __finally { g(5); } }\n");
    assert_int_equal(count_text(f, "f", "call g(2)\n"), 3);
    assert_int_equal(count_text(f, "f", "call g(5)\n"), 2);
    assert_int_equal(count_text(f, "f", "call g(4)\n"), 1);
}

static void nested_handlers_chain(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); void f(void) { __try { __try { g(1); } __finally { g(2); } } __except (1) { g(3); } }\n");
    const struct ir_function *fn = find_function(f, "f");
    const struct ir_block *inner = block_with(f, fn, "call g(1)");
    assert_non_null(inner);
    const struct ir_block *copy = &fn->blocks.items[inner->handler];
    assert_int_equal(copy->term.kind, IR_RESUME);
    assert_int_not_equal(copy->handler, IR_NONE);
    const struct ir_block *filter = &fn->blocks.items[copy->handler];
    assert_int_equal(filter->term.kind, IR_GOTO);
    assert_int_equal(filter->handler, IR_NONE);
}

static void wdk_spelling_of_seh_is_understood(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); void f(void) { try { g(1); if (f) leave; } except (1) { g(2); } try { g(3); } finally { "
             "g(4); } }\n");
    assert_int_equal(f->module.units.items[0].error_count, 0);
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
    assert_int_equal(count_text(f, "f", "call g(4)\n"), 2);
}

static void leave_may_be_a_label_where_nobody_tries(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); void f(int a) { if (a) goto leave; g(1); leave: g(2); }\n");
    assert_int_equal(f->module.units.items[0].error_count, 0);
    assert_int_equal(count_text(f, "f", "call g(2)\n"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(for_loops_may_lack_any_part),
        TEST(for_parts_are_found_inside_macros),
        TEST(switch_falls_through_and_knows_ranges),
        TEST(conditions_are_quoted_as_written),
        TEST(locations_name_the_macro_and_its_text),
        TEST(functions_know_their_macros),
        TEST(goto_backwards_heads_a_loop_and_leaves_scopes),
        TEST(calls_that_do_not_return_end_the_path),
        TEST(computed_goto_is_an_unknown),
        TEST(except_filters_decide),
        TEST(constant_filters_leave_one_way),
        TEST(comma_in_a_filter_runs_before_the_handler),
        TEST(exception_code_is_taken_once),
        TEST(jumps_run_each_finally_on_their_way),
        TEST(abnormal_termination_is_of_the_innermost_finally),
        TEST(return_in_finally_ends_the_exception),
        TEST(goto_within_the_outer_try_leaves_only_the_inner_one),
        TEST(finally_is_copied_for_each_way_out),
        TEST(breaks_out_of_try_run_finally_first),
        TEST(nested_handlers_chain),
        TEST(wdk_spelling_of_seh_is_understood),
        TEST(leave_may_be_a_label_where_nobody_tries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
