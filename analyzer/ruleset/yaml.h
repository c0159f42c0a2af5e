/*
 * yaml.h - a YAML document as a small tree in which every node knows where it is written.
 *
 * What a pack needs of YAML 1.1 and no more: one document of mappings, sequences and scalars. Anchors and aliases
 * share nodes; an alias inside the node it names is refused, and so is a document that its aliases would blow up
 * ("billion laughs"). Keys are scalars, no key twice in a mapping; explicit tags and merge keys are refused.
 */
#ifndef MDLGUARD_RULESET_YAML_H
#define MDLGUARD_RULESET_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "ruleset/problems.h"

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
    enum yaml_kind kind;
    uint32_t line, column;    /* 1-based; of an alias: of the node that it names */
    const char *text;         /* SCALAR: NUL-terminated, no NUL inside */
    bool is_quoted;           /* SCALAR: so it is text even if it looks like a number or is empty */
    uint32_t count;           /* SEQUENCE: items; MAPPING: entries */
    struct yaml_node **items; /* SEQUENCE: items; MAPPING: values */
    struct yaml_node **keys;  /* MAPPING: scalars */
    uint64_t weight;          /* nodes in it, aliases counted as copies */
};

/* Parses LENGTH bytes of FILE. NULL when the text is wrong: one problem with its place has been added then. An empty
 * document is a mapping without entries. */
struct yaml_node *yaml_parse(const char *file, const char *text, size_t length, struct arena *arena,
                             struct problems *problems);

/* The value of KEY in MAPPING; NULL when it is absent or MAPPING is no mapping. */
struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);
const char *yaml_kind_name(enum yaml_kind kind); /* "a text", "a list", "a mapping" */

#endif
