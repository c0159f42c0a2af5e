/*
 * infer_print.c - a recognised wrapper as an entry of a rule pack: the requirements of the routines it calls, as far as they hold when the wrapper is
 * entered, and their effects.
 */
#include <string.h>

#include "cli/infer.h"

#define MESSAGE_INDENT "        "

static void add_quoted(struct strbuf *out, const char *text)
{
    strbuf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_addc(out, '\\');
        strbuf_addc(out, *text);
    }
    strbuf_addc(out, '"');
}

static const char *pages_word(const struct ruleset *rules, uint32_t bit)
{
    (void)rules;
    return ruleset_pages_name(bit);
}

static const char *mapping_word(const struct ruleset *rules, uint32_t bit)
{
    (void)rules;
    return ruleset_mapping_name(bit);
}

static const char *descriptor_word(const struct ruleset *rules, uint32_t bit)
{
    (void)rules;
    return ruleset_descriptor_name(bit);
}

static const char *origin_word(const struct ruleset *rules, uint32_t bit)
{
    return rules->origins.items[bit];
}

/* "[locked, hand-filled]" */
static void add_set(struct strbuf *out, const struct ruleset *rules, uint32_t mask, uint32_t count,
                    const char *(*word)(const struct ruleset *, uint32_t))
{
    const char *separator = "[";

    for (uint32_t i = 0; i < count; i++) {
        if (!(mask & (1u << i)))
            continue;
        strbuf_addf(out, "%s%s", separator, word(rules, i));
        separator = ", ";
    }
    strbuf_addc(out, ']');
}

/* ---- requirements ---- */

/* What the routines before this one have done to the MDL. */
struct printer {
    const struct wrapper *wrapper;
    const struct ruleset *rules;
    struct strbuf *out;
    const char *token;          /* of the mapping that is unmapped; or NULL */
    bool has_changed_pages;     /* so what is required of them is no longer what the wrapper's caller has to see to */
    uint32_t said;              /* mask of RULESET_CHECK_… kinds that were printed for an earlier routine */
    uint32_t saying;            /* and for this one */
    bool has_head;
};

static bool is_printable(const struct printer *self, const struct ruleset_check *check)
{
    if (check->kind == RULESET_CHECK_HANDLER)
        return false; /* the wrapper may have one around the call */
    if (check->has_subject || check->conditions.count || (self->said & (1u << check->kind)))
        return false;
    if (check->kind == RULESET_CHECK_PAGES && self->has_changed_pages)
        return false;
    if (check->kind == RULESET_CHECK_TOKEN || check->kind == RULESET_CHECK_TOKEN_OWNER)
        return self->token != NULL;
    return true;
}

static void add_condition(struct printer *self, const struct ruleset_check *check)
{
    struct strbuf *out = self->out;

    switch (check->kind) {
    case RULESET_CHECK_DESCRIPTOR:
        strbuf_adds(out, "descriptor: ");
        add_set(out, self->rules, check->mask, RULESET_DESCRIPTOR_COUNT, descriptor_word);
        break;
    case RULESET_CHECK_PAGES:
        strbuf_adds(out, "pages: ");
        add_set(out, self->rules, check->mask, RULESET_PAGES_COUNT, pages_word);
        break;
    case RULESET_CHECK_ORIGIN:
        strbuf_adds(out, "origin: ");
        add_set(out, self->rules, check->mask, self->rules->origins.count, origin_word);
        break;
    case RULESET_CHECK_NO_MAPPING:
    case RULESET_CHECK_MAPPING:
        strbuf_adds(out, check->kind == RULESET_CHECK_MAPPING ? "mapping: " : "no-mapping: ");
        add_set(out, self->rules, check->mask, RULESET_MAPPING_COUNT, mapping_word);
        break;
    case RULESET_CHECK_TOKEN:
        strbuf_addf(out, "token: {path: %s, kinds: ", self->token);
        add_set(out, self->rules, check->mask, RULESET_MAPPING_COUNT, mapping_word);
        strbuf_addc(out, '}');
        break;
    case RULESET_CHECK_TOKEN_OWNER: strbuf_addf(out, "token-owner: %s", self->token); break;
    case RULESET_CHECK_HANDLER: break; /* not printable */
    }
}

static void add_check(struct printer *self, const struct ruleset_check *check)
{
    struct strbuf *out = self->out;

    if (!self->has_head)
        strbuf_adds(out, "    requires:\n");
    self->has_head = true;
    strbuf_adds(out, "      - ");
    add_condition(self, check);
    if (check->if_pages != RULESET_ANY) {
        strbuf_adds(out, "\n" MESSAGE_INDENT "if-pages: ");
        add_set(out, self->rules, check->if_pages, RULESET_PAGES_COUNT, pages_word);
    }
    if (check->if_origin != RULESET_ANY) {
        strbuf_adds(out, "\n" MESSAGE_INDENT "if-origin: ");
        add_set(out, self->rules, check->if_origin, self->rules->origins.count, origin_word);
    }
    strbuf_addf(out, "\n" MESSAGE_INDENT "else: %s\n", check->rule->meta.id);
    if (check->message) {
        strbuf_adds(out, MESSAGE_INDENT "message: ");
        add_quoted(out, check->message);
        strbuf_addc(out, '\n');
    }
}

/* The requirements of each routine in turn. Of what an earlier one required or changed the later ones say nothing new. */
static void add_requirements(struct printer *self)
{
    const struct engine_case *does = self->wrapper->does;
    const struct ruleset_routine *last = NULL;

    for (uint32_t i = 0; i < does->origins.count; i++) {
        const struct engine_origin *origin = &does->origins.items[i];
        if (origin->effect->kind == RULESET_EFFECT_NEW)
            return; /* nobody has had it before */
        for (uint32_t c = 0; origin->routine != last && c < origin->routine->checks.count; c++) {
            const struct ruleset_check *check = &origin->routine->checks.items[c];
            if (!is_printable(self, check))
                continue;
            add_check(self, check);
            self->saying |= 1u << check->kind;
        }
        self->said |= self->saying;
        self->has_changed_pages |= origin->effect->kind == RULESET_EFFECT_SET_PAGES;
        last = origin->routine;
    }
}

/* ---- effects ---- */

static void add_late(struct strbuf *out, const struct ruleset_effect *effect)
{
    if (effect->late_rule)
        strbuf_addf(out, ", late: %s", effect->late_rule->meta.id);
    strbuf_adds(out, "}\n");
}

/* Pages of a new MDL: what the last event made of them. */
static uint32_t last_pages(const struct engine_case *does, const struct ruleset_effect *made)
{
    uint32_t pages = made->pages;

    for (uint32_t i = 0; i < does->origins.count; i++)
        if (does->origins.items[i].effect->kind == RULESET_EFFECT_SET_PAGES)
            pages = does->origins.items[i].effect->value;
    return pages;
}

/* A token, or a place for one: stars need quotes. */
static const char *quote_for(const char *path)
{
    return path[0] == '*' ? "\"" : "";
}

static void add_effect(struct printer *self, const struct engine_origin *origin, bool is_new)
{
    const struct ruleset_effect *effect = origin->effect;
    const char *subject = self->wrapper->subject, *quote = quote_for(subject);
    struct strbuf *out = self->out;

    switch (effect->kind) {
    case RULESET_EFFECT_NEW:
        strbuf_addf(out, "          - new: {at: %s%s%s, pages: %s, origin: %s}\n", quote, subject, quote,
                    ruleset_pages_name(last_pages(self->wrapper->does, effect)), self->rules->origins.items[effect->origin]);
        break;
    case RULESET_EFFECT_SET_DESCRIPTOR:
        strbuf_addf(out, "          - descriptor: %s\n", ruleset_descriptor_name(effect->value));
        break;
    case RULESET_EFFECT_SET_PAGES:
        if (!is_new)
            strbuf_addf(out, "          - pages: %s\n", ruleset_pages_name(effect->value));
        break;
    case RULESET_EFFECT_SET_ORIGIN:
        strbuf_addf(out, "          - origin: %s\n", self->rules->origins.items[effect->value]);
        break;
    case RULESET_EFFECT_MAP:
        quote = quote_for(origin->path);
        strbuf_addf(out, "          - map: {kind: %s, token: %s%s%s%s%s}\n", ruleset_mapping_name(effect->value), quote, origin->path,
                    quote, effect->is_explicit ? ", explicit: true" : "", effect->is_idempotent ? ", idempotent: true" : "");
        break;
    case RULESET_EFFECT_UNMAP_TOKEN:
        strbuf_addf(out, "          - {unmap-token: %s", origin->path);
        add_late(out, effect);
        break;
    case RULESET_EFFECT_END:
    case RULESET_EFFECT_UNMAP:
        strbuf_adds(out, effect->kind == RULESET_EFFECT_END ? "          - {end: " : "          - {unmap: ");
        add_set(out, self->rules, effect->mask, RULESET_MAPPING_COUNT, mapping_word);
        add_late(out, effect);
        break;
    default: break;
    }
}

/* What each routine says, once. */
static void add_says(struct printer *self)
{
    const struct engine_case *does = self->wrapper->does;
    const struct ruleset_outcome *last = NULL;
    struct strbuf text;

    strbuf_init(&text);
    for (uint32_t i = 0; i < does->origins.count; i++) {
        const struct ruleset_outcome *outcome = does->origins.items[i].outcome;
        if (outcome != last && outcome->says)
            strbuf_addf(&text, "%s%s", text.length ? "; " : "", outcome->says);
        last = outcome;
    }
    if (text.length) {
        strbuf_adds(self->out, "        says: ");
        add_quoted(self->out, text.data);
        strbuf_addc(self->out, '\n');
    }
    strbuf_release(&text);
}

/* The rule that a result which may be NULL is under, of the routine that may give it. */
static const struct ruleset_rule *unchecked_rule(const struct engine_case *does)
{
    for (uint32_t i = 0; i < does->origins.count; i++) {
        const struct ruleset_routine *routine = does->origins.items[i].routine;
        for (uint32_t o = 0; o < routine->outcomes.count; o++)
            if (routine->outcomes.items[o].unchecked_rule)
                return routine->outcomes.items[o].unchecked_rule;
    }
    return NULL;
}

static void add_outcomes(struct printer *self)
{
    const struct wrapper *wrapper = self->wrapper;
    const struct ruleset_rule *unchecked = unchecked_rule(wrapper->does);
    bool is_new = false;

    strbuf_addf(self->out, "    outcomes:\n      - when: %s\n        do:\n", wrapper->when);
    for (uint32_t i = 0; i < wrapper->does->origins.count; i++) {
        add_effect(self, &wrapper->does->origins.items[i], is_new);
        is_new |= wrapper->does->origins.items[i].effect->kind == RULESET_EFFECT_NEW;
    }
    add_says(self);
    if (wrapper->otherwise) {
        strbuf_addf(self->out, "      - when: %s\n", wrapper->otherwise);
        if (unchecked && strcmp(wrapper->otherwise, "zero") == 0)
            strbuf_addf(self->out, "        unchecked: %s\n", unchecked->meta.id);
    }
    if (wrapper->can_raise)
        strbuf_adds(self->out, "      - when: raises\n");
}

static const char *find_token(const struct engine_case *does)
{
    for (uint32_t i = 0; i < does->origins.count; i++)
        if (does->origins.items[i].effect->kind == RULESET_EFFECT_UNMAP_TOKEN)
            return does->origins.items[i].path;
    return NULL;
}

static void add_calls(const struct engine_case *does, struct strbuf *out)
{
    const struct ruleset_routine *last = NULL;

    for (uint32_t i = 0; i < does->origins.count; i++) {
        if (does->origins.items[i].routine != last)
            strbuf_addf(out, "%s%s", last ? ", " : "", does->origins.items[i].routine->name);
        last = does->origins.items[i].routine;
    }
}

void infer_print(const struct wrapper *self, const struct ruleset *rules, const char *file, uint32_t line, struct strbuf *out)
{
    struct printer printer = {.wrapper = self, .rules = rules, .out = out, .token = find_token(self->does)};
    bool has_mdl = self->subject[0] == 'a';

    strbuf_adds(out, "  # ");
    add_calls(self->does, out);
    strbuf_addf(out, "\n  - name: ");
    add_quoted(out, self->function->name);
    strbuf_adds(out, "\n    source: ");
    strbuf_addf(out, "\"%s:%u\"\n    args: %u\n", file, line, self->function->param_count);
    if (has_mdl && !(printer.token && strcmp(printer.token, self->subject) == 0))
        strbuf_addf(out, "    mdl: %s\n", self->subject);
    add_requirements(&printer);
    add_outcomes(&printer);
}
