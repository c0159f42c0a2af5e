/*
 * infer.c - recognises wrappers in the summaries of a program, and prints them as a pack. See infer.h.
 *
 * A function is a wrapper when every way through it that does something does the same, to one MDL, which is an argument, the result, or what an
 * argument points to; the other ways either fail, by the result, or had NULL for the MDL.
 */
#include "cli/infer.h"

#include <ctype.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "project/path.h"

/* ---- recognising ---- */

/* Mappings that end by themselves go with the event that ends them. */
static bool is_significant(const struct store_event *event)
{
    return strcmp(event->effect, "end") != 0 && strcmp(event->effect, "origin") != 0;
}

static bool does_something(const struct engine_case *one)
{
    for (uint32_t i = 0; i < one->events.count; i++)
        if (is_significant(&one->events.items[i]))
            return true;
    return false;
}

static bool is_same(const struct engine_case *a, const struct engine_case *b)
{
    if (a->events.count != b->events.count)
        return false;
    for (uint32_t i = 0; i < a->events.count; i++)
        if (a->origins.items[i].effect != b->origins.items[i].effect ||
            strcmp(a->events.items[i].subject, b->events.items[i].subject) != 0)
            return false;
    return true;
}

/* "arg3", "return" */
static bool is_plain_path(const char *path)
{
    if (strcmp(path, "return") == 0)
        return true;
    if (strncmp(path, "arg", 3) != 0 || !isdigit((unsigned char)path[3]))
        return false;
    return path[3 + strspn(path + 3, "0123456789")] == '\0';
}

/* What an argument points to can hold something new only. */
static bool is_output_path(const char *path)
{
    return is_plain_path(path + (path[0] == '*'));
}

static bool has_effect(const struct engine_case *one, enum ruleset_effect_kind kind)
{
    for (uint32_t i = 0; i < one->origins.count; i++)
        if (one->origins.items[i].effect->kind == kind)
            return true;
    return false;
}

/* All events are about one MDL, and are such that a pack can say them. */
static bool is_expressible(const struct engine_case *one, const char **subject)
{
    bool is_new = has_effect(one, RULESET_EFFECT_NEW);

    *subject = NULL;
    for (uint32_t i = 0; i < one->events.count; i++) {
        const struct store_event *event = &one->events.items[i];
        enum ruleset_effect_kind kind = one->origins.items[i].effect->kind;
        if (kind == RULESET_EFFECT_ESCAPE || kind == RULESET_EFFECT_LINK || kind == RULESET_EFFECT_BORROW)
            return false;
        if (kind == RULESET_EFFECT_MAP && !is_output_path(one->origins.items[i].path))
            return false;
        if (kind == RULESET_EFFECT_UNMAP_TOKEN && !is_plain_path(one->origins.items[i].path))
            return false;
        if (*subject && strcmp(*subject, event->subject) != 0)
            return false;
        *subject = event->subject;
    }
    return *subject && (is_new ? is_output_path(*subject) : is_plain_path(*subject) && (*subject)[0] == 'a');
}

static bool has_null(const struct engine_case *one, const char *path)
{
    for (uint32_t i = 0; i < one->nulls.count; i++)
        if (strcmp(one->nulls.items[i], path) == 0)
            return true;
    return false;
}

/* Ways that do nothing: they failed, raised, or had nothing to do it to. */
static bool is_excused(struct wrapper *self, const struct engine_case *one, const char **failure)
{
    bool is_failure = strcmp(one->result, "failure") == 0 || (strcmp(one->result, "zero") == 0 && strcmp(self->does->result, "not zero") == 0);

    if (strcmp(one->result, "raises") == 0) {
        self->can_raise = true;
        return true;
    }
    if (self->subject[0] == 'a' && has_null(one, self->subject))
        return true;
    if (is_failure) {
        bool is_first = !*failure || strcmp(*failure, one->result) == 0;
        *failure = one->result;
        return is_first;
    }
    /* An MDL over nonpaged pool has an address without a mapping. */
    return has_effect(self->does, RULESET_EFFECT_MAP);
}

static bool choose_outcomes(struct wrapper *self, const char *failure)
{
    const char *result = self->does->result;

    self->when = "returns";
    if (!failure)
        return true;
    if (strcmp(failure, "zero") == 0) {
        self->when = "nonzero";
        self->otherwise = "zero";
        return true;
    }
    self->when = "success";
    self->otherwise = "failure";
    return strcmp(result, "zero") == 0 || strcmp(result, "success") == 0;
}

static bool infer_wrapper(const struct ir_function *function, const struct engine_function *summary, struct wrapper *out)
{
    const char *failure = NULL;

    *out = (struct wrapper){.function = function};
    for (uint32_t i = 0; i < summary->cases.count; i++) {
        const struct engine_case *one = &summary->cases.items[i];
        if (!does_something(one))
            continue;
        if (strcmp(one->result, "raises") == 0 || (out->does && (!is_same(out->does, one) || strcmp(out->does->result, one->result) != 0)))
            return false;
        out->does = one;
    }
    if (!out->does || !is_expressible(out->does, &out->subject))
        return false;
    for (uint32_t i = 0; i < summary->cases.count; i++)
        if (!does_something(&summary->cases.items[i]) && !is_excused(out, &summary->cases.items[i], &failure))
            return false;
    return choose_outcomes(out, failure);
}

/* ---- the command ---- */

static bool is_candidate(const struct ir_function *function, const struct engine_function *summary, const struct ruleset *rules)
{
    return function->is_defined && !function->is_system && !function->is_initializer && !function->is_variadic &&
           !summary->is_given_up && summary->cases.count && !ruleset_find_function(rules, function->name);
}

/* Packs know functions by their names: of namesakes the first is described. */
static bool is_described(const struct ir_module *program, const ir_id *described, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(program->functions.items[described[i]].name, name) == 0)
            return true;
    return false;
}

static const char *file_of(const struct ir_module *program, const struct ir_function *function, const char *root, uint32_t *line)
{
    const struct ir_range *at = function->loc == IR_NONE ? NULL : &program->locs.items[function->loc].at;
    const char *path = at && at->file != IR_NONE ? program->files.items[at->file].path : "";

    *line = at ? at->line : 0;
    return path_relative(path, root);
}

static void print_pack(const struct pipeline_program *program, const struct engine_result *engine, const char *root,
                       struct arena *arena, struct strbuf *out)
{
    const struct ir_module *module = &program->module;
    ir_id *described = ARENA_NEW_ARRAY(arena, ir_id, module->functions.count + 1);
    uint32_t count = 0;

    strbuf_adds(out, "# Wrappers that mdlguard recognised. Review them, then name this file under 'rules' in .mdlguard.yaml.\npack: inferred\n");
    for (ir_id f = 0; f < module->functions.count; f++) {
        const struct ir_function *function = &module->functions.items[f];
        struct wrapper wrapper;
        const char *file;
        uint32_t line;
        if (!is_candidate(function, &engine->functions[f], program->rules) ||
            is_described(module, described, count, function->name) ||
            !infer_wrapper(function, &engine->functions[f], &wrapper))
            continue;
        strbuf_adds(out, count ? "\n" : "routines:\n\n");
        described[count++] = f;
        file = file_of(module, function, root, &line);
        infer_print(&wrapper, program->rules, file, line, out);
    }
    if (!count)
        strbuf_adds(out, "routines: []\n");
}

static int infer_program(const struct options *options, const struct project *project,
                         const struct pipeline_program *program, struct arena *arena)
{
    struct engine_options how = {.keeps_callers = true};
    struct engine_result engine = {0};
    struct strbuf out;

    (void)options;
    engine_run(&program->module, &program->calls, program->rules, &how, arena, &engine);
    strbuf_init(&out);
    print_pack(program, &engine, project->root, arena, &out);
    int result = output_print(&out, program->gaps.count ? EXIT_NOT_ANALYZED : EXIT_CLEAN);
    strbuf_release(&out);
    setup_print_gaps(project->root, program->gaps.items, program->gaps.count);
    return result;
}

int infer_command(const struct options *options, struct arena *arena)
{
    return setup_with_program(options, arena, infer_program);
}
