/*
 * infer.h - `mdlguard rules infer`: a pack for the wrappers in a code base.
 */
#ifndef MDLGUARD_CLI_INFER_H
#define MDLGUARD_CLI_INFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "cli/options.h"
#include "engine/engine.h"
#include "ir/ir.h"
#include "ruleset/ruleset.h"

/* A function that does what routines of the packs do, to its argument or for its result, and nothing else that they know of. */
struct wrapper {
    const struct ir_function *function;
    const struct engine_case *does; /* the case with events: all that have some have the same */
    const char *subject;            /* "arg0", "return", "*arg2": the MDL of all events */
    const char *when, *otherwise;   /* `when` of the outcome that does it, and of the one that does not, or NULL */
    bool can_raise;
};

/* Appends SELF as an entry of `routines`; FILE and LINE are where it is. */
void infer_print(const struct wrapper *self, const struct ruleset *rules, const char *file, uint32_t line, struct strbuf *out);

/* OPTIONS' inputs are those of a scan. Returns the exit status. */
int infer_command(const struct options *options, struct arena *arena);

#endif
