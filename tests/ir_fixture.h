/*
 * ir_fixture.h - a module with the unit of ir_sample.h in it. Included after cmocka.h.
 */
#ifndef MDLGUARD_TESTS_IR_FIXTURE_H
#define MDLGUARD_TESTS_IR_FIXTURE_H

#include "ir/ir.h"
#include "ir_sample.h"

struct fixture {
    struct arena arena;
    struct ir_module module;
    struct sample s;
    struct strbuf out;
};

static inline int set_up(void **state)
{
    static struct fixture f;
    arena_init(&f.arena);
    ir_module_init(&f.module, &f.arena);
    strbuf_init(&f.out);
    f.s = sample_unit(&f.module, "a.c");
    *state = &f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    strbuf_release(&f->out);
    ir_module_release(&f->module);
    arena_release(&f->arena);
    return 0;
}

#endif
