/*
 * access_path.h - where a pack's access paths (`arg0->MdlAddress`, `return`) lead in a call, or at the entry of a function that is lent something.
 */
#ifndef MDLGUARD_ENGINE_ACCESS_PATH_H
#define MDLGUARD_ENGINE_ACCESS_PATH_H

#include "engine/engine_int.h"

/* A call of a pack's routine. */
struct routine_call {
    const struct ir_instr *instr;
    const struct ruleset_routine *routine;
    const value_id *args;
    const struct ruleset_outcome *outcome; /* the one that is followed */
    value_id result;
    bool is_given_back; /* by a function that it has run: see RULESET_EFFECT_RUN */
};

struct path_cursor {
    region_id region; /* 0: the cursor is a value */
    value_id value;
    ir_id type;
};

/* What the pointer type TYPE points to; IR_NONE: nothing that is known. */
ir_id path_pointee(const struct analysis *an, ir_id type);
/* The record that TYPE is, or IR_NONE. */
ir_id path_record(const struct analysis *an, ir_id type);

/* Follows one step; false when the source's types do not have what the pack names. */
bool path_step(struct analysis *an, struct state *state, const struct ruleset_step *step, struct path_cursor *cursor);
/* Where PATH leads in this call. False: it leads nowhere here. */
bool path_resolve(struct analysis *an, struct state *state, const struct routine_call *call, const struct ruleset_path *path,
                  struct path_cursor *out);
/* The value there, or 0. */
value_id path_value(struct analysis *an, struct state *state, const struct routine_call *call, const struct ruleset_path *path);
/* Where PATH, which begins at a parameter, leads at the entry of AN's function. False: nowhere. */
bool path_on_entry(struct analysis *an, struct state *entry, const struct ruleset_path *path, struct path_cursor *out);

#endif
