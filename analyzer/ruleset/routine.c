/*
 * routine.c - routines: how they are recognised, what they require, and the short forms for routines that do little.
 */
#include <string.h>

#include "ruleset/pack.h"

/* ---- match ---- */

/* "DXGKRNL_INTERFACE.DxgkCbMapMdlToIoMmu" */
static bool read_field(struct pack *self, const struct yaml_node *node, struct ruleset_match *out)
{
    const char *text = pack_text(self, node, "a record and field"), *dot = text ? strrchr(text, '.') : NULL;

    if (!text)
        return false;
    if (!dot || dot == text || !dot[1]) {
        pack_problem(self, node, "'%s': write RECORD.FIELD", text);
        return false;
    }
    out->kind = RULESET_MATCH_FIELD;
    out->record = arena_strndup(self->set->arena, text, (size_t)(dot - text));
    out->name = dot + 1;
    return true;
}

static bool read_match(struct pack *self, const struct yaml_node *node, struct ruleset_match *out)
{
    const struct yaml_node *function, *field, *type, *macro;

    if (!PACK_CHECK_KEYS(self, node, "a match", "function", "field", "type", "macro", "call"))
        return false;
    function = yaml_get(node, "function");
    field = yaml_get(node, "field");
    type = yaml_get(node, "type");
    macro = yaml_get(node, "macro");
    if (!!function + !!field + !!type + !!macro != 1) {
        pack_problem(self, node, "a match is one of function, field, type, or macro with call");
        return false;
    }
    if (field)
        return read_field(self, field, out);
    out->kind = function ? RULESET_MATCH_FUNCTION : type ? RULESET_MATCH_TYPE : RULESET_MATCH_MACRO;
    if (macro) {
        const struct yaml_node *call = pack_required(self, node, "call", "a match by macro");
        out->record = pack_text(self, macro, "a macro's name");
        out->name = call ? pack_text(self, call, "a function's name") : NULL;
        return out->record && out->name;
    }
    out->name = pack_text(self, function ? function : type, "a name");
    return out->name != NULL;
}

/* Without `match` a routine is the function of its name. */
static void read_matches(struct pack *self, const struct yaml_node *node, struct ruleset_routine *out)
{
    struct ruleset_match match = {.kind = RULESET_MATCH_FUNCTION, .name = out->name};

    if (!node) {
        VEC_PUSH_IN(self->set->arena, &out->matches, match);
        return;
    }
    if (!pack_expect(self, node, YAML_SEQUENCE, "'match'"))
        return;
    if (!node->count)
        pack_problem(self, node, "'match' is empty: nothing would ever be this routine");
    for (uint32_t i = 0; i < node->count; i++) {
        match = (struct ruleset_match){0};
        if (read_match(self, node->items[i], &match))
            VEC_PUSH_IN(self->set->arena, &out->matches, match);
    }
}

/* ---- requires ---- */

#define CHECK_VERBS "descriptor", "pages", "origin", "no-mapping", "mapping", "token", "token-owner", "handler"

static const char *const check_verbs[] = {CHECK_VERBS};
#define CHECK_VERB_COUNT (sizeof(check_verbs) / sizeof(check_verbs[0]))

static bool read_token(struct pack *self, const struct yaml_node *node, struct ruleset_check *out)
{
    const struct yaml_node *path, *kinds, *or_null;

    if (!PACK_CHECK_KEYS(self, node, "'token'", "path", "kinds", "or-null"))
        return false;
    path = pack_required(self, node, "path", "'token'");
    kinds = pack_required(self, node, "kinds", "'token'");
    if (!path || !kinds)
        return false;
    out->mask = pack_mappings_mask(self, kinds);
    or_null = yaml_get(node, "or-null");
    out->allows_null = or_null && pack_bool(self, or_null, "'or-null'");
    return pack_path(self, path, &out->path) && out->mask;
}

static bool read_check_verb(struct pack *self, const struct yaml_node *value, struct ruleset_check *out)
{
    switch (out->kind) {
    case RULESET_CHECK_DESCRIPTOR:
        out->mask = pack_descriptors_mask(self, value);
        break;
    case RULESET_CHECK_PAGES:
        out->mask = pack_pages_mask(self, value);
        break;
    case RULESET_CHECK_ORIGIN:
        out->mask = pack_origins_mask(self, value);
        break;
    case RULESET_CHECK_NO_MAPPING:
    case RULESET_CHECK_MAPPING:
        out->mask = pack_mappings_mask(self, value);
        break;
    case RULESET_CHECK_TOKEN:
        return read_token(self, value, out);
    case RULESET_CHECK_TOKEN_OWNER:
        return pack_path(self, value, &out->path);
    case RULESET_CHECK_HANDLER:
        out->mask = pack_bool(self, value, "'handler'");
        break;
    }
    return out->mask != 0;
}

static void read_check_limits(struct pack *self, const struct yaml_node *node, struct ruleset_check *out)
{
    const struct yaml_node *pages = yaml_get(node, "if-pages"), *origin = yaml_get(node, "if-origin"),
                           *of = yaml_get(node, "of"), *where = yaml_get(node, "where"),
                           *listed = yaml_get(node, "unless-listed"), *over = yaml_get(node, "over");

    out->if_pages = pages ? pack_pages_mask(self, pages) : RULESET_ANY;
    out->if_origin = origin ? pack_origins_mask(self, origin) : RULESET_ANY;
    out->unless_listed = listed && pack_bool(self, listed, "'unless-listed'");
    out->has_subject = of && pack_path(self, of, &out->subject);
    if (over && out->kind != RULESET_CHECK_NO_MAPPING)
        pack_problem(self, over, "'over' belongs to no-mapping only");
    else
        out->is_over = over && pack_path(self, over, &out->path);
    if (where)
        pack_read_conditions(self, where, &out->conditions);
}

static uint32_t find_check_verb(struct pack *self, const struct yaml_node *node)
{
    uint32_t found = CHECK_VERB_COUNT, count = 0;

    for (uint32_t i = 0; i < CHECK_VERB_COUNT; i++) {
        if (yaml_get(node, check_verbs[i])) {
            found = i;
            count++;
        }
    }
    if (count == 1)
        return found;
    pack_problem(self, node,
                 "a requirement is exactly one of descriptor, pages, origin, no-mapping, mapping, token, "
                 "token-owner, handler");
    return CHECK_VERB_COUNT;
}

static void read_check(struct pack *self, const struct yaml_node *node, struct ruleset_routine *routine)
{
    struct ruleset_check check = {.line = node->line, .column = node->column};
    const struct yaml_node *rule, *message, *written;
    bool is_planned = false, is_good;
    uint32_t verb;

    if (!PACK_CHECK_KEYS(self, node, "a requirement", CHECK_VERBS, "else", "message", "message-written", "of", "over", "if-pages", "if-origin",
                         "unless-listed", "where", "target-os"))
        return;
    verb = find_check_verb(self, node);
    if (verb == CHECK_VERB_COUNT)
        return;
    check.kind = (enum ruleset_check_kind)verb;
    is_good = read_check_verb(self, yaml_get(node, check_verbs[verb]), &check);
    read_check_limits(self, node, &check);
    rule = pack_required(self, node, "else", "a requirement");
    check.rule = rule ? pack_rule(self, rule, &is_planned) : NULL;
    if (is_good)
        pack_check_check(self, node, routine, &check);
    message = yaml_get(node, "message");
    check.message = message ? pack_message(self, message) : NULL;
    written = yaml_get(node, "message-written");
    check.message_written = written ? pack_message(self, written) : NULL;
    if (is_good && check.rule && pack_applies(self, yaml_get(node, "target-os")))
        VEC_PUSH_IN(self->set->arena, &routine->checks, check);
}

/* ---- the routine ---- */

static void read_irql(struct pack *self, const struct yaml_node *node, struct ruleset_routine *out)
{
    static const char *const levels[] = {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL", "any"};
    const struct yaml_node *max;
    uint32_t level;

    out->irql_max = 31;
    if (!node || !PACK_CHECK_KEYS(self, node, "'irql'", "max"))
        return;
    max = pack_required(self, node, "max", "'irql'");
    level = max ? pack_name(self, max, "an IRQL", levels, 4) : 4;
    if (level < 3)
        out->irql_max = level;
}

/* context: mapper, or {process: mapper, kinds: user, where: {arg1: not 0}} */
static void read_context(struct pack *self, const struct yaml_node *node, struct ruleset_context *out)
{
    const struct yaml_node *process = node, *kinds = NULL, *where = NULL;

    if (!node)
        return;
    if (node->kind == YAML_MAPPING) {
        if (!PACK_CHECK_KEYS(self, node, "'context'", "process", "kinds", "where"))
            return;
        process = pack_required(self, node, "process", "'context'");
        kinds = yaml_get(node, "kinds");
        where = yaml_get(node, "where");
    }
    if (!process)
        return;
    out->process = pack_name(self, process, "a process", ruleset_process_names(), RULESET_PROCESS_COUNT - 1) + 1;
    if (out->process == RULESET_PROCESS_COUNT)
        out->process = RULESET_PROCESS_UNKNOWN;
    out->mappings = kinds ? pack_mappings_mask(self, kinds) : 0;
    if (where)
        pack_read_conditions(self, where, &out->conditions);
}

/* How many arguments there are, when the pack says so: paths that name others are mistakes. */
static void read_args(struct pack *self, const struct yaml_node *node)
{
    int64_t count;

    self->arg_count = PACK_ARGS_UNKNOWN;
    if (!node || !pack_int(self, node, "'args'", &count))
        return;
    if (count < 0 || count > PACK_ARGS_MAX)
        pack_problem(self, node, "'args' has to be a number from 0 to %d", PACK_ARGS_MAX);
    else
        self->arg_count = (uint32_t)count;
}

/* One document, or a list of them. */
static const char *read_source(struct pack *self, const struct yaml_node *node)
{
    const char *text = NULL;

    if (node->kind == YAML_SCALAR)
        return pack_text(self, node, "the document in 'source'");
    if (!pack_expect(self, node, YAML_SEQUENCE, "'source'"))
        return NULL;
    for (uint32_t i = 0; i < node->count; i++) {
        const char *item = pack_text(self, node->items[i], "the document in 'source'");
        if (item)
            text = text ? arena_printf(self->set->arena, "%s; %s", text, item) : item;
    }
    if (!node->count)
        pack_problem(self, node, "'source' names no document");
    return text;
}

static void read_flags(struct pack *self, const struct yaml_node *node, struct ruleset_routine *out)
{
    const struct yaml_node *mdl = yaml_get(node, "mdl"), *tracked = yaml_get(node, "only-tracked"),
                           *noreturn = yaml_get(node, "noreturn"), *pure = yaml_get(node, "pure"),
                           *waits = yaml_get(node, "waits");

    out->has_mdl = mdl != NULL; /* even if it cannot be read: one mistake is enough */
    if (mdl && mdl->kind == YAML_MAPPING) {
        out->is_by_token = PACK_CHECK_KEYS(self, mdl, "'mdl'", "owner-of");
        mdl = pack_required(self, mdl, "owner-of", "'mdl'");
    }
    if (mdl)
        pack_path(self, mdl, &out->mdl);
    out->is_waiting = waits && pack_bool(self, waits, "'waits'");
    out->only_tracked = tracked && pack_bool(self, tracked, "'only-tracked'");
    out->is_noreturn = noreturn && pack_bool(self, noreturn, "'noreturn'");
    out->is_pure = pure && pack_bool(self, pure, "'pure'");
}

static void read_outcomes(struct pack *self, const struct yaml_node *node, struct ruleset_routine *out)
{
    struct ruleset_outcome outcome;

    if (!node || !pack_expect(self, node, YAML_SEQUENCE, "'outcomes'"))
        return;
    for (uint32_t i = 0; i < node->count; i++)
        if (pack_read_outcome(self, node->items[i], out, &outcome))
            VEC_PUSH_IN(self->set->arena, &out->outcomes, outcome);
}

void pack_read_body(struct pack *self, const struct yaml_node *node, struct ruleset_routine *out)
{
    const struct yaml_node *checks = yaml_get(node, "requires");

    if (checks && pack_expect(self, checks, YAML_SEQUENCE, "'requires'"))
        for (uint32_t i = 0; i < checks->count; i++)
            read_check(self, checks->items[i], out);
    read_outcomes(self, yaml_get(node, "outcomes"), out);
}

static void read_routine(struct pack *self, const struct yaml_node *node)
{
    struct ruleset_routine routine = {
        .pack = self->name, .is_builtin = self->is_builtin, .file = self->file, .line = node->line, .column = node->column};
    const struct yaml_node *name, *source, *note;

    if (!PACK_CHECK_KEYS(self, node, "a routine", "name", "match", "args", "mdl", "only-tracked", "noreturn", "pure", "waits",
                         "requires", "outcomes", "irql", "context", "source", "note"))
        return;
    name = pack_required(self, node, "name", "a routine");
    routine.name = name ? pack_text(self, name, "a routine's name") : NULL;
    if (!routine.name)
        return;
    source = pack_required(self, node, "source", "a routine");
    routine.source = source ? read_source(self, source) : NULL;
    note = yaml_get(node, "note");
    if (note)
        pack_text(self, note, "'note'");
    read_matches(self, yaml_get(node, "match"), &routine);
    read_args(self, yaml_get(node, "args"));
    read_flags(self, node, &routine);
    read_irql(self, yaml_get(node, "irql"), &routine);
    read_context(self, yaml_get(node, "context"), &routine.context);
    pack_read_body(self, node, &routine);
    pack_check_routine(self, node, &routine);
    self->arg_count = PACK_ARGS_UNKNOWN;
    VEC_PUSH_IN(self->set->arena, &self->set->out->routines, routine);
}

/* ---- the short forms ---- */

static struct ruleset_routine short_routine(struct pack *self, const struct yaml_node *name)
{
    struct ruleset_match match = {.kind = RULESET_MATCH_FUNCTION};
    struct ruleset_routine routine = {.pack = self->name,
                                      .source = self->source,
                                      .is_builtin = self->is_builtin,
                                      .file = self->file,
                                      .irql_max = 31,
                                      .line = name->line,
                                      .column = name->column};

    routine.name = match.name = pack_text(self, name, "a routine's name");
    VEC_PUSH_IN(self->set->arena, &routine.matches, match);
    return routine;
}

/* "pure: [A, B]": neither keep nor change what they are given. */
static void read_pure(struct pack *self, const struct yaml_node *node)
{
    if (!pack_expect(self, node, YAML_SEQUENCE, "'pure'"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        struct ruleset_routine routine = short_routine(self, node->items[i]);
        routine.is_pure = true;
        if (routine.name)
            VEC_PUSH_IN(self->set->arena, &self->set->out->routines, routine);
    }
}

/* "outputs: {A: ["*arg1"]}", "keeps: {A: [arg2]}": these places get an unknown value or are kept by somebody, and that
 * is all. */
static void read_brief(struct pack *self, const struct yaml_node *node, enum ruleset_effect_kind kind)
{
    if (!pack_expect(self, node, YAML_MAPPING, "routines listed by name"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        struct ruleset_routine routine = short_routine(self, node->keys[i]);
        struct ruleset_outcome outcome = {.if_pages = RULESET_ANY, .if_origin = RULESET_ANY};
        const struct yaml_node *paths = node->items[i];
        if (!routine.name || !pack_expect(self, paths, YAML_SEQUENCE, "what is listed for a routine"))
            continue;
        for (uint32_t k = 0; k < paths->count; k++) {
            struct ruleset_effect effect = {
                .kind = kind, .has_path = true, .if_pages = RULESET_ANY, .if_origin = RULESET_ANY};
            if (pack_path(self, paths->items[k], &effect.path))
                VEC_PUSH_IN(self->set->arena, &outcome.effects, effect);
        }
        VEC_PUSH_IN(self->set->arena, &routine.outcomes, outcome);
        VEC_PUSH_IN(self->set->arena, &self->set->out->routines, routine);
    }
}

void pack_read_routines(struct pack *self)
{
    const struct yaml_node *routines = yaml_get(self->root, "routines"), *pure = yaml_get(self->root, "pure"),
                           *outputs = yaml_get(self->root, "outputs"), *keeps = yaml_get(self->root, "keeps"),
                           *source = yaml_get(self->root, "source");

    self->source = source ? read_source(self, source) : NULL;
    if ((pure || outputs || keeps) && !source)
        pack_problem(self, pure ? pure : outputs ? outputs : keeps, "routines listed by name need the pack's 'source'");
    if (routines && pack_expect(self, routines, YAML_SEQUENCE, "'routines'"))
        for (uint32_t i = 0; i < routines->count; i++)
            read_routine(self, routines->items[i]);
    if (pure)
        read_pure(self, pure);
    if (outputs)
        read_brief(self, outputs, RULESET_EFFECT_WRITE);
    if (keeps)
        read_brief(self, keeps, RULESET_EFFECT_ESCAPE);
}
