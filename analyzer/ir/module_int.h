/*
 * module_int.h - what the files of this folder share and nobody else needs.
 */
#ifndef MDLGUARD_IR_MODULE_INT_H
#define MDLGUARD_IR_MODULE_INT_H

#include "ir/ir.h"

/* More projections on one place, or indices nested deeper, are taken for damage: C's own limits on nesting are
   lower. */
#define IR_MAX_PROJECTIONS 1024
#define IR_MAX_NESTING 256

/* Looking up without adding: the id of the entry equal to the probe, or IR_NONE. */
ir_id ir_module_find_file(const struct ir_module *self, const char *path);
ir_id ir_module_find_type(const struct ir_module *self, const struct ir_type *type);
ir_id ir_module_find_loc(const struct ir_module *self, const struct ir_loc *loc);
ir_id ir_module_find_record(const struct ir_module *self, const char *key);
ir_id ir_module_find_function(const struct ir_module *self, ir_id unit, const char *key);
ir_id ir_module_find_global(const struct ir_module *self, ir_id unit, const char *key);

/* A new location: LOC is none of the module's, its macro is interned, and it is in a file. */
ir_id ir_module_add_loc(struct ir_module *self, const struct ir_loc *loc);

/*
 * The first defined function with KEY, of whatever unit, that may stand for functions of other units with the same
 * key: internal and defined in a header. IR_NONE: there is none. Sees the functions that were complete when it was
 * last called, and the later ones.
 */
ir_id ir_module_find_shared(struct ir_module *self, const char *key);
/* True when the function is internal and its body is written in another file than its unit's main file. */
bool ir_function_is_shareable(const struct ir_module *module, const struct ir_function *function);

/* True when the record's members are known. */
bool ir_record_is_complete(const struct ir_record *record);

/* ir_module_check without what ir_decode has seen to: texts are interned, and no two entries of a table are equal, but for locations. */
enum mg_status ir_check_decoded(const struct ir_module *self, struct mg_error *error);
/* The part of ir_module_check that looks at paths: every temporary is assigned before it is used (check_flow.c). SCRATCH is cleared. */
enum mg_status ir_check_temporaries(const struct ir_module *module, ir_id function, struct arena *scratch, struct mg_error *error);

#endif
