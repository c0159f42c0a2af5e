/*
 * annotated.h - the functions of a program that are annotated in the source, as the ruleset wants to know them.
 */
#ifndef MDLGUARD_CALLS_ANNOTATED_H
#define MDLGUARD_CALLS_ANNOTATED_H

#include "base/arena.h"
#include "base/vec.h"
#include "ir/ir.h"
#include "ruleset/ruleset.h"

struct annotated {
    VEC(struct ruleset_declaration) list; /* one a name, in the program's order; the first declaration with annotations counts */
};

/* Everything in ARENA; names and texts are PROGRAM's. RULES tell which records are tracked objects. */
void annotated_collect(const struct ir_module *program, const struct ruleset *rules, struct arena *arena, struct annotated *out);

#endif
