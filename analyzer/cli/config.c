/*
 * config.c - reading .mdlguard.yaml with libyaml's document interface, whose nodes know their places.
 */
#include "cli/config.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "base/nearest.h"
#include "base/strbuf.h"
#include "cli/glob.h"
#include "project/path.h"
#include "project/project.h"
#include "ruleset/ruleset.h"

#define CONFIG_NAME ".mdlguard.yaml"

struct reader {
    const char *path;
    yaml_document_t *document;
    struct arena *arena;
    struct config *out;
    struct mg_error *error;
};

static struct config_place place_of(const yaml_node_t *node)
{
    return (struct config_place){(uint32_t)node->start_mark.line + 1, (uint32_t)node->start_mark.column + 1};
}

static enum mg_status fail(struct reader *self, const yaml_node_t *node, const char *text, const char *subject)
{
    struct config_place at = place_of(node);
    return mg_fail(self->error, MG_USAGE, self->path, at.line, at.column, text, subject);
}

/* The text of a scalar that is not empty. */
static enum mg_status read_text(struct reader *self, const yaml_node_t *node, const char *key, const char **out)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0)
        return fail(self, node, "'%s' wants a text", key);
    *out = arena_strndup(self->arena, (const char *)node->data.scalar.value, node->data.scalar.length);
    return MG_OK;
}

/* PLACES takes where each of them stands; NULL: not wanted. */
static enum mg_status read_texts(struct reader *self, const yaml_node_t *node, const char *key, struct text_list *out,
                                 const struct config_place **places)
{
    VEC(struct config_place) found = {0};
    if (node->type != YAML_SEQUENCE_NODE)
        return fail(self, node, "'%s' wants a list, as in [A, B]", key);
    const yaml_node_item_t *item = node->data.sequence.items.start, *end = node->data.sequence.items.top;
    for (; item < end; item++) {
        const char *text = NULL;
        const yaml_node_t *value = yaml_document_get_node(self->document, *item);
        enum mg_status status = read_text(self, value, key, &text);
        if (status != MG_OK)
            return status;
        VEC_PUSH_IN(self->arena, out, text);
        VEC_PUSH_IN(self->arena, &found, place_of(value));
    }
    if (places)
        *places = found.items;
    return MG_OK;
}

/* Tells the user about KEY, which is not one of the COUNT NAMES. */
static enum mg_status unknown_key(struct reader *self, const yaml_node_t *key, const char *const *names, uint32_t count)
{
    const char *name = key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "(not a text)";
    const char *nearest = nearest_name(name, names, count);
    const char *text = nearest ? arena_printf(self->arena, "unknown key '%s'; did you mean '%s'?", name, nearest)
                               : arena_printf(self->arena, "unknown key '%s'", name);
    return fail(self, key, "%s", text);
}

/* Index of KEY in NAMES, or COUNT. */
static uint32_t find_key(const yaml_node_t *key, const char *const *names, uint32_t count)
{
    uint32_t i = 0;
    while (i < count && (key->type != YAML_SCALAR_NODE || strcmp((const char *)key->data.scalar.value, names[i]) != 0))
        i++;
    return i;
}

static enum mg_status read_suppression(struct reader *self, const yaml_node_t *node)
{
    static const char *const names[] = {"rule", "path", "reason"};
    struct config_suppression found = {.at = place_of(node)};
    const char **const targets[] = {&found.rule, &found.path, &found.reason};
    if (node->type != YAML_MAPPING_NODE)
        return fail(self, node, "'%s' wants a list of {rule, path, reason}", "suppress");
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(self->document, pair->key);
        uint32_t which = find_key(key, names, 3);
        if (which == 3)
            return unknown_key(self, key, names, 3);
        enum mg_status status =
            read_text(self, yaml_document_get_node(self->document, pair->value), names[which], targets[which]);
        if (status != MG_OK)
            return status;
    }
    for (uint32_t i = 0; i < 3; i++)
        if (!*targets[i])
            return fail(self, node, i == 2 ? "a suppression needs a '%s': say why" : "a suppression needs a '%s'",
                        names[i]);
    VEC_PUSH_IN(self->arena, &self->out->suppressions, found);
    return MG_OK;
}

static enum mg_status read_suppressions(struct reader *self, const yaml_node_t *node)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return fail(self, node, "'%s' wants a list of {rule, path, reason}", "suppress");
    const yaml_node_item_t *item = node->data.sequence.items.start, *end = node->data.sequence.items.top;
    enum mg_status status = MG_OK;
    for (; item < end && status == MG_OK; item++)
        status = read_suppression(self, yaml_document_get_node(self->document, *item));
    return status;
}

static enum mg_status read_fail_on(struct reader *self, const yaml_node_t *node)
{
    const char *text = NULL;
    enum mg_status status = read_text(self, node, "fail-on", &text);
    if (status == MG_OK && !options_parse_fail_on(text, &self->out->fail_on))
        return fail(self, node, "fail-on is error, warning, note or never, not '%s'", text);
    return status;
}

/* Packs are named relative to the file that names them; built-in ones by their names. */
static enum mg_status read_packs(struct reader *self, const yaml_node_t *node)
{
    enum mg_status status = read_texts(self, node, "rules", &self->out->rules, NULL);
    for (uint32_t i = 0; i < self->out->rules.count; i++) {
        const char *path = project_path(self->arena, path_parent(self->arena, self->path), self->out->rules.items[i]);
        if (path_is_file(path) || !ruleset_is_optional(self->out->rules.items[i]))
            self->out->rules.items[i] = path;
    }
    return status;
}

static enum mg_status read_entry(struct reader *self, const yaml_node_t *key, const yaml_node_t *value)
{
    static const char *const names[] = {"target-os", "rules", "only", "skip", "fail-on", "suppress"};
    const uint32_t count = sizeof(names) / sizeof(names[0]);
    switch (find_key(key, names, count)) {
    case 0:
        self->out->target_os_at = place_of(value);
        return read_text(self, value, names[0], &self->out->target_os);
    case 1:
        return read_packs(self, value);
    case 2:
        return read_texts(self, value, names[2], &self->out->only, &self->out->only_at);
    case 3:
        return read_texts(self, value, names[3], &self->out->skip, &self->out->skip_at);
    case 4:
        return read_fail_on(self, value);
    case 5:
        return read_suppressions(self, value);
    default:
        return unknown_key(self, key, names, count);
    }
}

static enum mg_status read_document(struct reader *self)
{
    const yaml_node_t *root = yaml_document_get_root_node(self->document);
    if (!root || (root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0))
        return MG_OK; /* an empty file configures nothing */
    if (root->type != YAML_MAPPING_NODE)
        return fail(self, root, "a configuration is a mapping, as in: %s", "fail-on: error");
    enum mg_status status = MG_OK;
    const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
    for (; pair < root->data.mapping.pairs.top && status == MG_OK; pair++)
        status = read_entry(self, yaml_document_get_node(self->document, pair->key),
                            yaml_document_get_node(self->document, pair->value));
    return status;
}

/* The next document in PARSER's input, and what READ makes of it. */
static enum mg_status load_document(struct reader *self, yaml_parser_t *parser,
                                    enum mg_status (*read)(struct reader *self))
{
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document))
        return mg_fail(self->error, MG_USAGE, self->path, (uint32_t)parser->problem_mark.line + 1,
                       (uint32_t)parser->problem_mark.column + 1, "not YAML: %s",
                       parser->problem ? parser->problem : "unreadable");
    self->document = &document;
    enum mg_status status = read(self);
    yaml_document_delete(&document);
    return status;
}

/* What follows the configuration: no other document. */
static enum mg_status read_end(struct reader *self)
{
    if (!yaml_document_get_root_node(self->document))
        return MG_OK;
    return mg_fail(self->error, MG_USAGE, self->path, (uint32_t)self->document->start_mark.line + 1, 1,
                   "a configuration is one document; this is a second one");
}

static enum mg_status parse(struct reader *self, const struct strbuf *text)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return mg_fail(self->error, MG_USAGE, self->path, 0, 0, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text->data, text->length);
    enum mg_status status = load_document(self, &parser, read_document);
    if (status == MG_OK)
        status = load_document(self, &parser, read_end);
    yaml_parser_delete(&parser);
    return status;
}

static const char *find_config(struct arena *arena, const char *folder)
{
    for (;; folder = path_parent(arena, folder)) {
        const char *path = path_join(arena, folder, CONFIG_NAME);
        if (path_is_file(path))
            return path;
        if (strcmp(folder, path_parent(arena, folder)) == 0)
            return NULL;
    }
}

enum mg_status config_load(const char *named, const char *folder, struct arena *arena, struct config *out,
                           struct mg_error *error)
{
    *out = (struct config){.fail_on = OPTIONS_FAIL_ON_UNSET};
    out->path = named ? project_path(arena, path_current(arena), named) : find_config(arena, folder);
    if (!out->path)
        return MG_OK;
    struct strbuf text;
    strbuf_init(&text);
    struct reader reader = {.path = out->path, .arena = arena, .out = out, .error = error};
    enum mg_status status = MG_USAGE;
    if (strbuf_read_file(&text, out->path, error) == MG_OK)
        status = parse(&reader, &text);
    strbuf_release(&text);
    return status;
}

static bool fits(const struct config_suppression *entry, const struct finding *finding, const char *root)
{
    bool is_rule = strcmp(entry->rule, "*") == 0 || strcmp(entry->rule, finding->rule) == 0;
    return is_rule && glob_matches(entry->path, path_relative(finding->at.file, root));
}

void config_suppress(const struct config *self, struct arena *arena, struct finding_report *report,
                     struct suppress_notes *notes)
{
    for (uint32_t j = 0; j < self->suppressions.count; j++) {
        const struct config_suppression *entry = &self->suppressions.items[j];
        bool is_used = false;
        for (uint32_t i = 0; i < report->findings.count; i++) {
            struct finding *finding = &report->findings.items[i];
            if (!fits(entry, finding, report->root))
                continue;
            is_used = true;
            if (finding->is_suppressed)
                continue;
            finding->is_suppressed = finding->is_suppressed_externally = true;
            finding->suppression = arena_strdup(arena, entry->reason);
        }
        if (is_used || !notes)
            continue;
        struct suppress_note note = {self->path, entry->at.line, entry->at.column,
                                     arena_printf(arena, "suppression of %s suppresses nothing", entry->rule)};
        VEC_PUSH_IN(arena, &notes->list, note);
    }
}
