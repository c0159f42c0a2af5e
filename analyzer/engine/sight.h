/*
 * sight.h - which files are the project's own, and which are headers of the system or of a kit.
 *
 * Compilers are told of kits in many ways; not every header that is none of the project's is marked as a system header. The project is what lies
 * where its units do: below the folder that all of them share, or, when some lie directly in it, beside it (src/ and include/).
 */
#ifndef MDLGUARD_ENGINE_SIGHT_H
#define MDLGUARD_ENGINE_SIGHT_H

#include "ir/ir.h"

struct sight {
    bool *is_foreign_file;   /* file -> not the project's */
    bool *is_foreign_record; /* record -> declared in such a file */
};

void sight_init(struct sight *self, const struct ir_module *program, struct arena *arena);
/* Is FUNCTION declared by the system or a kit? */
bool sight_is_foreign_function(const struct sight *self, const struct ir_module *program, ir_id function);

#endif
