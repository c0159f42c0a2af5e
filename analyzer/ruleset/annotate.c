/*
 * annotate.c - functions that are annotated in the source become routines, as if a pack described them.
 *
 * What each word means is data: `annotations` in a pack, a routine's requirements and outcomes with "$" for what is annotated. A function may carry
 * several; their outcomes are told apart by success, failure and exception, and put together.
 */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/nearest.h"
#include "ruleset/pack.h"

#define PREFIX "mdlguard:"

static const char *const on_names[] = {"mdl", "out", "argument", "function"};

/* ---- reading ---- */

/* Annotations speak of MDLs that the function's parameters will tell: a requirement or effect without a path is good here. */
static void read_annotation(struct pack *self, const struct yaml_node *node)
{
    struct ruleset_annotation out = {.body = {.has_mdl = true, .irql_max = 31, .line = node->line, .column = node->column}};
    const struct yaml_node *name, *on;

    if (!PACK_CHECK_KEYS(self, node, "an annotation", "name", "marks", "requires", "outcomes"))
        return;
    name = pack_required(self, node, "name", "an annotation");
    on = pack_required(self, node, "marks", "an annotation");
    out.name = name ? pack_text(self, name, "an annotation's name") : NULL;
    for (uint32_t i = 0; on && on->kind == YAML_SEQUENCE && i < on->count; i++) {
        uint32_t place = pack_name(self, on->items[i], "what can be annotated", on_names, RULESET_ON_COUNT);
        out.on |= place < RULESET_ON_COUNT ? RULESET_BIT(place) : 0;
    }
    if (on && !out.on)
        pack_problem(self, on, "'marks' is a list of mdl, out, argument, function");
    pack_read_body(self, node, &out.body);
    if (out.name)
        VEC_PUSH_IN(self->set->arena, &self->set->out->annotations, out);
}

void pack_read_annotations(struct pack *self)
{
    const struct yaml_node *annotations = yaml_get(self->root, "annotations");

    if (!annotations || !pack_expect(self, annotations, YAML_SEQUENCE, "'annotations'"))
        return;
    self->is_annotation = true;
    for (uint32_t i = 0; i < annotations->count; i++)
        read_annotation(self, annotations->items[i]);
    self->is_annotation = false;
}

/* ---- one function ---- */

struct builder {
    const struct ruleset *rules;
    struct arena *arena;
    struct problems problems;
    const struct ruleset_declaration *declaration;
    struct ruleset_routine routine;
    struct ruleset_outcome success, failure, raises;
    bool can_fail, can_raise; /* some annotation tells these apart */
};

static void complain(struct builder *self, const char *format, const char *a, const char *b)
{
    const struct ruleset_declaration *at = self->declaration;
    char text[512];

    snprintf(text, sizeof(text), format, a, b);
    problems_add(&self->problems, at->file, at->line, at->column, "'%s': %s", at->name, text);
}

static struct ruleset_path argument_path(struct builder *self, uint32_t param, bool is_pointee)
{
    struct ruleset_path path;
    const char *why;

    path_parse(arena_printf(self->arena, "%sarg%u", is_pointee ? "*" : "", param), self->arena, &path, &why);
    return path;
}

static struct ruleset_path result_path(struct builder *self)
{
    struct ruleset_path path;
    const char *why;

    path_parse("return", self->arena, &path, &why);
    return path;
}

/* "$" and what follows it, where HERE is annotated. */
static struct ruleset_path place(struct builder *self, const struct ruleset_path *path, const struct ruleset_path *here)
{
    struct ruleset_path out = *here;
    struct ruleset_step *steps;

    if (path->root != RULESET_HERE)
        return *path;
    out.step_count = here->step_count + path->step_count;
    steps = ARENA_NEW_ARRAY(self->arena, struct ruleset_step, out.step_count + 1);
    for (uint32_t i = 0; i < out.step_count; i++)
        steps[i] = i < here->step_count ? here->steps[i] : path->steps[i - here->step_count];
    out.steps = steps;
    return out;
}

static void add_effect(struct builder *self, struct ruleset_outcome *out, enum ruleset_effect_kind kind, struct ruleset_path path)
{
    struct ruleset_effect effect = {
        .kind = kind, .path = path, .has_path = true, .if_pages = RULESET_ANY, .if_origin = RULESET_ANY};

    VEC_PUSH_IN(self->arena, &out->effects, effect);
}

static void add_outcome(struct builder *self, struct ruleset_outcome *to, const struct ruleset_outcome *from,
                        const struct ruleset_path *here)
{
    for (uint32_t i = 0; i < from->effects.count; i++) {
        struct ruleset_effect effect = from->effects.items[i];
        effect.path = place(self, &effect.path, here);
        effect.other = place(self, &effect.other, here);
        VEC_PUSH_IN(self->arena, &to->effects, effect);
    }
    if (from->unchecked_rule) {
        to->unchecked_rule = from->unchecked_rule;
        to->unchecked_path = place(self, &from->unchecked_path, here);
    }
    if (from->says)
        to->says = to->says ? arena_printf(self->arena, "%s; %s", to->says, from->says) : from->says;
}

static void add_outcomes(struct builder *self, const struct ruleset_routine *body, const struct ruleset_path *here)
{
    for (uint32_t i = 0; i < body->outcomes.count; i++) {
        const struct ruleset_outcome *outcome = &body->outcomes.items[i];
        bool is_any = outcome->result == RULESET_RESULT_ANY;

        if (outcome->result == RULESET_RESULT_RAISES) {
            add_outcome(self, &self->raises, outcome, here);
            self->can_raise = true;
            continue;
        }
        self->can_fail |= !is_any;
        if (is_any || outcome->result == RULESET_RESULT_SUCCESS)
            add_outcome(self, &self->success, outcome, here);
        if (is_any || outcome->result == RULESET_RESULT_FAILURE)
            add_outcome(self, &self->failure, outcome, here);
    }
}

static void add_checks(struct builder *self, const struct ruleset_routine *body, const struct ruleset_path *here)
{
    for (uint32_t i = 0; i < body->checks.count; i++) {
        struct ruleset_check check = body->checks.items[i];
        check.path = place(self, &check.path, here);
        check.subject = place(self, &check.subject, here);
        VEC_PUSH_IN(self->arena, &self->routine.checks, check);
    }
}

/* Does BODY speak of the routine's MDL anywhere? */
static bool needs_mdl(const struct ruleset_routine *body)
{
    for (uint32_t i = 0; i < body->checks.count; i++)
        if (body->checks.items[i].kind != RULESET_CHECK_TOKEN && !body->checks.items[i].has_subject)
            return true;
    for (uint32_t i = 0; i < body->outcomes.count; i++) {
        const struct ruleset_outcome *outcome = &body->outcomes.items[i];
        for (uint32_t e = 0; e < outcome->effects.count; e++) {
            if (pack_needs_object(&outcome->effects.items[e]))
                return true;
            if (outcome->effects.items[e].kind == RULESET_EFFECT_NEW ||
                outcome->effects.items[e].kind == RULESET_EFFECT_UNMAP_TOKEN)
                break; /* what follows speaks of that one's */
        }
    }
    return false;
}

/* Does BODY end a mapping by its token? An MDL beside it is that of the mapping. */
static bool ends_token(const struct ruleset_routine *body)
{
    for (uint32_t i = 0; i < body->checks.count; i++)
        if (body->checks.items[i].kind == RULESET_CHECK_TOKEN)
            return true;
    return false;
}

/* How many parameters are MDLs: PARAM alone when it is one. The last of them in *FOUND. */
static uint32_t count_mdls(const struct ruleset_declaration *at, uint32_t param, uint32_t *found)
{
    uint32_t count = 0;

    *found = param;
    if (param < at->params.count && at->params.items[param].is_object)
        return 1;
    for (uint32_t i = 0; i < at->params.count; i++) {
        if (!at->params.items[i].is_object)
            continue;
        *found = i;
        count++;
    }
    return count;
}

/* The MDL is the annotated parameter, else the only one there is. */
static bool choose_mdl(struct builder *self, const char *word, uint32_t param)
{
    uint32_t found, count = count_mdls(self->declaration, param, &found);

    if (count != 1) {
        complain(self, "annotation '%s' needs one parameter that is the MDL: %s", word,
                 count ? "there are several; describe the function in a pack" : "there is none");
        return false;
    }
    if (self->routine.has_mdl && self->routine.mdl.arg != found) {
        complain(self, "annotation '%s' is about a second MDL%s; describe the function in a pack", word, "");
        return false;
    }
    self->routine.has_mdl = true;
    self->routine.mdl = argument_path(self, found, false);
    return true;
}

/* In the order of preference: what the word means on a parameter that is an MDL, a pointer, or on the function. */
static uint32_t note_places(const struct ruleset_declaration *at, const struct ruleset_note *note, enum ruleset_on places[3])
{
    uint32_t count = 0;

    if (note->param == UINT32_MAX) {
        places[0] = RULESET_ON_FUNCTION;
        places[1] = RULESET_ON_OUT;
        return 2;
    }
    if (note->param >= at->params.count)
        return 0;
    if (at->params.items[note->param].is_object)
        places[count++] = RULESET_ON_MDL;
    places[count++] = RULESET_ON_ARGUMENT;
    if (at->params.items[note->param].is_pointer && !at->params.items[note->param].is_object)
        places[count++] = RULESET_ON_OUT;
    return count;
}

static const struct ruleset_annotation *find_annotation(const struct ruleset *rules, const char *word, enum ruleset_on on)
{
    for (uint32_t i = 0; i < rules->annotations.count; i++)
        if (strcmp(rules->annotations.items[i].name, word) == 0 && (rules->annotations.items[i].on & RULESET_BIT(on)))
            return &rules->annotations.items[i];
    return NULL;
}

static void unknown_word(struct builder *self, const char *word)
{
    uint32_t count = self->rules->annotations.count;
    const char **names = ARENA_NEW_ARRAY(self->arena, const char *, count + 1), *near;

    for (uint32_t i = 0; i < count; i++) {
        names[i] = self->rules->annotations.items[i].name;
        if (strcmp(names[i], word) == 0) {
            complain(self, "annotation '%s' means nothing where it stands%s", word, "");
            return;
        }
    }
    near = nearest_name(word, names, count);
    if (near)
        complain(self, "there is no annotation '%s'; did you mean '%s'?", word, near);
    else
        complain(self, "there is no annotation '%s'%s", word, "");
}

static void add_note(struct builder *self, const struct ruleset_note *note)
{
    const char *word = note->text + strlen(PREFIX);
    const struct ruleset_annotation *annotation = NULL;
    enum ruleset_on places[3];
    uint32_t count = note_places(self->declaration, note, places), i, ignored;
    struct ruleset_path here;

    for (i = 0; i < count && !annotation; i++)
        annotation = find_annotation(self->rules, word, places[i]);
    if (!annotation) {
        unknown_word(self, word);
        return;
    }
    if (needs_mdl(&annotation->body) && !choose_mdl(self, word, note->param))
        return;
    if (ends_token(&annotation->body) && count_mdls(self->declaration, note->param, &ignored) == 1)
        choose_mdl(self, word, note->param);
    here = note->param == UINT32_MAX ? result_path(self)
                                     : argument_path(self, note->param, places[i - 1] == RULESET_ON_OUT);
    add_checks(self, &annotation->body, &here);
    add_outcomes(self, &annotation->body, &here);
}

static bool is_ours(const struct ruleset_note *note)
{
    return strncmp(note->text, PREFIX, strlen(PREFIX)) == 0;
}

static bool is_noted(const struct ruleset_declaration *at, uint32_t param)
{
    for (uint32_t i = 0; i < at->notes.count; i++)
        if (at->notes.items[i].param == param && is_ours(&at->notes.items[i]))
            return true;
    return false;
}

/* Of a parameter without an annotation nothing is known: what it points to may be kept and changed. */
static void add_silent_param(struct builder *self, uint32_t param)
{
    const struct ruleset_param *info = &self->declaration->params.items[param];
    struct ruleset_outcome *const outcomes[] = {&self->success, &self->failure};

    if (!info->is_pointer || is_noted(self->declaration, param) ||
        (self->routine.has_mdl && self->routine.mdl.arg == param))
        return;
    for (uint32_t i = 0; i < 2; i++) {
        add_effect(self, outcomes[i], RULESET_EFFECT_ESCAPE, argument_path(self, param, false));
        if (!info->is_const && !info->is_object)
            add_effect(self, outcomes[i], RULESET_EFFECT_WRITE, argument_path(self, param, true));
    }
}

static void push_outcome(struct builder *self, struct ruleset_outcome *outcome, enum ruleset_result result)
{
    outcome->result = result;
    outcome->if_pages = outcome->if_origin = RULESET_ANY;
    VEC_PUSH_IN(self->arena, &self->routine.outcomes, *outcome);
}

static void finish_routine(struct builder *self)
{
    enum ruleset_result success = self->declaration->success;

    for (uint32_t i = 0; i < self->declaration->params.count; i++)
        add_silent_param(self, i);
    if (!self->can_fail || success == RULESET_RESULT_ANY) {
        push_outcome(self, &self->success, RULESET_RESULT_ANY);
    } else {
        push_outcome(self, &self->success, success);
        push_outcome(self, &self->failure, success == RULESET_RESULT_NONNULL ? RULESET_RESULT_NULL : RULESET_RESULT_FAILURE);
    }
    if (self->can_raise)
        push_outcome(self, &self->raises, RULESET_RESULT_RAISES);
}

/* False: none of its annotations is ours, or something is wrong with them. */
static bool build_routine(struct builder *self)
{
    const struct ruleset_declaration *at = self->declaration;
    struct ruleset_match match = {.kind = RULESET_MATCH_FUNCTION, .name = at->name};
    uint32_t problems = self->problems.items.count;
    bool is_annotated = false;

    self->routine = (struct ruleset_routine){.name = at->name, .pack = "annotations", .source = "annotations in the source",
                                             .irql_max = 31, .file = at->file, .line = at->line, .column = at->column};
    self->success = self->failure = self->raises = (struct ruleset_outcome){0};
    self->can_fail = self->can_raise = false;
    for (uint32_t i = 0; i < at->notes.count; i++) {
        if (!is_ours(&at->notes.items[i]))
            continue;
        add_note(self, &at->notes.items[i]);
        is_annotated = true;
    }
    if (!is_annotated || self->problems.items.count > problems)
        return false;
    VEC_PUSH_IN(self->arena, &self->routine.matches, match);
    finish_routine(self);
    return true;
}

/* ---- all of them ---- */

/* The store's keys depend on the routines: on what the annotations say. */
static uint64_t hash_notes(uint64_t hash, const struct ruleset_declaration *at)
{
    hash = hash_mix(hash, hash_string(at->name));
    for (uint32_t i = 0; i < at->notes.count; i++)
        hash = hash_mix(hash_mix(hash, at->notes.items[i].param), hash_string(at->notes.items[i].text));
    return hash;
}

const struct ruleset *ruleset_annotate(const struct ruleset *self, const struct ruleset_declaration *declarations, uint32_t count,
                                       struct arena *arena, struct ruleset_errors *errors)
{
    struct pack_set set = {.arena = arena, .out = ARENA_NEW(arena, struct ruleset)};
    struct builder builder = {.rules = self, .arena = arena, .problems = {.arena = arena}};
    struct ruleset *out = set.out;

    *out = *self;
    out->arena = arena;
    memset(&out->routines, 0, sizeof(out->routines));
    for (uint32_t i = 0; i < self->routines.count; i++)
        VEC_PUSH_IN(arena, &out->routines, self->routines.items[i]);
    for (uint32_t i = 0; i < count; i++) {
        builder.declaration = &declarations[i];
        if (ruleset_find_function(self, declarations[i].name) || !build_routine(&builder))
            continue;
        VEC_PUSH_IN(arena, &out->routines, builder.routine);
        out->hash = hash_notes(out->hash, &declarations[i]);
    }
    errors->items = builder.problems.items.items;
    errors->count = builder.problems.items.count;
    if (out->routines.count == self->routines.count)
        return self;
    ruleset_sort_routines(out);
    set.problems.arena = arena;
    ruleset_build_index(&set);
    return out;
}
