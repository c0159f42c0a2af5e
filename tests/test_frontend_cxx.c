/*
 * test_frontend_cxx.c - lowering of C++: what test_frontend.c is for C.
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

static int set_up(void **state)
{
    if (fixture_set_up(state))
        return -1;
    ((struct fixture *)*state)->path = "/t/unit.cpp";
    return 0;
}

static void methods_take_this_first(void **state)
{
    struct fixture *f = *state;
    lower(f, "namespace n { class A { public: void Stop(int a); int Get() const { return m; } static void All(); int "
             "m; }; }\n"
             "void n::A::Stop(int a) { m = a; this->m = Get(); All(); }\n"
             "void f(n::A *p, n::A &r) { p->Stop(1); r.Stop(2); n::A a; a.Stop(3); n::A::All(); }\n");
    expect_body(f, "n::A::Stop",
                "b0:\n  this->m = a\n  this->m = call n::A::Get(this)\n  call n::A::All()\n  return\n");
    expect_body(f, "f",
                "b0:\n  call n::A::Stop(p, 1)\n  call n::A::Stop(r, 2)\n  call n::A::Stop(&a, 3)\n  call n::A::All()\n"
                "  scope_end a\n  return\n");
    const struct ir_function *stop = find_function(f, "n::A::Stop");
    assert_int_equal(stop->param_count, 2);
    assert_string_equal(stop->locals.items[0].name, "this");
    assert_string_equal(f->module.records.items[stop->record].name, "n::A");
}

static void references_are_pointers_that_dereference_themselves(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct t { int a; }; int &pick(t &x) { return x.a; }\n"
             "void f(t &x, int *p) { int &r = x.a; r = 1; p = &r; pick(x) = 2; }\n");
    const struct ir_function *fn = find_function(f, "f");
    assert_true(f->module.types.items[fn->locals.items[0].type].is_reference);
    const struct ir_instr *store = &fn->blocks.items[0].instrs.items[1];
    assert_int_equal(store->dst->proj_count, 1);
    assert_int_equal(store->dst->projs[0].kind, IR_PROJ_DEREF);
    const struct ir_instr *address = &fn->blocks.items[0].instrs.items[2]; /* p = &r: the reference's own value */
    assert_int_equal(address->value.a.kind, IR_OPERAND_LOAD);
    assert_int_equal(address->value.a.place->proj_count, 0);
    assert_true(body_has(f, "f", "call pick(x)"));
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
}

static void overloads_and_extern_c_have_their_own_keys(void **state)
{
    struct fixture *f = *state;
    lower(f,
          "void g(int) {} void g(char *) {} extern \"C\" void c(int) {} namespace { void h() {} } void u() { h(); }\n");
    const char *first = NULL;
    int count = 0;
    for (uint32_t i = 0; i < f->module.functions.count; i++) {
        const struct ir_function *fn = &f->module.functions.items[i];
        if (strcmp(fn->name, "g"))
            continue;
        if (first)
            assert_string_not_equal(first, fn->key);
        first = fn->key;
        count++;
    }
    assert_int_equal(count, 2);
    assert_string_equal(find_function(f, "c")->key, "c");
    assert_true(find_function(f, "c")->is_external);
    assert_false(find_function(f, "h")->is_external);
}

static void bases_are_parts_of_the_object(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct B { int b; void M(); }; struct D : B { int d; void N() { b = 1; M(); } };\n"
             "void f(D *p) { p->b = 2; p->M(); B *q = p; D *r = static_cast<D *>(static_cast<B *>(p)); r->d = 3; q->b "
             "= 4; }\n");
    const struct ir_instr *store = &find_function(f, "f")->blocks.items[0].instrs.items[0];
    assert_int_equal(store->dst->proj_count, 3); /* deref, base, member */
    assert_true(body_has(f, "f", "r = p"));
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
}

static void constructors_initialise_members(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct B { B(int); }; struct A : B { A(int x) : B(x), m(x), p(nullptr) { n = 2; } int m; void *p; int n; "
             "int k = 7; };\n"
             "void f() { A a(5); A *h = new A(6); delete h; }\n");
    expect_body(f, "A::A",
                "b0:\n  call B::B(&*this, x)\n  this->m = x\n  this->p = 0\n  this->k = 7\n  this->n = 2\n  return\n");
    assert_true(body_has(f, "f", "call A::A(&a, 5)"));
    assert_true(body_has(f, "f", "call operator new("));
    assert_true(body_has(f, "f", "call operator delete(h)"));
}

static void operators_and_default_arguments_are_calls(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct A { A &operator+=(int); int operator[](int) const; }; void g(int a, int b = 4);\n"
             "void f(A &a) { a += 3; g(a[2]); }\n");
    expect_body(f, "f",
                "b0:\n  call A::operator+=(a, 3)\n  %1 = call A::operator[](a, 2)\n  call g(%1, 4)\n  return\n");
}

static void virtual_methods_say_so(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct A { virtual void V(); void W(); }; void f(A *p) { p->V(); p->W(); }\n");
    assert_true(find_function(f, "A::V")->is_virtual);
    assert_false(find_function(f, "A::W")->is_virtual);
}

static void conditions_may_declare(void **state)
{
    struct fixture *f = *state;
    lower(f, "int *g(int); int f(int a) { if (int *p = g(a)) return *p; while (int *q = g(2)) { a += *q; }\n"
             "  if (int w = 1; w > a) return w; return (a ? 1 : 0); }\n");
    assert_true(body_has(f, "f", "branch p"));
    assert_true(body_has(f, "f", "branch q"));
    assert_true(body_has(f, "f", "\"w > a\""));
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
}

static void templates_are_lowered_where_they_are_used(void **state)
{
    struct fixture *f = *state;
    lower(f, "template <class T> T pick(T a, T b) { return a > b ? a : b; }\n"
             "template <class T> struct Box { T v; T Get() { return v; } };\n"
             "int f(Box<int> &b) { return pick(b.Get(), 3); }\n");
    assert_true(find_function(f, "pick")->is_defined);
    assert_true(find_function(f, "Box<int>::Get")->is_defined);
    assert_true(body_has(f, "Box<int>::Get", "return this->v"));
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
}

static void structured_exceptions_work_in_methods(void **state)
{
    struct fixture *f = *state;
    lower(f, "extern \"C\" void lock(int *); struct A { int Pin(); int *m; };\n"
             "int A::Pin() { __try { lock(m); } __except (1) { return GetExceptionCode(); } return 0; }\n");
    assert_true(body_has(f, "A::Pin", "call lock(this->m)"));
    assert_true(body_has(f, "A::Pin", "handler"));
    assert_int_equal(f->module.units.items[0].error_count, 0);
}

static void catch_blocks_are_reached_by_exceptions(void **state)
{
    struct fixture *f = *state;
    lower(f,
          "void g(int); int f() { try { g(1); throw 2; } catch (int e) { g(3); } catch (...) { g(4); } return 0; }\n");
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
    assert_true(body_has(f, "f", "call g(3)"));
    assert_true(body_has(f, "f", "call g(4)"));
    assert_true(count_text(f, "f", "resume") == 2); /* the throw, and no handler taking it */
}

static void range_for_walks_arrays(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct A { int v[3]; }; int f(A *p) { int s = 0; for (int &x : p->v) s += x; return s; }\n");
    assert_true(body_has(f, "f", "&p->v["));
    assert_int_equal(count_loop_heads(find_function(f, "f")), 1);
}

#define GUARD "struct G { G(int); ~G(); G(G &&); int v; bool ok() const; }; void g(int); bool c();\n"

static void locals_are_destroyed_on_every_way_out(void **state)
{
    struct fixture *f = *state;
    lower(f, GUARD
          "void f() { for (;;) { G a(1); if (c()) break; G b(2); if (c()) continue; if (c()) return; g(3); } }\n");
    assert_int_equal(count_text(f, "f", "call G::~G(&a)"), 4); /* break, continue, return, end of the block */
    assert_int_equal(count_text(f, "f", "call G::~G(&b)"), 3);
    assert_true(body_has(f, "f", "call G::~G(&b)\n  call G::~G(&a)\n"));
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
}

static void a_goto_back_destroys_what_came_after_the_label(void **state)
{
    struct fixture *f = *state;
    lower(f, GUARD "void f() { G a(0); again: G b(1); if (c()) goto again; }\n");
    assert_int_equal(count_text(f, "f", "call G::~G(&b)"), 2);
    assert_int_equal(count_text(f, "f", "call G::~G(&a)"), 1);
}

static void temporaries_live_as_long_as_the_expression_or_their_reference(void **state)
{
    struct fixture *f = *state;
    lower(f, GUARD "void f() { g(G(1).v); g(2); }\nvoid h() { const G &r = G(3); g(r.v); }\n"
                   "void i() { if (c() && G(4).ok()) g(5); }\n");
    assert_true(body_has(f, "f", "call g(%0.v)\n  call G::~G(&%0)\n  call g(2)\n"));
    assert_true(body_has(f, "h", "call g(r->v)") || body_has(f, "h", "call g(r.v)"));
    assert_int_equal(count_text(f, "h", "call G::~G("), 1);
    assert_int_equal(count_text(f, "i", "call G::~G("), 2); /* when it holds and when it does not */
}

static void members_and_bases_are_destroyed_behind_the_body(void **state)
{
    struct fixture *f = *state;
    lower(
        f, GUARD
        "struct B { ~B(); }; struct D : B { G x; G y; ~D(); };\n"
        "D::~D() { if (c()) return; g(1); }\nstruct W { D d; };\nvoid f() { W *w = new W{D{{}, 1, 2}}; delete w; }\n");
    assert_int_equal(count_text(f, "D::~D", "call G::~G(&this->y)\n  call G::~G(&this->x)\n  call B::~B("), 2);
    expect_body(f, "W::~W", "b0:\n  call D::~D(&this->d)\n  return\n");
    assert_true(body_has(f, "f", "call W::~W(w)\n  call operator delete(w)\n"));
}

static void objects_are_returned_through_the_last_parameter(void **state)
{
    struct fixture *f = *state;
    lower(f, GUARD "G named() { G r(1); g(2); return r; }\nG made() { return G(3); }\nvoid take(G p) { g(p.v); }\n"
                   "void f() { G a = made(); take(static_cast<G &&>(a)); take(made()); }\n");
    assert_int_equal(count_text(f, "named", "~G"), 0); /* the local is the result */
    assert_true(body_has(f, "made", "call G::G(arg1, 3)"));
    assert_true(body_has(f, "take", "call G::~G("));
    assert_true(body_has(f, "f", "call made(&a)"));
    assert_int_equal(count_text(f, "f", "call G::~G("), 1); /* what is passed by value is the callee's */
}

static void instances_of_templates_have_their_own_destructors(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); template <class T> struct B { T b; ~B() { g(b); } };\n"
             "template <class F> struct E : B<int> { F f; ~E() { f(); } };\n"
             "template <class F> E<F> on(F f) { return {{0}, f}; }\n"
             "void f(int x) { auto one = on([&] { g(x); }); auto two = on([=] { g(x); }); }\n");
    int found = 0;
    for (uint32_t i = 0; i < f->module.functions.count; i++)
        found += strcmp(f->module.functions.items[i].name, "E::~E") == 0 && f->module.functions.items[i].is_defined;
    assert_int_equal(found, 2);
    assert_true(body_has(f, "E::~E", "call [lambda]::operator()(&this->f)\n  call B<int>::~B("));
    assert_true(body_has(f, "f", "call E::~E(&two)\n  call E::~E(&one)\n"));
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
}

static void lambdas_capture_by_reference_and_by_value(void **state)
{
    struct fixture *f = *state;
    lower(f, "void g(int); struct S { int m; void F(int a) { auto l = [&, b = a + 1] { m = a + b; }; l(); } };\n"
             "void f() { void (*p)(int) = [](int k) { g(k); }; p(1); [] { g(2); }(); }\n");
    assert_true(body_has(f, "S::F", "l.b = a + 1"));
    assert_true(body_has(f, "S::F", "l.a = &a"));
    assert_true(body_has(f, "S::F", "l.this = this"));
    assert_true(body_has(f, "[lambda]::operator()", "this->this->m = "));
    assert_true(body_has(f, "f", "p = [lambda]::operator()"));
    assert_true(body_has(f, "f", "call [lambda]::operator()()"));
    assert_int_equal(f->module.units.items[0].unknown_count, 0);
}

static void virtual_calls_are_dispatched_unless_the_class_is_named(void **state)
{
    struct fixture *f = *state;
    lower(f, "struct A { virtual void V(); virtual ~A(); A() { V(); } void W() { V(); } }; struct B : A { void V() "
             "override { A::V(); } };\n"
             "void f(A *p, A &r) { p->V(); r.V(); A a; a.V(); p->A::V(); delete p; }\n");
    assert_int_equal(count_text(f, "f", "call virtual A::V("), 2);
    assert_int_equal(count_text(f, "f", "call A::V("), 2);
    assert_true(body_has(f, "f", "call virtual A::~A(p)"));
    assert_true(body_has(f, "A::W", "call virtual A::V(this)"));
    assert_true(body_has(f, "A::A", "call A::V(this)"));
    assert_true(body_has(f, "B::V", "call A::V("));
}

static void new_takes_the_programs_allocator_and_constructs_what_it_gave(void **state)
{
    struct fixture *f = *state;
    lower(f, "void *operator new(decltype(sizeof(0)) n, int pool) noexcept; void operator delete(void *) noexcept;\n"
             "struct A { A(int); static void *operator new(decltype(sizeof(0))); };\n"
             "void f(void *m) { int *i = new (7) int; A *a = new A(1); delete i; }\n");
    assert_true(body_has(f, "f", "call operator new(4, 7)"));
    assert_true(body_has(f, "f", "call A::operator new("));
    assert_true(body_has(f, "f", "branch "));
    assert_true(body_has(f, "f", "call A::A("));
}

static void implicit_copies_move_the_members_that_move(void **state)
{
    struct fixture *f = *state;
    lower(f, GUARD "struct H { G g; int n; }; void f(H &a) { H b(static_cast<H &&>(a)); int u[2]; struct P { int q; } "
                   "x{}, y = x; y = x; }\n");
    assert_true(body_has(f, "f", "call G::G(&b.g, &a.g)") || body_has(f, "f", "call G::G(&b.g, &a->g)"));
    assert_true(body_has(f, "f", "b.n = a"));
    assert_int_equal(count_text(f, "f", "y = x"), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(methods_take_this_first),
        TEST(references_are_pointers_that_dereference_themselves),
        TEST(overloads_and_extern_c_have_their_own_keys),
        TEST(bases_are_parts_of_the_object),
        TEST(constructors_initialise_members),
        TEST(operators_and_default_arguments_are_calls),
        TEST(virtual_methods_say_so),
        TEST(conditions_may_declare),
        TEST(templates_are_lowered_where_they_are_used),
        TEST(structured_exceptions_work_in_methods),
        TEST(catch_blocks_are_reached_by_exceptions),
        TEST(range_for_walks_arrays),
        TEST(locals_are_destroyed_on_every_way_out),
        TEST(a_goto_back_destroys_what_came_after_the_label),
        TEST(temporaries_live_as_long_as_the_expression_or_their_reference),
        TEST(members_and_bases_are_destroyed_behind_the_body),
        TEST(objects_are_returned_through_the_last_parameter),
        TEST(instances_of_templates_have_their_own_destructors),
        TEST(lambdas_capture_by_reference_and_by_value),
        TEST(virtual_calls_are_dispatched_unless_the_class_is_named),
        TEST(new_takes_the_programs_allocator_and_constructs_what_it_gave),
        TEST(implicit_copies_move_the_members_that_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
