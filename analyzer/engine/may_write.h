/*
 * may_write.h - which members of records a function may write, directly or through its callees: what callers forget when the function is not
 * followed. Found once from the code, whatever the path (side effects by members: Banning, POPL 1979).
 */
#ifndef MDLGUARD_ENGINE_MAY_WRITE_H
#define MDLGUARD_ENGINE_MAY_WRITE_H

#include "engine/engine_int.h"

struct may_write {
    VEC(uint64_t) members;  /* sorted; record << 32 | field, or IR_NONE for the whole record */
    uint64_t through;       /* parameters behind which it writes without saying what */
    bool is_all;            /* too many to tell */
};

/* Finds out for the functions of COMPONENT, whose callees are known; IS_RECURSIVE: they call one another. */
void may_write_find(struct engine *engine, uint32_t component, bool is_recursive);

/* Is FIELD of RECORD among the members? IR_NONE: the whole record. */
bool may_write_has(const struct may_write *self, ir_id record, ir_id field);
/* Is nothing known of what it writes behind its parameter PARAM? */
bool may_write_is_all(const struct may_write *self, uint32_t param);

/* Memory that VALUE, argument ARG of a call of FUNCTION, points to is as FUNCTION may have left it. */
void may_write_havoc(struct analysis *an, struct state *state, ir_id function, uint32_t arg, value_id value);

#endif
