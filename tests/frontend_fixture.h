/*
 * frontend_fixture.h - lowers source strings for the front end's tests, and looks into the result. Included after
 * cmocka.h.
 */
#ifndef MDLGUARD_TESTS_FRONTEND_FIXTURE_H
#define MDLGUARD_TESTS_FRONTEND_FIXTURE_H

#include "frontend/frontend.h"

struct fixture {
    struct arena arena;
    struct ir_module module;
    const char *path; /* of the unit: its ending chooses the language */
};

static inline int fixture_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (!f)
        return -1;
    arena_init(&f->arena);
    ir_module_init(&f->module, &f->arena);
    f->path = "/t/unit.c";
    *state = f;
    return 0;
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    ir_module_release(&f->module);
    arena_release(&f->arena);
    free(f);
    return 0;
}

/* Lowers TEXT into a fresh module and checks its invariants. */
static inline void lower(struct fixture *f, const char *text)
{
    static const char *const args[] = {"-target", "x86_64-w64-mingw32"};
    ir_module_release(&f->module);
    arena_clear(&f->arena);
    ir_module_init(&f->module, &f->arena);
    struct frontend_unsaved unsaved = {f->path, text, strlen(text)};
    struct frontend_input input = {
        .path = f->path,
        .directory = "/",
        .args = args,
        .arg_count = 2,
        .unsaved = &unsaved,
        .unsaved_count = 1,
    };
    struct mg_error error = {{0}, 0, 0, {0}};
    if (frontend_lower(&input, &f->module, &error) != MG_OK || ir_module_check(&f->module, &error) != MG_OK)
        fail_msg("%s", error.text);
}

static inline const struct ir_function *find_function(const struct fixture *f, const char *name)
{
    for (uint32_t i = 0; i < f->module.functions.count; i++)
        if (strcmp(f->module.functions.items[i].name, name) == 0)
            return &f->module.functions.items[i];
    fail_msg("no function '%s'", name);
    return NULL;
}

/* The blocks of FUNCTION as printed, without locations. */
static inline char *body_text(const struct fixture *f, const char *name)
{
    const struct ir_function *function = find_function(f, name);
    struct strbuf printed, out;
    strbuf_init(&printed);
    strbuf_init(&out);
    ir_print_function(&f->module, (ir_id)(function - f->module.functions.items), &printed);
    char *start = strstr(printed.data, "\nb0:");
    for (char *line = start ? start + 1 : printed.data, *next; *line; line = next) {
        char *end = line + strcspn(line, "\n"), *loc = NULL;
        for (char *at = line; at + 4 < end; at++)
            if (strncmp(at, "   ; ", 5) == 0)
                loc = at;
        next = *end ? end + 1 : end;
        if (end > line)
            strbuf_add(&out, line, (size_t)((loc ? loc : end) - line));
        if (end > line)
            strbuf_addc(&out, '\n');
    }
    strbuf_release(&printed);
    return strbuf_detach(&out);
}

static inline void expect_body(const struct fixture *f, const char *name, const char *wanted)
{
    char *text = body_text(f, name);
    assert_string_equal(text, wanted);
    free(text);
}

static inline int count_text(const struct fixture *f, const char *name, const char *part)
{
    char *text = body_text(f, name);
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    free(text);
    return count;
}

static inline bool body_has(const struct fixture *f, const char *name, const char *part)
{
    return count_text(f, name, part) > 0;
}

static inline int count_branches(const struct ir_function *function)
{
    int count = 0;
    for (uint32_t i = 0; i < function->blocks.count; i++)
        count += function->blocks.items[i].term.kind == IR_BRANCH;
    return count;
}

static inline int count_loop_heads(const struct ir_function *function)
{
    int count = 0;
    for (uint32_t i = 0; i < function->blocks.count; i++)
        count += function->blocks.items[i].is_loop_head;
    return count;
}

/* The first block with a call of the function named in "call NAME(ARG)", ARG a number. */
static inline const struct ir_block *block_with(const struct fixture *f, const struct ir_function *function,
                                                const char *call)
{
    const char *argument = strchr(call, '(');
    long long wanted = argument ? strtoll(argument + 1, NULL, 10) : 0;
    (void)f;
    for (uint32_t i = 0; i < function->blocks.count; i++) {
        const struct ir_block *block = &function->blocks.items[i];
        for (uint32_t j = 0; j < block->instrs.count; j++)
            if (block->instrs.items[j].kind == IR_CALL && block->instrs.items[j].arg_count == 1 &&
                block->instrs.items[j].args[0].value == wanted)
                return block;
    }
    return NULL;
}

#endif
