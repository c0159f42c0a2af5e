/*
 * frontend.h - one translation unit, from source to IR, through libclang. The only folder that includes clang-c/.
 */
#ifndef MDLGUARD_FRONTEND_FRONTEND_H
#define MDLGUARD_FRONTEND_FRONTEND_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "ir/ir.h"

/* Text that stands for a file's content on disk: what an editor has not saved yet. */
struct frontend_unsaved {
    const char *path; /* absolute, normalised */
    const char *text;
    size_t length;
};

struct input_files;
struct shared_header;

struct frontend_input {
    const char *path;        /* main file, absolute and normalised */
    const char *directory;   /* where the command runs; relative arguments are resolved against it */
    const char *const *args; /* clang's arguments without compiler name, input and output (project/args.h makes them) */
    uint32_t arg_count;
    const struct frontend_unsaved *unsaved;
    uint32_t unsaved_count;
    const struct shared_header *shared; /* a precompiled header for the unit's leading includes (shared.h), or NULL */
    struct input_files *files; /* takes the files that were read (inputs.h), and those that an #include named and that were not there,
                                * in the module's arena, sorted; or NULL */
    const char *resource_dir; /* clang's -resource-dir, or NULL for the one found when mdlguard was built */
};

/*
 * Parses INPUT and lowers the bodies of all functions defined in the main file and in the project's headers, and of
 * those inline functions of system headers that they reach, into MODULE (fresh, initialised by the caller). Adds
 * exactly one unit, id 0. Source with errors is lowered as far as the AST goes; the unit's error_count and
 * first_error tell. MG_INPUT when nothing could be parsed at all (missing file, arguments that clang refuses).
 */
enum mg_status frontend_lower(const struct frontend_input *input, struct ir_module *module, struct mg_error *error);

/* Loads libclang, which the first frontend_lower() does otherwise: for a parent, so that not each of its workers has to. */
void frontend_start(void);

/* Tells the libclang at hand from others, without loading it. The same on every machine that has the same one. */
uint64_t frontend_identity(void);

#endif
