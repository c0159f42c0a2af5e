/*
 * outcome.c - the outcomes of a routine: which result, under which conditions, with which effects.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/pack.h"

static const char *const result_names[] = {"returns", "zero", "nonzero", "success", "failure", "positive", "raises"};
#define RESULT_COUNT 7

/* ---- conditions ---- */

/* "0", "0x40", "true", "not 0", "certainly 0", "not certainly 0", "mapped", "not mapped" */
static bool read_constant(struct pack *self, const struct yaml_node *node, struct ruleset_condition *out)
{
    const char *text = pack_text(self, node, "a constant");
    char *end;

    if (!text)
        return false;
    out->is_negated = strncmp(text, "not ", 4) == 0;
    if (out->is_negated)
        text += 4;
    out->is_certain = strncmp(text, "certainly ", 10) == 0;
    if (out->is_certain)
        text += 10;
    if (strcmp(text, "mapped") == 0 && !out->is_certain && !out->mask) {
        out->is_mapped = true;
        return true;
    }
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        out->value = text[0] == 't';
        return true;
    }
    out->value = strtoll(text, &end, 0);
    if (end != text && !*end)
        return true;
    pack_problem(self, node, "'%s' is no constant: write a number, true, false, mapped, or 'not' and one of these", text);
    return false;
}

/* The key of a condition: a path, or "path & mask". */
static bool read_masked_path(struct pack *self, const struct yaml_node *key, struct ruleset_condition *out)
{
    const char *amp = strchr(key->text, '&');
    struct yaml_node path = *key;
    char *end;

    if (!amp)
        return pack_path(self, key, &out->path);
    out->mask = strtoll(amp + 1, &end, 0);
    if (end == amp + 1 || *end || !out->mask) {
        pack_problem(self, key, "'%s': after '&' comes a mask that is not 0", key->text);
        return false;
    }
    while (amp > key->text && amp[-1] == ' ')
        amp--;
    path.text = arena_strndup(self->set->arena, key->text, (size_t)(amp - key->text));
    return pack_path(self, &path, &out->path);
}

void pack_read_conditions(struct pack *self, const struct yaml_node *node, struct ruleset_conditions *out)
{
    if (!pack_expect(self, node, YAML_MAPPING, "'where'"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        struct ruleset_condition condition = {0};
        if (!read_masked_path(self, node->keys[i], &condition) || !read_constant(self, node->items[i], &condition))
            continue;
        if (condition.path.root == RULESET_RETURN)
            pack_problem(self, node->keys[i], "a condition on the result is written with 'when'");
        VEC_PUSH_IN(self->set->arena, out, condition);
    }
}

/* ---- effects ---- */

#define EFFECT_VERBS                                                                                                   \
    "new", "descriptor", "pages", "origin", "map", "unmap-token", "end", "unmap", "escape", "borrow", "link", "write", \
        "set-null", "invalid", "zero", "copy", "assign", "use", "sized", "may-fault", "new-memory", "free-memory", "run"
#define EFFECT_MODIFIERS "of", "if-pages", "if-origin", "late", "late-at", "kinds", "drops", "over", "unless-back", "unless-mdl", "target-os"

static const char *const verbs[] = {EFFECT_VERBS};
#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* verbs[i] is this kind. */
static const enum ruleset_effect_kind verb_kinds[] = {
    RULESET_EFFECT_NEW,       RULESET_EFFECT_SET_DESCRIPTOR,
    RULESET_EFFECT_SET_PAGES, RULESET_EFFECT_SET_ORIGIN,
    RULESET_EFFECT_MAP,       RULESET_EFFECT_UNMAP_TOKEN,
    RULESET_EFFECT_END,       RULESET_EFFECT_UNMAP,
    RULESET_EFFECT_ESCAPE,    RULESET_EFFECT_BORROW,
    RULESET_EFFECT_LINK,      RULESET_EFFECT_WRITE,
    RULESET_EFFECT_NULL,      RULESET_EFFECT_INVALID,
    RULESET_EFFECT_ZERO,      RULESET_EFFECT_COPY,
    RULESET_EFFECT_ASSIGN,    RULESET_EFFECT_USE,
    RULESET_EFFECT_SIZED,     RULESET_EFFECT_MAY_FAULT,
    RULESET_EFFECT_NEW_MEMORY, RULESET_EFFECT_FREE_MEMORY,
    RULESET_EFFECT_RUN,
};

/* A path under KEY of NODE, which has to be there. */
static bool keyed_path(struct pack *self, const struct yaml_node *node, const char *key, const char *what,
                       struct ruleset_path *out)
{
    const struct yaml_node *value = pack_required(self, node, key, what);

    return value && pack_path(self, value, out);
}

static bool read_new(struct pack *self, const struct yaml_node *node, struct ruleset_effect *out)
{
    const struct yaml_node *pages, *origin, *descriptor, *flag, *over;

    if (!PACK_CHECK_KEYS(self, node, "'new'", "at", "descriptor", "pages", "origin", "short", "over"))
        return false;
    pages = pack_required(self, node, "pages", "'new'");
    origin = pack_required(self, node, "origin", "'new'");
    descriptor = yaml_get(node, "descriptor");
    if (!keyed_path(self, node, "at", "'new'", &out->path) || !pages || !origin)
        return false;
    out->has_path = true;
    out->value = descriptor ? pack_descriptor(self, descriptor) : RULESET_DESCRIPTOR_LIVE;
    if (out->value == RULESET_DESCRIPTOR_FREED)
        pack_problem(self, descriptor, "a new MDL cannot be freed already");
    flag = yaml_get(node, "short");
    out->is_short = flag && pack_bool(self, flag, "'short'");
    over = yaml_get(node, "over");
    out->has_other = over && pack_path(self, over, &out->other);
    out->pages = pack_pages(self, pages);
    out->origin = pack_origin(self, origin);
    return true;
}

static bool read_map(struct pack *self, const struct yaml_node *node, struct ruleset_effect *out)
{
    const struct yaml_node *kind, *token, *alias, *flag;

    if (!PACK_CHECK_KEYS(self, node, "'map'", "kind", "token", "alias", "explicit", "idempotent", "loose"))
        return false;
    kind = pack_required(self, node, "kind", "'map'");
    token = yaml_get(node, "token");
    if (!kind || (token && !pack_path(self, token, &out->path)))
        return false;
    out->has_path = token != NULL;
    out->value = pack_mapping(self, kind);
    alias = yaml_get(node, "alias");
    out->has_other = alias && pack_path(self, alias, &out->other);
    flag = yaml_get(node, "explicit");
    out->is_explicit = flag && pack_bool(self, flag, "'explicit'");
    flag = yaml_get(node, "idempotent");
    out->is_idempotent = flag && pack_bool(self, flag, "'idempotent'");
    flag = yaml_get(node, "loose");
    out->is_loose = flag && pack_bool(self, flag, "'loose'");
    return true;
}

/* copy: {from: B, to: A} */
static bool read_pair(struct pack *self, const struct yaml_node *node, const char *path_key, const char *other_key,
                      struct ruleset_effect *out)
{
    const char *const keys[] = {path_key, other_key};

    out->has_path = out->has_other = true;
    return pack_check_keys(self, node, "this effect", keys, 2) &&
           keyed_path(self, node, path_key, "this effect", &out->path) &&
           keyed_path(self, node, other_key, "this effect", &out->other);
}

/* link: {mdl: A, to: B} */
static bool read_link(struct pack *self, const struct yaml_node *node, struct ruleset_effect *out)
{
    const struct yaml_node *flag;

    out->has_path = out->has_other = true;
    if (!PACK_CHECK_KEYS(self, node, "'link'", "mdl", "to", "behind") || !keyed_path(self, node, "mdl", "'link'", &out->path) ||
        !keyed_path(self, node, "to", "'link'", &out->other))
        return false;
    flag = yaml_get(node, "behind");
    out->is_behind = flag && pack_bool(self, flag, "'behind'");
    return true;
}

/* run: {routine: P, args: [P, unknown, …], later: true, gives-back: NUMBER} */
static bool read_run(struct pack *self, const struct yaml_node *node, struct ruleset_effect *out)
{
    const struct yaml_node *args, *flag, *back;

    if (!PACK_CHECK_KEYS(self, node, "'run'", "routine", "args", "later", "gives-back") || !keyed_path(self, node, "routine", "'run'", &out->path))
        return false;
    out->has_path = true;
    args = yaml_get(node, "args");
    if (args && !pack_expect(self, args, YAML_SEQUENCE, "'args'"))
        return false;
    for (uint32_t i = 0; args && i < args->count; i++) {
        const struct yaml_node *arg = args->items[i];
        struct ruleset_path path = {0};

        if (!(arg->kind == YAML_SCALAR && strcmp(arg->text, "unknown") == 0) && !pack_path(self, arg, &path))
            return false;
        VEC_PUSH_IN(self->set->arena, &out->args, path);
    }
    flag = yaml_get(node, "later");
    out->is_later = flag && pack_bool(self, flag, "'later'");
    back = yaml_get(node, "gives-back");
    out->has_back = back && pack_int(self, back, "'gives-back'", &out->back);
    return true;
}

static bool read_verb(struct pack *self, const struct yaml_node *value, struct ruleset_effect *out)
{
    switch (out->kind) {
    case RULESET_EFFECT_NEW:
        return read_new(self, value, out);
    case RULESET_EFFECT_MAP:
        return read_map(self, value, out);
    case RULESET_EFFECT_LINK:
        return read_link(self, value, out);
    case RULESET_EFFECT_RUN:
        return read_run(self, value, out);
    case RULESET_EFFECT_COPY:
    case RULESET_EFFECT_ASSIGN:
        return read_pair(self, value, "to", "from", out);
    case RULESET_EFFECT_SET_DESCRIPTOR:
        return (out->value = pack_descriptor(self, value)) < RULESET_DESCRIPTOR_COUNT;
    case RULESET_EFFECT_SET_PAGES:
        return (out->value = pack_pages(self, value)) < RULESET_PAGES_COUNT;
    case RULESET_EFFECT_SET_ORIGIN:
        return (out->value = pack_origin(self, value)) < self->set->out->origins.count;
    case RULESET_EFFECT_END:
    case RULESET_EFFECT_UNMAP:
        return (out->mask = pack_mappings_mask(self, value)) != 0;
    default:
        out->has_path = true;
        return pack_path(self, value, &out->path);
    }
}

static void read_late(struct pack *self, const struct yaml_node *node, struct ruleset_effect *out)
{
    static const char *const places[] = {"this-call", "unmap"};
    const struct yaml_node *late = yaml_get(node, "late"), *at = yaml_get(node, "late-at");
    bool is_planned;

    if (!late) {
        if (at)
            pack_problem(self, at, "'late-at' says nothing without 'late'");
        return;
    }
    if (out->kind != RULESET_EFFECT_END && out->kind != RULESET_EFFECT_UNMAP && out->kind != RULESET_EFFECT_UNMAP_TOKEN)
        pack_problem(self, late, "'late' belongs to end, unmap and unmap-token only");
    out->late_rule = pack_rule(self, late, &is_planned);
    out->late_at_end = at ? pack_name(self, at, "a place", places, 2) == 0 : out->kind == RULESET_EFFECT_END;
}

/* free-memory: P, drops: true */
static void read_drops(struct pack *self, const struct yaml_node *node, struct ruleset_effect *out)
{
    const struct yaml_node *drops = yaml_get(node, "drops");

    if (!drops)
        return;
    if (out->kind != RULESET_EFFECT_FREE_MEMORY)
        pack_problem(self, drops, "'drops' belongs to free-memory only");
    else if (pack_bool(self, drops, "'drops'"))
        out->kind = RULESET_EFFECT_DROP;
}

/* pages: partial, over: P */
static void read_over(struct pack *self, const struct yaml_node *node, struct ruleset_effect *out)
{
    const struct yaml_node *over = yaml_get(node, "over");

    if (over && out->kind != RULESET_EFFECT_SET_PAGES)
        pack_problem(self, over, "'over' belongs to new, pages and no-mapping only");
    else if (over)
        out->has_other = pack_path(self, over, &out->other);
}

/* A condition of escape. */
static bool read_unless(struct pack *self, const struct yaml_node *node, const char *key, const struct ruleset_effect *out)
{
    const struct yaml_node *value = yaml_get(node, key);

    if (value && out->kind != RULESET_EFFECT_ESCAPE)
        pack_problem(self, value, "'%s' belongs to escape only", key);
    return value && pack_bool(self, value, key);
}

static void read_modifiers(struct pack *self, const struct yaml_node *node, struct ruleset_effect *out)
{
    const struct yaml_node *of = yaml_get(node, "of"), *pages = yaml_get(node, "if-pages"),
                           *origin = yaml_get(node, "if-origin"), *kinds = yaml_get(node, "kinds");
    bool takes_of = out->kind == RULESET_EFFECT_SET_DESCRIPTOR || out->kind == RULESET_EFFECT_SET_PAGES ||
                    out->kind == RULESET_EFFECT_SET_ORIGIN;

    out->if_pages = pages ? pack_pages_mask(self, pages) : RULESET_ANY;
    out->if_origin = origin ? pack_origins_mask(self, origin) : RULESET_ANY;
    if (of && !takes_of)
        pack_problem(self, of, "'of' belongs to descriptor, pages and origin only");
    else if (of)
        out->has_path = pack_path(self, of, &out->path);
    if (kinds && out->kind == RULESET_EFFECT_UNMAP_TOKEN)
        out->mask = pack_mappings_mask(self, kinds);
    else if (kinds)
        pack_problem(self, kinds, "'kinds' belongs to unmap-token only");
    read_drops(self, node, out);
    out->unless_back = read_unless(self, node, "unless-back", out);
    out->unless_mdl = read_unless(self, node, "unless-mdl", out);
    read_over(self, node, out);
    read_late(self, node, out);
}

/* Index into verbs of the one that NODE has; VERB_COUNT with a problem when there is not exactly one. */
static uint32_t find_verb(struct pack *self, const struct yaml_node *node)
{
    uint32_t found = VERB_COUNT;

    for (uint32_t i = 0; i < VERB_COUNT; i++) {
        if (!yaml_get(node, verbs[i]))
            continue;
        if (found < VERB_COUNT)
            pack_problem(self, node, "one effect an entry: '%s' and '%s' need an entry each", verbs[found], verbs[i]);
        found = i;
    }
    if (found == VERB_COUNT)
        pack_problem(self, node,
                     "this entry has no effect: one of new, descriptor, pages, map, end, escape, write ...");
    return found;
}

/* A verb whose value is a list of paths is one effect for each of them. */
static void read_effect(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                        struct ruleset_outcome *outcome)
{
    const struct yaml_node *value;
    uint32_t verb, values = 1;
    bool is_list, applies;

    if (!PACK_CHECK_KEYS(self, node, "an effect", EFFECT_VERBS, EFFECT_MODIFIERS))
        return;
    verb = find_verb(self, node);
    if (verb == VERB_COUNT)
        return;
    value = yaml_get(node, verbs[verb]);
    applies = pack_applies(self, yaml_get(node, "target-os"));
    is_list = value->kind == YAML_SEQUENCE && verb_kinds[verb] != RULESET_EFFECT_END &&
              verb_kinds[verb] != RULESET_EFFECT_UNMAP;
    if (is_list)
        values = value->count;
    for (uint32_t i = 0; i < values; i++) {
        struct ruleset_effect effect = {.kind = verb_kinds[verb]};
        bool is_good = read_verb(self, is_list ? value->items[i] : value, &effect);
        read_modifiers(self, node, &effect);
        if (is_good)
            pack_check_effect(self, node, routine, outcome, &effect);
        if (is_good)
            pack_check_order(self, node, outcome, &effect);
        if (is_good && applies)
            VEC_PUSH_IN(self->set->arena, &outcome->effects, effect);
    }
}

/* ---- outcomes ---- */

/* unchecked: RULE, or {rule: RULE, at: PATH} */
static void read_unchecked(struct pack *self, const struct yaml_node *node, struct ruleset_outcome *out)
{
    const struct yaml_node *rule = node;
    bool is_planned;
    const char *why;

    path_parse("return", self->set->arena, &out->unchecked_path, &why);
    if (node->kind == YAML_MAPPING) {
        if (!PACK_CHECK_KEYS(self, node, "'unchecked'", "rule", "at"))
            return;
        rule = pack_required(self, node, "rule", "'unchecked'");
        keyed_path(self, node, "at", "'unchecked'", &out->unchecked_path);
    }
    if (rule)
        out->unchecked_rule = pack_rule(self, rule, &is_planned);
    if (out->result != RULESET_RESULT_NULL && out->result != RULESET_RESULT_FAILURE)
        pack_problem(self, node, "'unchecked' belongs to an outcome with when: zero or failure");
}

static void read_restrictions(struct pack *self, const struct yaml_node *node, struct ruleset_outcome *out)
{
    const struct yaml_node *pages = yaml_get(node, "if-pages"), *origin = yaml_get(node, "if-origin"),
                           *mapping = yaml_get(node, "if-no-mapping"), *where = yaml_get(node, "where"),
                           *at_most = yaml_get(node, "at-most");

    out->if_pages = pages ? pack_pages_mask(self, pages) : RULESET_ANY;
    out->if_origin = origin ? pack_origins_mask(self, origin) : RULESET_ANY;
    out->has_at_most = at_most && pack_path(self, at_most, &out->at_most);
    out->if_no_mapping = mapping ? pack_mappings_mask(self, mapping) : 0;
    if (where)
        pack_read_conditions(self, where, &out->conditions);
}

static bool binds_token(const struct ruleset_outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->effects.count; i++)
        if (outcome->effects.items[i].kind == RULESET_EFFECT_MAP ||
            outcome->effects.items[i].kind == RULESET_EFFECT_UNMAP_TOKEN)
            return true;
    return false;
}

static void read_says(struct pack *self, const struct yaml_node *node, struct ruleset_outcome *out)
{
    out->says = node ? pack_message(self, node) : NULL;
    if (out->says && strstr(out->says, "{token}") && !binds_token(out))
        pack_problem(self, node, "'says' names {token}, but no effect of this outcome makes or ends a mapping");
}

bool pack_read_outcome(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                       struct ruleset_outcome *out)
{
    const struct yaml_node *when, *effects, *unchecked;

    *out = (struct ruleset_outcome){0};
    if (!PACK_CHECK_KEYS(self, node, "an outcome", "when", "where", "if-pages", "if-origin", "if-no-mapping",
                         "at-most", "do", "says", "unchecked", "target-os"))
        return false;
    when = pack_required(self, node, "when", "an outcome");
    if (when)
        out->result = (enum ruleset_result)pack_name(self, when, "a result", result_names, RESULT_COUNT);
    read_restrictions(self, node, out);
    effects = yaml_get(node, "do");
    if (effects && pack_expect(self, effects, YAML_SEQUENCE, "'do'"))
        for (uint32_t i = 0; i < effects->count; i++)
            read_effect(self, effects->items[i], routine, out);
    read_says(self, yaml_get(node, "says"), out);
    unchecked = yaml_get(node, "unchecked");
    if (unchecked)
        read_unchecked(self, unchecked, out);
    pack_check_outcome(self, node, routine, out);
    return pack_applies(self, yaml_get(node, "target-os")) && when;
}
