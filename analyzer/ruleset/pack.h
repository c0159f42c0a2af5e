/*
 * pack.h - private to ruleset/: one pack while it is being read.
 *
 * Packs are read in two passes, because any pack may speak of the rules, origins and systems of any other: first the
 * names (rules.c), then what refers to them (rules.c, routine.c). Readers go on after a mistake: they note it and
 * leave the part out, and a ruleset with a problem is never handed out.
 */
#ifndef MDLGUARD_RULESET_PACK_H
#define MDLGUARD_RULESET_PACK_H


#include "base/embedded.h"
#include "ruleset/problems.h"
#include "ruleset/ruleset.h"
#include "ruleset/yaml.h"

/* "systems": the Windows versions that `target-os` may name, oldest first. */
struct pack_systems {
    const char **names;
    uint32_t count, target; /* target: index of the one to analyse for */
};

/* Shared by all packs of a load. */
struct pack_set {
    struct arena *arena;
    struct problems problems;
    struct ruleset *out;
    struct pack_systems systems;
    const struct ruleset_options *options; /* borrowed; NULL: the packs' defaults */
    /* Where the parts that may be given only once were given. */
    const struct yaml_node *object, *roles, *systems_node;
};

struct pack {
    struct pack_set *set;
    const char *file;   /* as messages name it */
    const char *name;   /* "wdm" */
    const char *source; /* of the routines that are listed by name only; or NULL */
    struct yaml_node *root;
    bool is_builtin, is_optional;
    bool is_annotation; /* what is read now is an annotation: paths may begin with "$" */
    uint32_t arg_count; /* arguments of the routine that is being read, as far as 'args' says; else PACK_ARGS_UNKNOWN */
};

#define PACK_ARGS_UNKNOWN UINT32_MAX
#define PACK_ARGS_MAX 32

/* ---- reading values: on a mistake a problem is noted and the result is NULL, false or 0 ---- */

void pack_problem(struct pack *self, const struct yaml_node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Notes each key of MAPPING that is none of COUNT KEYS, with the nearest of them. False when NODE is no mapping at
 * all. */
bool pack_check_keys(struct pack *self, const struct yaml_node *mapping, const char *what, const char *const *keys,
                     uint32_t count);
#define PACK_CHECK_KEYS(self, mapping, what, ...)                                                                      \
    pack_check_keys((self), (mapping), (what), (const char *const[]){__VA_ARGS__},                                     \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
bool pack_expect(struct pack *self, const struct yaml_node *node, enum yaml_kind kind, const char *what);
/* Index of NODE's text among NAMES; COUNT when it is none of them. */
uint32_t pack_name(struct pack *self, const struct yaml_node *node, const char *what, const char *const *names,
                   uint32_t count);
const char *pack_text(struct pack *self, const struct yaml_node *node, const char *what); /* not empty */
bool pack_bool(struct pack *self, const struct yaml_node *node, const char *what);
bool pack_int(struct pack *self, const struct yaml_node *node, const char *what, int64_t *out);

/* ---- names ---- */

uint32_t pack_pages_mask(struct pack *self, const struct yaml_node *node);
uint32_t pack_mappings_mask(struct pack *self, const struct yaml_node *node);
uint32_t pack_descriptors_mask(struct pack *self, const struct yaml_node *node);
uint32_t pack_origins_mask(struct pack *self, const struct yaml_node *node);
uint32_t pack_pages(struct pack *self, const struct yaml_node *node);
uint32_t pack_mapping(struct pack *self, const struct yaml_node *node);
uint32_t pack_descriptor(struct pack *self, const struct yaml_node *node);
uint32_t pack_origin(struct pack *self, const struct yaml_node *node);
/* The rule named NODE. NULL with a problem when there is none; NULL without one and *is_planned when it is not in
 * force yet. */
const struct ruleset_rule *pack_rule(struct pack *self, const struct yaml_node *node, bool *is_planned);
/* Does the part with this `target-os: {since: A, before: B}` (NULL: always) apply to the target? */
bool pack_applies(struct pack *self, const struct yaml_node *node);

/* "arg1->pMdl", "*arg2", "return" (path.c). */
bool pack_path(struct pack *self, const struct yaml_node *node, struct ruleset_path *out);
bool path_parse(const char *text, struct arena *arena, struct ruleset_path *out, const char **why);

/* ---- the parts ---- */

/* The value of KEY in NODE, a mapping that messages call WHAT; NULL with a problem when it is not there. */
const struct yaml_node *pack_required(struct pack *self, const struct yaml_node *node, const char *key,
                                      const char *what);

/* Pass 1: systems, origins, rules (rules.c). */
void pack_read_names(struct pack *self);
/* Pass 2: object, leaks, roles (rules.c), routines (routine.c, outcome.c). */
void pack_read_tables(struct pack *self);
void pack_read_routines(struct pack *self);
/* Of one routine, or annotation (routine.c). */
void pack_read_body(struct pack *self, const struct yaml_node *node, struct ruleset_routine *out);
void pack_read_annotations(struct pack *self); /* annotate.c */

/* A message template, its {words} checked (rules.c). */
const char *pack_message(struct pack *self, const struct yaml_node *node);

/* outcome.c */
bool pack_read_outcome(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                       struct ruleset_outcome *out);
/* "where": {arg1: 0}; appends to OUT. */
void pack_read_conditions(struct pack *self, const struct yaml_node *node, struct ruleset_conditions *out);

/* check.c: contradictions, found while the parts are put together (NODE is where the part stands) and in the whole
 * ruleset. */
void pack_check_check(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                      const struct ruleset_check *check);
void pack_check_effect(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                       const struct ruleset_outcome *outcome, const struct ruleset_effect *effect);
/* EFFECT comes behind those that OUTCOME has so far. */
void pack_check_order(struct pack *self, const struct yaml_node *node, const struct ruleset_outcome *outcome,
                      const struct ruleset_effect *effect);
void pack_check_outcome(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine,
                        const struct ruleset_outcome *outcome);
void pack_check_routine(struct pack *self, const struct yaml_node *node, const struct ruleset_routine *routine);
/* Needs the routines sorted. */
void ruleset_check_whole(struct pack_set *set);

/* load.c: PACK as a user's beside the BASE_COUNT packs of BASE, which stand for the built-in ones. *out is good when *count is 0: no mistakes.
 * Everything in ARENA. */
void pack_check_text(const struct embedded_file *base, size_t base_count, const struct embedded_file *pack,
                     struct arena *arena, struct ruleset *out, struct mg_error **errors, uint32_t *count);

/* Does EFFECT speak of the routine's MDL? (check.c) */
bool pack_needs_object(const struct ruleset_effect *effect);

/* index.c */
void ruleset_sort_routines(struct ruleset *self);
/* Needs the routines sorted. Notes those that a call could both be. */
void ruleset_build_index(struct pack_set *set);

/* names.c */
const char *const *ruleset_mapping_names(void);
const char *const *ruleset_process_names(void);

#endif
