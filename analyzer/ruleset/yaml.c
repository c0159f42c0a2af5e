/*
 * yaml.c - libyaml's events to a tree. Recursive, with the depth bounded by DEPTH_MAX.
 */
#include "ruleset/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/vec.h"

#define DEPTH_MAX 24
#define WEIGHT_MAX 50000 /* nodes with aliases as copies; the largest built-in pack has some 3,000 */
#define LENGTH_MAX (4u << 20)

struct anchor {
    const char *name;
    struct yaml_node *node;
    bool is_open; /* its node is still being read */
};

struct reader {
    yaml_parser_t parser;
    const char *file;
    struct arena *arena;
    struct problems *problems;
    VEC(struct anchor) anchors;
};

const char *yaml_kind_name(enum yaml_kind kind)
{
    return kind == YAML_SCALAR ? "a text" : kind == YAML_SEQUENCE ? "a list" : "a mapping";
}

static uint32_t mark_line(yaml_mark_t mark)
{
    return (uint32_t)mark.line + 1;
}

static uint32_t mark_column(yaml_mark_t mark)
{
    return (uint32_t)mark.column + 1;
}

#define REFUSE(self, mark, ...)                                                                                        \
    problems_add((self)->problems, (self)->file, mark_line(mark), mark_column(mark), __VA_ARGS__)

static bool next_event(struct reader *self, yaml_event_t *event)
{
    const yaml_parser_t *parser = &self->parser;

    if (yaml_parser_parse(&self->parser, event))
        return true;
    /* Reader errors (bad UTF-8) have an offset only. */
    REFUSE(self, parser->problem_mark, "not valid YAML: %s%s%s", parser->problem ? parser->problem : "unreadable",
           parser->context ? ", " : "", parser->context ? parser->context : "");
    return false;
}

static struct yaml_node *new_node(struct reader *self, enum yaml_kind kind, yaml_mark_t mark)
{
    struct yaml_node *node = ARENA_NEW(self->arena, struct yaml_node);

    node->kind = kind;
    node->line = mark_line(mark);
    node->column = mark_column(mark);
    node->weight = 1;
    return node;
}

/* Anchors are named before their node's children are read, so that an alias inside finds itself open. */
static uint32_t open_anchor(struct reader *self, const yaml_char_t *name, struct yaml_node *node)
{
    struct anchor anchor = {.node = node, .is_open = true};

    if (!name)
        return UINT32_MAX;
    anchor.name = arena_strdup(self->arena, (const char *)name);
    VEC_PUSH_IN(self->arena, &self->anchors, anchor);
    return self->anchors.count - 1;
}

static void close_anchor(struct reader *self, uint32_t index)
{
    if (index != UINT32_MAX)
        self->anchors.items[index].is_open = false;
}

static struct yaml_node *read_alias(struct reader *self, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;

    /* The latest anchor of a name counts. */
    for (uint32_t i = self->anchors.count; i > 0; i--) {
        struct anchor *anchor = &self->anchors.items[i - 1];
        if (strcmp(anchor->name, name) != 0)
            continue;
        if (!anchor->is_open)
            return anchor->node;
        REFUSE(self, event->start_mark, "alias '*%s' stands inside the value that it names", name);
        return NULL;
    }
    REFUSE(self, event->start_mark, "no anchor '&%s' before this alias", name);
    return NULL;
}

static struct yaml_node *read_scalar(struct reader *self, const yaml_event_t *event)
{
    struct yaml_node *node = new_node(self, YAML_SCALAR, event->start_mark);
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;

    if (memchr(text, 0, length)) {
        REFUSE(self, event->start_mark, "text with a NUL character");
        return NULL;
    }
    node->text = arena_strndup(self->arena, text, length);
    node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    close_anchor(self, open_anchor(self, event->data.scalar.anchor, node));
    return node;
}

static bool has_tag(const yaml_event_t *event)
{
    return (event->type == YAML_SCALAR_EVENT && event->data.scalar.tag) ||
           (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.tag) ||
           (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.tag);
}

static struct yaml_node *read_node(struct reader *self, const yaml_event_t *event, uint32_t depth);

/* The node that the next event starts; NULL when it ends the collection (*is_end) or is wrong. */
static struct yaml_node *read_child(struct reader *self, yaml_event_type_t end, uint32_t depth, bool *is_end)
{
    yaml_event_t event;
    struct yaml_node *node = NULL;

    *is_end = false;
    if (!next_event(self, &event))
        return NULL;
    if (event.type == end)
        *is_end = true;
    else
        node = read_node(self, &event, depth);
    yaml_event_delete(&event);
    return node;
}

static bool add_weight(struct reader *self, struct yaml_node *node, const struct yaml_node *child)
{
    node->weight += child->weight;
    if (node->weight <= WEIGHT_MAX)
        return true;
    problems_add(self->problems, self->file, node->line, node->column,
                 "more than %d values once aliases are written out", WEIGHT_MAX);
    return false;
}

static bool read_sequence(struct reader *self, struct yaml_node *node, uint32_t depth)
{
    VEC(struct yaml_node *) items = {0};
    bool is_end;

    for (;;) {
        struct yaml_node *item = read_child(self, YAML_SEQUENCE_END_EVENT, depth + 1, &is_end);
        if (!item)
            break;
        VEC_PUSH_IN(self->arena, &items, item);
        if (!add_weight(self, node, item))
            return false;
    }
    node->items = items.items;
    node->count = items.count;
    return is_end;
}

static bool check_key(struct reader *self, const struct yaml_node *key, struct yaml_node *const *keys, uint32_t count)
{
    if (key->kind != YAML_SCALAR) {
        problems_add(self->problems, self->file, key->line, key->column, "a key has to be a text, this is %s",
                     yaml_kind_name(key->kind));
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(keys[i]->text, key->text) != 0)
            continue;
        problems_add(self->problems, self->file, key->line, key->column, "key '%s' is given twice, first in line %u",
                     key->text, keys[i]->line);
        return false;
    }
    return true;
}

static bool read_mapping(struct reader *self, struct yaml_node *node, uint32_t depth)
{
    VEC(struct yaml_node *) keys = {0}, values = {0};
    bool is_end;

    for (;;) {
        struct yaml_node *value, *key = read_child(self, YAML_MAPPING_END_EVENT, depth + 1, &is_end);
        if (!key)
            break;
        if (!check_key(self, key, keys.items, keys.count))
            return false;
        value = read_child(self, YAML_MAPPING_END_EVENT, depth + 1, &is_end);
        if (!value)
            return false;
        VEC_PUSH_IN(self->arena, &keys, key);
        VEC_PUSH_IN(self->arena, &values, value);
        if (!add_weight(self, node, value))
            return false;
    }
    node->keys = keys.items;
    node->items = values.items;
    node->count = values.count;
    return is_end;
}

static struct yaml_node *read_collection(struct reader *self, const yaml_event_t *event, uint32_t depth)
{
    bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
    struct yaml_node *node = new_node(self, is_mapping ? YAML_MAPPING : YAML_SEQUENCE, event->start_mark);
    uint32_t anchor =
        open_anchor(self, is_mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor, node);
    bool is_good;

    if (depth > DEPTH_MAX) {
        REFUSE(self, event->start_mark, "nested more than %d deep", DEPTH_MAX);
        return NULL;
    }
    is_good = is_mapping ? read_mapping(self, node, depth) : read_sequence(self, node, depth);
    close_anchor(self, anchor);
    return is_good ? node : NULL;
}

static struct yaml_node *read_node(struct reader *self, const yaml_event_t *event, uint32_t depth)
{
    if (has_tag(event)) {
        REFUSE(self, event->start_mark, "tags (!name) have no meaning in a pack");
        return NULL;
    }
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return read_alias(self, event);
    case YAML_SCALAR_EVENT:
        return read_scalar(self, event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return read_collection(self, event, depth);
    default:
        REFUSE(self, event->start_mark, "a value is missing here");
        return NULL;
    }
}

/* Stream start, document, second document refused. */
static struct yaml_node *read_stream(struct reader *self)
{
    struct yaml_node *root = NULL;
    bool is_good = true, is_end = false;

    while (is_good && !is_end) {
        yaml_event_t event;
        if (!next_event(self, &event))
            return NULL;
        if (event.type == YAML_STREAM_END_EVENT) {
            is_end = true;
        } else if (event.type == YAML_DOCUMENT_START_EVENT && root) {
            REFUSE(self, event.start_mark, "a pack is one YAML document; a second one begins here");
            is_good = false;
        } else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT &&
                   event.type != YAML_DOCUMENT_END_EVENT) {
            root = read_node(self, &event, 1);
            is_good = root != NULL;
        }
        yaml_event_delete(&event);
    }
    if (is_good && !root)
        root = new_node(self, YAML_MAPPING, (yaml_mark_t){0});
    return is_good ? root : NULL;
}

struct yaml_node *yaml_parse(const char *file, const char *text, size_t length, struct arena *arena,
                             struct problems *problems)
{
    struct reader reader = {.file = file, .arena = arena, .problems = problems};
    struct yaml_node *root;

    if (length > LENGTH_MAX) {
        problems_add(problems, file, 0, 0, "larger than %u MiB: not a rule pack", LENGTH_MAX >> 20);
        return NULL;
    }
    if (!yaml_parser_initialize(&reader.parser)) {
        problems_add(problems, file, 0, 0, "no memory for the YAML parser");
        return NULL;
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
    root = read_stream(&reader);
    yaml_parser_delete(&reader.parser);
    return root;
}

struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
    if (!mapping || mapping->kind != YAML_MAPPING)
        return NULL;
    for (uint32_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->text, key) == 0)
            return mapping->items[i];
    return NULL;
}
