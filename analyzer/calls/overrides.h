/*
 * overrides.h - which methods a dispatched call of a virtual method can reach.
 *
 * A method overrides another when its class derives from the other's, and name and parameters are the same; destructors override
 * whatever they are called. Base classes are the members "(base) N" of a record.
 */
#ifndef MDLGUARD_CALLS_OVERRIDES_H
#define MDLGUARD_CALLS_OVERRIDES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "ir/ir.h"

struct overrides;

/* For a linked program; lives in ARENA. */
struct overrides *overrides_new(const struct ir_module *program, struct arena *arena);

/* Looks for definitions that METHOD or what overrides it has, in the order of their ids, and keeps them for overrides_get. */
uint32_t overrides_find(struct overrides *self, const struct ir_module *program, ir_id method, const ir_id **out);
/* What overrides_find found for METHOD; 0 when it was not asked. */
uint32_t overrides_get(const struct overrides *self, ir_id method, const ir_id **out);

/* What is known of an object's class: RECORD (IR_NONE: nothing), or something derived from it. */
struct overrides_class {
    ir_id record;
    bool is_exact; /* nothing derived */
};

/* Those of COUNT TARGETS that an object of CLASS can have; OUT has room for COUNT. Returns how many. */
uint32_t overrides_narrow(const struct ir_module *program, const ir_id *targets, uint32_t count,
                          struct overrides_class class, ir_id *out);

#endif
