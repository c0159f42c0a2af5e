/*
 * test_frontend.c - lowering of C: source strings in, printed IR out.
 *
 * expect_body() compares the blocks of one function with the wanted text, one line an instruction; locations and
 * the list of locals are left out. What the printed form does not show is asked of the module.
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

/* ---- places ---- */

static void pointers_and_arrays_have_one_spelling_each(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct s { int a; struct s *n; int v[4]; };\n"
             "void f(struct s *p, int *q, int i) {\n"
             "  struct s l; int x; int w[3];\n"
             "  (&l)->a = 1; *&x = 2; p[0].a = 3; (*p).a = 4; *q = 5; q[0] = 6; q[i] = 7; *(q + i) = 8;\n"
             "  p->n->v[i] = 9; w[0] = 10; *w = 11; 1[w] = 12; q = &q[0]; q = &*q; q = &w[0]; q = w;\n"
             "}\n");
    expect_body(f, "f",
                "b0:\n"
                "  l.a = 1\n"
                "  x = 2\n"
                "  p->a = 3\n"
                "  p->a = 4\n"
                "  *q = 5\n"
                "  *q = 6\n"
                "  q[i] = 7\n"
                "  q[i] = 8\n"
                "  p->n->v[i] = 9\n"
                "  w[0] = 10\n"
                "  w[0] = 11\n"
                "  w[1] = 12\n"
                "  q = q\n"
                "  q = q\n"
                "  q = &w\n"
                "  q = &w\n"
                "  scope_end l, x, w\n"
                "  return\n");
}

static void members_of_anonymous_parts_are_reached_through_them(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct s { int a; struct { union { int u; float v; }; }; };\n"
             "int f(struct s *p) { return p->u; }\n");
    expect_body(f, "f", "b0:\n  return p->u\n");
    const struct ir_function *fn = find_function(f, "f");
    const struct ir_place *place = fn->blocks.items[0].term.value.place;
    assert_int_equal(place->proj_count, 4); /* deref, struct, union, member */
}

static void offsets_in_anonymous_parts_count_from_the_whole(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct s { int a; struct { int x; union { int u; float v; }; }; };\n"
             "unsigned long long f(void) { return (unsigned long long)&((struct s *)0)->u; }\n");
    expect_body(f, "f", "b0:\n  return 8\n");
}

static void struct_values_are_copied_whole(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct s { int a, b; }; struct s make(void);\n"
             "int f(struct s *p) { struct s l = *p; *p = l; l = make(); return make().b; }\n");
    expect_body(f, "f",
                "b0:\n"
                "  l = *p\n"
                "  *p = l\n"
                "  l = call make()\n"
                "  %2 = call make()\n"
                "  return %2.b\n");
}

static void bit_fields_keep_their_width_and_offset(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct s { unsigned a : 3, b : 5; int c; }; void f(struct s *p) { p->b = 9; }\n");
    expect_body(f, "f", "b0:\n  p->b = 9\n  return\n");
    const struct ir_record *record = &f->module.records.items[0];
    assert_int_equal(record->fields.items[1].bit_width, 5);
    assert_int_equal(record->fields.items[1].offset, 3);
    assert_int_equal(record->fields.items[2].offset, 32);
}

/* ---- expressions ---- */

static void constants_are_folded(void **state)
{
    struct fixture *f = *state;
    lower(
        f,
        "enum e { A = 4, B };\n"
        "#define FLAG (1u << 3)\n"
        "struct s { int a; char b[7]; long long c; };\n"
        "static const int k = 12;\n"
        "void use(long long);\n"
        "void f(void) { use(B); use(FLAG | A); use(sizeof(struct s)); use(__builtin_offsetof(struct s, c)); use('a');\n"
        "  use(-1); use((unsigned char)300); use(k); use(1 ? 2 : 3); use(!5); use((long long)&((struct s *)0)->b); "
        "}\n");
    expect_body(f, "f",
                "b0:\n"
                "  call use(5)\n  call use(12)\n  call use(24)\n  call use(16)\n  call use(97)\n  call use(-1)\n"
                "  call use(44)\n  call use(12)\n  call use(2)\n  call use(0)\n  call use(4)\n"
                "  return\n");
}

static void side_effects_happen_in_order(void **state)
{
    struct fixture *f = *state;
    lower(f, "int g(int);\n"
             "int f(int i, int *p) { int j = i++; j += --i; j = (g(1), g(2)); *p++ = j; j = i = 3;\n"
             "  return ({ int q = g(j); q + 1; }); }\n");
    expect_body(f, "f",
                "b0:\n"
                "  %3 = i\n  i = %3 + 1\n  j = %3\n"
                "  i = i - 1\n  j = j + i\n"
                "  call g(1)\n  %4 = call g(2)\n  j = %4\n"
                "  %5 = p\n  p = %5 + 1\n  *%5 = j\n"
                "  i = 3\n  j = i\n"
                "  q = call g(j)\n  %6 = q + 1\n  scope_end q\n"
                "  return %6\n");
}

static void conversions_that_change_a_value_are_casts(void **state)
{
    struct fixture *f = *state;
    lower(f, "void f(short s, unsigned u, void *v, int *q) {\n"
             "  int i = s; u = i; long long w = u; char *c = v; c = (char *)q; int *d = (int *)q; }\n");
    expect_body(f, "f",
                "b0:\n"
                "  i = (int32) s\n"
                "  u = (uint32) i\n"
                "  w = (int64) u\n"
                "  c = v\n"
                "  c = (int8*) q\n"
                "  d = q\n"
                "  scope_end i, w, c, d\n"
                "  return\n");
}

static void logical_values_take_branches(void **state)
{
    struct fixture *f = *state;
    lower(f, "int f(int a, int b) { return a && !b; }\n");
    expect_body(f, "f",
                "b0:\n  branch a ? b4 : b2   \"a\"\n"
                "b1:\n  %2 = 1\n  goto b3\n"
                "b2:\n  %2 = 0\n  goto b3\n"
                "b3:\n  return %2\n"
                "b4:\n  branch b ? b2 : b1   \"b\"\n");
}

static void elvis_evaluates_its_condition_once(void **state)
{
    struct fixture *f = *state;
    lower(f, "int g(void); int f(void) { return g() ?: 7; }\n");
    expect_body(f, "f",
                "b0:\n  %1 = call g()\n  %0 = %1\n  branch %0 ? b3 : b1   \"g()\"\n"
                "b1:\n  %0 = 7\n  goto b2\n"
                "b2:\n  return %0\n"
                "b3:\n  goto b2\n");
}

static void calls_through_pointers_show_the_place(void **state)
{
    struct fixture *f = *state;
    lower(f, "typedef int (*MAP)(int); struct t { MAP map; int (*tab[3])(int); }; int d(int);\n"
             "void f(struct t *p, MAP m, int i) { p->map(1); (*p->map)(2); m(3); (*m)(4); p->tab[i](5); ((MAP)i)(6);\n"
             "  (&d)(7); (d)(8); (*d)(9); }\n");
    expect_body(f, "f",
                "b0:\n"
                "  call p->map(1)\n  call p->map(2)\n  call m(3)\n  call m(4)\n  call p->tab[i](5)\n"
                "  %3 = (MAP) i\n  call %3(6)\n"
                "  call d(7)\n  call d(8)\n  call d(9)\n"
                "  return\n");
    const struct ir_instr *call = &find_function(f, "f")->blocks.items[0].instrs.items[0];
    assert_int_equal(call->callee.kind, IR_OPERAND_LOAD);
    assert_string_equal(f->module.types.items[call->callee.place->type].name, "MAP");
}

static void containing_record_is_a_subtraction(void **state)
{
    struct fixture *f = *state;
    lower(f, "#define CONTAINING_RECORD(a, t, m) ((t *)((char *)(a) - (unsigned long long)(&((t *)0)->m)))\n"
             "struct l { struct l *n; }; struct s { int a; struct l e; };\n"
             "struct s *f(struct l *p) { return CONTAINING_RECORD(p, struct s, e); }\n");
    expect_body(f, "f", "b0:\n  %1 = (int8*) p\n  %2 = %1 - 8\n  %3 = (struct s*) %2\n  return %3\n");
}

static void va_arg_and_generic_and_choose_are_understood(void **state)
{
    struct fixture *f = *state;
    lower(f, "int f(int n, ...) { __builtin_va_list v; __builtin_va_start(v, n); int a = __builtin_va_arg(v, int);\n"
             "  __builtin_va_end(v); return a + _Generic(n, long: 1, int: 2) + __builtin_choose_expr(1, n, 9.0); }\n");
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
    assert_true(body_has(f, "f", "call __builtin_va_arg(&v)"));
    assert_true(body_has(f, "f", "+ 2"));
}

/* ---- initialisers ---- */

static void initialisers_follow_designators_and_missing_braces(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct in { int x, y; }; struct s { int a; struct in i[2]; int b; };\n"
             "void f(int n) { struct s s = { 1, 2, 3, n, 5, 6 }; struct s t = { .i[1].y = n, 7, .a = 8 };\n"
             "  int v[6] = { [1] = n, 2, [4 ... 5] = 3 }; char c[] = \"ab\"; }\n");
    expect_body(f, "f",
                "b0:\n"
                "  s = zero\n  s.a = 1\n  s.i[0].x = 2\n  s.i[0].y = 3\n  s.i[1].x = n\n  s.i[1].y = 5\n  s.b = 6\n"
                "  t = zero\n  t.i[1].y = n\n  t.b = 7\n  t.a = 8\n"
                "  v = zero\n  v[1] = n\n  v[2] = 2\n  v[4] = 3\n  v[5] = 3\n"
                "  c = \"ab\"\n"
                "  scope_end s, t, v, c\n"
                "  return\n");
}

static void tables_of_functions_go_to_the_initialiser(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct ops { int (*open)(int); void *x; }; static int o(int a) { return a; }\n"
             "struct ops table[] = { { .open = o }, { 0 } }; int (*one)(int) = &o;\n"
             "int count(void) { static int n = 5; return n++; }\n");
    const struct ir_function *init = NULL;
    for (uint32_t i = 0; i < f->module.functions.count; i++)
        if (f->module.functions.items[i].is_initializer)
            init = &f->module.functions.items[i];
    assert_non_null(init);
    expect_body(f, init->name,
                "b0:\n  table = zero\n  table[0] = zero\n  table[0].open = o\n  table[1] = zero\n  one = o\n"
                "  n = 5\n  return\n");
}

static void compound_literals_are_objects(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct s { int a, b; }; void g(struct s *); void f(int n) { g(&(struct s){ n, 2 }); }\n");
    expect_body(f, "f", "b0:\n  %1 = zero\n  %1.a = n\n  %1.b = 2\n  call g(&%1)\n  return\n");
}

/* ---- declarations ---- */

static void types_are_named_by_their_outermost_typedef(void **state)
{
    struct fixture *f = *state;
    lower(f, "typedef struct _MDL { int a; } MDL, *PMDL; typedef PMDL MINE; void f(PMDL a, MINE b, const MDL *c, "
             "struct _MDL d) {}\n");
    const struct ir_function *fn = find_function(f, "f");
    const struct ir_type *types = f->module.types.items;
    assert_string_equal(types[fn->locals.items[0].type].name, "PMDL");
    assert_string_equal(types[fn->locals.items[1].type].name, "MINE");
    assert_null(types[fn->locals.items[2].type].name);
    assert_true(types[types[fn->locals.items[2].type].target].is_const);
    assert_string_equal(types[types[fn->locals.items[2].type].target].name, "MDL");
    assert_null(types[fn->locals.items[3].type].name);
    assert_string_equal(f->module.records.items[types[fn->locals.items[3].type].record].key, "/t/unit.c#_MDL");
}

static void keys_tell_internal_functions_apart(void **state)
{
    struct fixture *f = *state;
    lower(f, "static int s(int a) { return a; } int e(int a) { return s(a); }\n");
    char first[256], second[256];
    snprintf(first, sizeof(first), "%s", find_function(f, "s")->key);
    assert_string_equal(find_function(f, "e")->key, "e");
    assert_true(find_function(f, "e")->is_external);
    assert_false(find_function(f, "s")->is_external);
    assert_memory_equal(first, "/t/unit.c#s#", strlen("/t/unit.c#s#"));
    lower(f, "/* moved */\nstatic int s(int a)\n{ return a; } int e(int a) { return s(a); }\n");
    snprintf(second, sizeof(second), "%s", find_function(f, "s")->key);
    assert_string_equal(first, second);
    lower(f, "static int s(int a) { return a + 1; } int e(int a) { return s(a); }\n");
    assert_string_not_equal(first, find_function(f, "s")->key);
}

static void annotations_are_kept(void **state)
{
    struct fixture *f = *state;
    lower(f, "__attribute__((annotate(\"frees\"))) void f(void) {}\n"
             "int g(int a, __attribute__((annotate(\"keeps\"), annotate(\"twice\"))) char *b);\n"
             "int g(int a, char *b) { return a + *b; }\n");
    const struct ir_function *fn = find_function(f, "f");
    assert_int_equal(fn->annotations.count, 1);
    assert_int_equal(fn->annotations.items[0].param, IR_NONE);
    assert_string_equal(fn->annotations.items[0].text, "frees");
    fn = find_function(f, "g");
    assert_int_equal(fn->annotations.count, 2);
    assert_int_equal(fn->annotations.items[0].param, 1);
    assert_string_equal(fn->annotations.items[0].text, "keeps");
    assert_string_equal(fn->annotations.items[1].text, "twice");
}

/* ---- broken and hostile source ---- */

static void source_with_errors_is_lowered_as_far_as_it_goes(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct s { int a; struct missing m; int *b; };\nint f(struct s *p) { nosuch x; return *p->b; }\nint "
             "g(void) { return 2; }\n");
    const struct ir_unit *unit = &f->module.units.items[0];
    assert_true(unit->error_count >= 2);
    assert_non_null(strstr(unit->first_error, "/t/unit.c:1:"));
    assert_true(body_has(f, "f", "return *p->b"));
    expect_body(f, "g", "b0:\n  return 2\n");
}

static void a_statement_with_an_error_may_do_anything_to_what_it_names(void **state)
{
    struct fixture *f = *state;
    lower(f, "int keep(int *);\nint other(int *);\nint all;\n"
             "int f(int *p, int *q) {\n nosuch x;\n all = 1;\n give(x, p->all, \"q\" /* q */);\n return *q;\n}\n"
             "int g(int *p, int *q) {\n if (absent(p, NOWHERE)) return keep(q);\n return 2;\n}\n"
             "int h(int *p) {\n all = 1;\n return give(all, NOWHERE);\n}\n"
             "int t(int *p) {\n all = 1;\n trace(NOWHERE, \"%d %p\", all, p);\n return all;\n}\n"
             "int w(int *p) {\n all = 1;\n trace(all, \"%d\", &all, NOWHERE, other(all));\n return all;\n}\n");
    assert_true(body_has(f, "f", "all = 1\n  unknown statement with an error(&p)\n  return *q"));
    assert_true(body_has(f, "g", "b0:\n  unknown statement with an error(&p"));
    assert_true(body_has(f, "h", "all = 1\n  unknown statement with an error(&all)"));
    assert_true(body_has(f, "t", "all = 1\n  unknown statement with an error(&p)"));
    assert_true(body_has(f, "w", "all = 1\n  unknown statement with an error(&all, &all, &all"));
}

static void absurd_nesting_becomes_an_unknown(void **state)
{
    struct fixture *f = *state;
    size_t terms = 3000;
    char *text = malloc(terms * 2 + 64), *at = text;
    at += snprintf(at, 32, "int f(int x) { return x");
    for (size_t i = 0; i < terms; i++) {
        *at++ = '+';
        *at++ = 'x';
    }
    snprintf(at, 8, "; }\n");
    lower(f, text);
    free(text);
    assert_true(f->module.units.items[0].unknown_count > 0);
    assert_true(body_has(f, "f", "nested too deeply"));
}

static void a_missing_file_is_an_input_error(void **state)
{
    struct fixture *f = *state;
    struct frontend_input input = {.path = "/t/no-such-file.c", .directory = "/"};
    struct mg_error error = {{0}, 0, 0, {0}};
    assert_int_equal(frontend_lower(&input, &f->module, &error), MG_INPUT);
    assert_string_equal(error.file, "/t/no-such-file.c");
    assert_true(*error.text);
}

static void the_same_source_gives_the_same_module(void **state)
{
    struct fixture *f = *state;
    const char *text = "struct s { int a; struct s *n; }; static int g(struct s *p) { return p ? p->a : 0; }\n"
                       "int f(struct s *p) { __try { return g(p->n); } __finally { g(p); } }\n";
    struct strbuf first, second;
    strbuf_init(&first);
    strbuf_init(&second);
    lower(f, text);
    ir_module_encode(&f->module, &first);
    lower(f, text);
    ir_module_encode(&f->module, &second);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.data, second.data, first.length);
    strbuf_release(&first);
    strbuf_release(&second);
}

/* A header that was read says so with an empty macro, one that was left out with a 1. */
#define LEFT_OUT "int left_out(void) { return __AVX2INTRIN_H + 0; }\n"
#define INTRINSICS "#define __MM_MALLOC_H\n#include <immintrin.h>\n" LEFT_OUT

static void vector_headers_are_read_where_they_are_named(void **state)
{
    struct fixture *f = *state;
    lower(f, INTRINSICS "void pause(void) { _mm_pause(); }\n");
    assert_true(body_has(f, "left_out", "return 1"));
    assert_true(body_has(f, "pause", "call _mm_pause()"));
    lower(f, INTRINSICS "void pause(void) { _mm256_zeroall(); }\n");
    assert_true(body_has(f, "left_out", "return 0"));
    lower(f, INTRINSICS "int first(const int *p) { return ((const __m256i *)p)[0][0]; }\n");
    assert_true(body_has(f, "left_out", "return 0"));
    assert_int_equal(f->module.units.items[0].error_count, 0);
    lower(f, INTRINSICS "__m128i merge(__m128i a, __m128i b) { return _mm_blend_epi32(a, b, 3); }\n");
    assert_true(body_has(f, "left_out", "return 0"));
    lower(f, INTRINSICS "__m128i add(__m128i a, __m128i b) { return _mm_add_epi32(a, b); }\n");
    assert_true(body_has(f, "left_out", "return 1"));
    assert_int_equal(f->module.units.items[0].error_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pointers_and_arrays_have_one_spelling_each),
        TEST(members_of_anonymous_parts_are_reached_through_them),
        TEST(offsets_in_anonymous_parts_count_from_the_whole),
        TEST(struct_values_are_copied_whole),
        TEST(bit_fields_keep_their_width_and_offset),
        TEST(constants_are_folded),
        TEST(side_effects_happen_in_order),
        TEST(conversions_that_change_a_value_are_casts),
        TEST(logical_values_take_branches),
        TEST(elvis_evaluates_its_condition_once),
        TEST(calls_through_pointers_show_the_place),
        TEST(containing_record_is_a_subtraction),
        TEST(va_arg_and_generic_and_choose_are_understood),
        TEST(initialisers_follow_designators_and_missing_braces),
        TEST(tables_of_functions_go_to_the_initialiser),
        TEST(compound_literals_are_objects),
        TEST(types_are_named_by_their_outermost_typedef),
        TEST(keys_tell_internal_functions_apart),
        TEST(annotations_are_kept),
        TEST(source_with_errors_is_lowered_as_far_as_it_goes),
        TEST(a_statement_with_an_error_may_do_anything_to_what_it_names),
        TEST(absurd_nesting_becomes_an_unknown),
        TEST(a_missing_file_is_an_input_error),
        TEST(the_same_source_gives_the_same_module),
        TEST(vector_headers_are_read_where_they_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
