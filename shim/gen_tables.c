/*
 * gen_tables.c - writes the rule packs as C tables for the tracker (tables.h). Run by the build:
 *
 *   mdlguard_gen_tables DIRECTORY     writes DIRECTORY/mdlguard_tables.c and DIRECTORY/mdlguard_routines.h
 *
 * Only routines that have a part in the life of MDLs are written. Each access path of a routine becomes a slot, and the header gets two macros
 * a routine that fill the slots from the parameters arg0, arg1, ... and the variable result of a wrapper: MG_ENTRY_xxx before the call,
 * MG_EXIT_xxx after it. A pack that names a parameter that does not exist fails to compile.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "engine/protocol.h"
#include "ruleset/ruleset.h"
#include "tables.h"

struct slots {
    const struct ruleset_path *paths[MG_SLOT_COUNT];
    bool at_entry[MG_SLOT_COUNT], at_exit[MG_SLOT_COUNT];
    uint32_t count;
    bool is_full;
};

struct generator {
    const struct ruleset *rules;
    struct strbuf conditions, checks, effects, outcomes, routines, header;
    uint32_t condition_count, check_count, effect_count, outcome_count, routine_count;
};

static uint32_t slot_of(struct slots *self, const struct ruleset_path *path, bool at_exit)
{
    uint32_t s;

    if (!path->text)
        return MG_NO_SLOT;
    for (s = 0; s < self->count; s++)
        if (self->paths[s] && strcmp(self->paths[s]->text, path->text) == 0)
            break;
    if (s == self->count) {
        if (self->count == MG_SLOT_COUNT) {
            self->is_full = true;
            return MG_NO_SLOT;
        }
        self->paths[self->count++] = path;
    }
    at_exit = at_exit || path->root == RULESET_RETURN;
    self->at_exit[s] |= at_exit;
    self->at_entry[s] |= !at_exit;
    return s;
}

/* ---- names ---- */

/* NAME as part of an identifier: "MmPrepareMdlForReuse (macro)" has characters that C does not allow. */
static void add_identifier(struct strbuf *out, const char *name)
{
    for (; *name; name++) {
        bool is_plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || (*name >= '0' && *name <= '9');
        strbuf_addc(out, is_plain ? *name : '_');
    }
}

static void add_upper(struct strbuf *out, const char *name)
{
    for (; *name; name++)
        strbuf_addc(out, *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name == '-' ? '_' : *name);
}

static void add_string(struct strbuf *out, const char *text)
{
    if (!text) {
        strbuf_adds(out, "0");
        return;
    }
    strbuf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_addc(out, '\\');
        strbuf_addc(out, *text);
    }
    strbuf_addc(out, '"');
}

/* The path as a C expression over the wrapper's parameters. */
static void add_expression(struct strbuf *out, const struct ruleset_path *path)
{
    const char *text = path->text, *star = text;

    while (*star == '*')
        star++;
    strbuf_add(out, text, (size_t)(star - text));
    if (path->root == RULESET_RETURN)
        strbuf_addf(out, "result%s", star + strlen("return"));
    else
        strbuf_adds(out, star);
}

static uint32_t rule_number(const struct generator *self, const struct ruleset_rule *rule)
{
    return rule ? (uint32_t)(rule - self->rules->rules.items) : MG_NO_RULE;
}

/* ---- parts of a routine ---- */

static struct mg_range add_conditions(struct generator *self, const struct ruleset_condition *items, uint32_t count,
                                      struct slots *slots)
{
    struct mg_range range = {(uint16_t)self->condition_count, 0};

    for (uint32_t c = 0; c < count; c++) {
        if (items[c].is_mapped)
            continue; /* the real call's result tells which outcome it is */
        strbuf_addf(&self->conditions, "    {%" PRId64 ", %" PRId64 ", %u, %d},\n", items[c].value, items[c].mask,
                    slot_of(slots, &items[c].path, false), items[c].is_negated);
        range.count++;
    }
    self->condition_count += range.count;
    return range;
}

/* NULL: what the tracker cannot see. */
static const char *check_name(enum ruleset_check_kind kind)
{
    switch (kind) {
    case RULESET_CHECK_DESCRIPTOR: return "MG_CHECK_DESCRIPTOR";
    case RULESET_CHECK_PAGES: return "MG_CHECK_PAGES";
    case RULESET_CHECK_ORIGIN: return "MG_CHECK_ORIGIN";
    case RULESET_CHECK_NO_MAPPING: return "MG_CHECK_NO_MAPPING";
    case RULESET_CHECK_MAPPING: return "MG_CHECK_MAPPING";
    case RULESET_CHECK_TOKEN: return "MG_CHECK_TOKEN";
    case RULESET_CHECK_TOKEN_OWNER: return "MG_CHECK_TOKEN_OWNER";
    case RULESET_CHECK_HANDLER: return NULL;
    }
    return NULL;
}

/* NULL: the effect is one on memory, which the tracker does not follow. */
static const char *effect_name(enum ruleset_effect_kind kind)
{
    switch (kind) {
    case RULESET_EFFECT_NEW: return "MG_EFFECT_NEW";
    case RULESET_EFFECT_BORROW: return "MG_EFFECT_BORROW";
    case RULESET_EFFECT_SET_DESCRIPTOR: return "MG_EFFECT_SET_DESCRIPTOR";
    case RULESET_EFFECT_SET_PAGES: return "MG_EFFECT_SET_PAGES";
    case RULESET_EFFECT_SET_ORIGIN: return "MG_EFFECT_SET_ORIGIN";
    case RULESET_EFFECT_MAP: return "MG_EFFECT_MAP";
    case RULESET_EFFECT_UNMAP_TOKEN: return "MG_EFFECT_UNMAP_TOKEN";
    case RULESET_EFFECT_END:
    case RULESET_EFFECT_UNMAP: return "MG_EFFECT_END";
    case RULESET_EFFECT_ESCAPE: return "MG_EFFECT_ESCAPE";
    case RULESET_EFFECT_LINK: return "MG_EFFECT_LINK";
    case RULESET_EFFECT_DROP: return "MG_EFFECT_DROP";
    case RULESET_EFFECT_WRITE:
    case RULESET_EFFECT_NULL:
    case RULESET_EFFECT_INVALID:
    case RULESET_EFFECT_ZERO:
    case RULESET_EFFECT_COPY:
    case RULESET_EFFECT_ASSIGN:
    case RULESET_EFFECT_USE:
    case RULESET_EFFECT_NEW_MEMORY:
    case RULESET_EFFECT_FREE_MEMORY:
    case RULESET_EFFECT_SIZED:
    case RULESET_EFFECT_RUN:
    case RULESET_EFFECT_MAY_FAULT: return NULL;
    }
    return NULL;
}

static struct mg_range add_checks(struct generator *self, const struct ruleset_routine *routine, struct slots *slots)
{
    struct mg_range range = {(uint16_t)self->check_count, 0};

    for (uint32_t c = 0; c < routine->checks.count; c++) {
        const struct ruleset_check *check = &routine->checks.items[c];
        struct mg_range where;
        uint32_t subject;

        if (!check_name(check->kind) || check->is_over)
            continue;
        where = add_conditions(self, check->conditions.items, check->conditions.count, slots);
        subject = check->has_subject ? slot_of(slots, &check->subject, false) : routine->has_mdl ? 0 : MG_NO_SLOT;

        strbuf_addf(&self->checks, "    {%s, %uu, %uu, %uu, {%u, %u}, %u, %u, %u, ", check_name(check->kind), check->mask,
                    check->if_pages, check->if_origin, where.first, where.count, slot_of(slots, &check->path, false), subject,
                    rule_number(self, check->rule));
        add_string(&self->checks, check->message);
        strbuf_addf(&self->checks, ", %d},\n", check->allows_null);
        range.count++;
    }
    self->check_count += range.count;
    return range;
}

static bool is_output(enum ruleset_effect_kind kind)
{
    return kind == RULESET_EFFECT_NEW || kind == RULESET_EFFECT_BORROW || kind == RULESET_EFFECT_MAP;
}

static void add_effect(struct generator *self, const struct ruleset_effect *effect, struct slots *slots)
{
    uint32_t slot = effect->path.text ? slot_of(slots, &effect->path, is_output(effect->kind)) : MG_NO_SLOT;
    uint32_t other = effect->kind == RULESET_EFFECT_MAP && effect->has_other ? slot_of(slots, &effect->other, true) : MG_NO_SLOT;

    strbuf_addf(&self->effects, "    {%s, %u, %u, %uu, %uu, %uu, %uu, %uu, %uu, %d, %d, %d, %u},\n", effect_name(effect->kind), slot,
                other, effect->value, effect->mask, effect->pages, effect->origin, effect->if_pages, effect->if_origin,
                effect->is_explicit, effect->is_idempotent, effect->late_at_end, rule_number(self, effect->late_rule));
    self->effect_count++;
}

static const char *result_name(enum ruleset_result result)
{
    switch (result) {
    case RULESET_RESULT_ANY: return "MG_RESULT_ANY";
    case RULESET_RESULT_NULL: return "MG_RESULT_NULL";
    case RULESET_RESULT_NONNULL: return "MG_RESULT_NONNULL";
    case RULESET_RESULT_SUCCESS: return "MG_RESULT_SUCCESS";
    case RULESET_RESULT_FAILURE: return "MG_RESULT_FAILURE";
    case RULESET_RESULT_POSITIVE: return "MG_RESULT_POSITIVE";
    case RULESET_RESULT_RAISES: return "MG_RESULT_RAISES";
    }
    return NULL;
}

static struct mg_range add_outcomes(struct generator *self, const struct ruleset_routine *routine, struct slots *slots)
{
    struct mg_range range = {(uint16_t)self->outcome_count, (uint16_t)routine->outcomes.count};

    for (uint32_t o = 0; o < routine->outcomes.count; o++) {
        const struct ruleset_outcome *outcome = &routine->outcomes.items[o];
        struct mg_range where = add_conditions(self, outcome->conditions.items, outcome->conditions.count, slots);
        uint32_t first = self->effect_count;

        for (uint32_t e = 0; e < outcome->effects.count; e++)
            if (effect_name(outcome->effects.items[e].kind))
                add_effect(self, &outcome->effects.items[e], slots);
        strbuf_addf(&self->outcomes, "    {%s, %uu, %uu, %uu, {%u, %u}, {%u, %u}, %u, ", result_name(outcome->result), outcome->if_pages,
                    outcome->if_origin, outcome->if_no_mapping, where.first, where.count, first, self->effect_count - first,
                    rule_number(self, outcome->unchecked_rule));
        add_string(&self->outcomes, outcome->says);
        strbuf_adds(&self->outcomes, "},\n");
    }
    self->outcome_count += routine->outcomes.count;
    return range;
}

/* ---- routines ---- */

/* Does the routine end something, whatever it returns? Two outcomes do the same when they have as many effects of the same kinds. */
static bool is_early(const struct ruleset_routine *routine)
{
    const struct ruleset_outcome *first = routine->outcomes.items;

    for (uint32_t o = 0; o < routine->outcomes.count; o++) {
        const struct ruleset_outcome *outcome = &routine->outcomes.items[o];

        if (outcome->conditions.count || outcome->result == RULESET_RESULT_RAISES || outcome->effects.count != first->effects.count)
            return false;
        for (uint32_t e = 0; e < outcome->effects.count; e++)
            if (is_output(outcome->effects.items[e].kind) || outcome->effects.items[e].kind != first->effects.items[e].kind)
                return false;
    }
    return routine->outcomes.count > 0;
}

static void add_slot_macro(struct generator *self, const struct ruleset_routine *routine, const struct slots *slots, bool at_exit)
{
    const char *separator = "";

    strbuf_addf(&self->header, "#define MG_%s_", at_exit ? "EXIT" : "ENTRY");
    add_identifier(&self->header, routine->name);
    strbuf_adds(&self->header, "(slots) (");
    for (uint32_t s = 0; s < slots->count; s++) {
        if (!slots->paths[s] || !(at_exit ? slots->at_exit[s] : slots->at_entry[s]))
            continue;
        strbuf_addf(&self->header, "%s(slots)[%u] = MG_VALUE(", separator, s);
        add_expression(&self->header, slots->paths[s]);
        strbuf_adds(&self->header, ")");
        separator = ", ";
    }
    strbuf_adds(&self->header, *separator ? ")\n" : "void)(slots)\n");
}

static bool add_routine(struct generator *self, const struct ruleset_routine *routine)
{
    struct slots slots = {.count = 1};
    struct mg_range checks, outcomes;

    if (routine->has_mdl) {
        slots.paths[0] = &routine->mdl;
        slots.at_entry[0] = true;
    }
    checks = add_checks(self, routine, &slots);
    outcomes = add_outcomes(self, routine, &slots);
    if (slots.is_full) {
        fprintf(stderr, "mdlguard_gen_tables: %s names more than %d paths\n", routine->name, MG_SLOT_COUNT);
        return false;
    }
    strbuf_adds(&self->routines, "    {");
    add_string(&self->routines, routine->name);
    strbuf_addf(&self->routines, ", {%u, %u}, {%u, %u}, %d, %d, %d, %d},\n", checks.first, checks.count, outcomes.first, outcomes.count,
                routine->has_mdl, routine->only_tracked, routine->is_by_token, is_early(routine));
    strbuf_adds(&self->header, "#define MG_ROUTINE_");
    add_identifier(&self->header, routine->name);
    strbuf_addf(&self->header, " %u\n", self->routine_count++);
    add_slot_macro(self, routine, &slots, false);
    add_slot_macro(self, routine, &slots, true);
    return true;
}

/* ---- the files ---- */

static void add_facet(struct strbuf *out, const char *prefix, const char *(*name)(uint32_t), uint32_t count)
{
    for (uint32_t n = 0; n < count; n++) {
        strbuf_addf(out, "#define MG_%s_", prefix);
        add_upper(out, name(n));
        strbuf_addf(out, " %u\n", n);
    }
    strbuf_addf(out, "#define MG_%s_COUNT %u\n", prefix, count);
}

static void add_names(struct strbuf *out, const char *array, const char *(*name)(uint32_t), uint32_t count)
{
    strbuf_addf(out, "const char *const %s[] = {", array);
    for (uint32_t n = 0; n < count; n++)
        strbuf_addf(out, "%s\"%s\"", n ? ", " : "", name(n));
    strbuf_adds(out, "};\n");
}

static void add_array(struct strbuf *out, const char *type, const char *name, const struct strbuf *rows)
{
    strbuf_addf(out, "const struct %s %s[] = {\n%s};\n", type, name, rows->data);
}

static void add_rules(const struct generator *self, struct strbuf *out)
{
    strbuf_adds(out, "const struct mg_rule mg_rules[] = {\n");
    for (uint32_t r = 0; r < self->rules->rules.count; r++) {
        const struct ruleset_rule *rule = &self->rules->rules.items[r];

        strbuf_addf(out, "    {\"%s\", \"%s\", ", rule->meta.id, rule->meta.name);
        add_string(out, rule->message);
        strbuf_addf(out, ", %s},\n",
                    rule->meta.level == FINDING_ERROR     ? "MG_LEVEL_ERROR"
                    : rule->meta.level == FINDING_WARNING ? "MG_LEVEL_WARNING"
                                                          : "MG_LEVEL_NOTE");
    }
    strbuf_addf(out, "};\nconst uint16_t mg_rule_use_after_free = %u, mg_rule_use_after_unmap = %u;\n",
                rule_number(self, self->rules->use_after_free), rule_number(self, self->rules->use_after_unmap));
    strbuf_adds(out, "const uint16_t mg_rule_use_after_unmap_of[] = {");
    for (uint32_t kind = 0; kind < RULESET_MAPPING_COUNT; kind++)
        strbuf_addf(out, "%s%u", kind ? ", " : "", rule_number(self, self->rules->use_after_unmap_of[kind]));
    strbuf_adds(out, "};\n");
}

static void add_leaks(const struct generator *self, struct strbuf *out)
{
    strbuf_adds(out, "const struct mg_leak mg_leaks[] = {\n");
    for (uint32_t l = 0; l < self->rules->leaks.count; l++) {
        const struct ruleset_leak *leak = &self->rules->leaks.items[l];

        strbuf_addf(out, "    {%u, %uu, %uu, %uu, %uu, %d, %d},\n", rule_number(self, leak->rule), leak->mappings,
                    leak->descriptor, leak->pages, leak->origin, leak->is_chained, leak->is_dropped);
    }
    strbuf_addf(out, "};\nconst uint16_t mg_leak_count = %u;\n", self->rules->leaks.count);
}

static void write_source(const struct generator *self, struct strbuf *out)
{
    strbuf_adds(out, "/* Generated by gen_tables.c from rules/. */\n#include \"tables.h\"\n\n");
    add_array(out, "mg_condition", "mg_conditions", &self->conditions);
    add_array(out, "mg_check", "mg_checks", &self->checks);
    add_array(out, "mg_effect", "mg_effects", &self->effects);
    add_array(out, "mg_outcome", "mg_outcomes", &self->outcomes);
    add_array(out, "mg_routine", "mg_routines", &self->routines);
    strbuf_addf(out, "const uint16_t mg_routine_count = %u;\n", self->routine_count);
    add_rules(self, out);
    add_leaks(self, out);
    strbuf_adds(out, "const uint32_t mg_flag_pages[] = {");
    for (uint32_t p = 0; p < RULESET_PAGES_COUNT; p++)
        strbuf_addf(out, "%s%" PRId64, p ? ", " : "", self->rules->object.flag_pages[p]);
    strbuf_addf(out, "};\nconst uint16_t mg_flag_pages_count = %d;\n", RULESET_PAGES_COUNT);
    add_names(out, "mg_pages_names", ruleset_pages_name, RULESET_PAGES_COUNT);
    add_names(out, "mg_mapping_names", ruleset_mapping_name, RULESET_MAPPING_COUNT);
}

static void start_header(struct generator *self)
{
    strbuf_adds(&self->header, "/* Generated by gen_tables.c from rules/. */\n#ifndef MDLGUARD_ROUTINES_H\n#define MDLGUARD_ROUTINES_H\n\n"
                               "#include <stdint.h>\n\n#define MG_VALUE(x) ((uint64_t)(uintptr_t)(x))\n\n");
    add_facet(&self->header, "DESCRIPTOR", ruleset_descriptor_name, RULESET_DESCRIPTOR_COUNT);
    add_facet(&self->header, "PAGES", ruleset_pages_name, RULESET_PAGES_COUNT);
    add_facet(&self->header, "MAPPING", ruleset_mapping_name, RULESET_MAPPING_COUNT);
    for (uint32_t r = 0; r < self->rules->rules.count; r++)
        strbuf_addf(&self->header, "#define MG_RULE_%s %u\n", self->rules->rules.items[r].meta.id, r);
}

static bool generate(struct generator *self, const char *directory, struct mg_error *error)
{
    struct strbuf source, path;
    bool ok = true;

    strbuf_init(&source);
    strbuf_init(&path);
    start_header(self);
    for (uint32_t r = 0; r < self->rules->routines.count && ok; r++)
        if (protocol_is_relevant(&self->rules->routines.items[r]))
            ok = add_routine(self, &self->rules->routines.items[r]);
    strbuf_adds(&self->header, "\n#endif\n");
    write_source(self, &source);
    strbuf_addf(&path, "%s/mdlguard_tables.c", directory);
    if (ok && strbuf_write_file(&source, path.data, error) != MG_OK)
        ok = false;
    strbuf_clear(&path);
    strbuf_addf(&path, "%s/mdlguard_routines.h", directory);
    if (ok && strbuf_write_file(&self->header, path.data, error) != MG_OK)
        ok = false;
    strbuf_release(&path);
    strbuf_release(&source);
    return ok;
}

int main(int argc, char **argv)
{
    struct generator self = {0};
    struct strbuf *buffers[] = {&self.conditions, &self.checks, &self.effects, &self.outcomes, &self.routines, &self.header};
    struct ruleset_options options = {0};
    struct mg_error error = {0};
    struct ruleset rules;
    struct arena arena;
    bool ok;

    if (argc != 2) {
        fprintf(stderr, "usage: mdlguard_gen_tables DIRECTORY\n");
        return 2;
    }
    arena_init(&arena);
    for (size_t b = 0; b < sizeof(buffers) / sizeof(buffers[0]); b++)
        strbuf_init(buffers[b]);
    ok = ruleset_load(&options, &arena, &rules, &error) == MG_OK;
    if (ok) {
        self.rules = &rules;
        ok = generate(&self, argv[1], &error);
        ruleset_release(&rules);
    }
    if (!ok)
        mg_error_print(&error);
    for (size_t b = 0; b < sizeof(buffers) / sizeof(buffers[0]); b++)
        strbuf_release(buffers[b]);
    arena_release(&arena);
    return ok ? 0 : 1;
}
