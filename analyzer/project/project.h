/*
 * project.h - what is to be analysed: translation units with the arguments clang needs to read them.
 *
 * Comes from a compile_commands.json (arguments of clang, gcc, clang-cl and cl.exe; response files; precompiled-header flags
 * neutralised) or from FILEs with the compiler's arguments behind `--`.
 */
#ifndef MDLGUARD_PROJECT_PROJECT_H
#define MDLGUARD_PROJECT_PROJECT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/vec.h"

struct project_unit {
    const char *path;      /* absolute, normalised */
    const char *directory; /* absolute */
    const char *const *args; /* translated for libclang: no compiler, input, output or PCH flags */
    uint32_t arg_count;
    const char *problem; /* why the arguments are incomplete (a response file that cannot be read), or NULL */
};

struct project {
    struct arena *arena;  /* borrowed */
    const char *root;     /* SRCROOT of reports, absolute: the nearest folder that holds the compile database and all its units (so that
                             src/ is below it when the database is in build/), else the current one */
    const char *database; /* path of compile_commands.json, or NULL */
    VEC(struct project_unit) units; /* sorted by path, then arguments; exact duplicates once */
};

struct project_request {
    const char *build_dir;           /* -p, or NULL: the nearest parent folder of the first FILE/DIR (or of the current folder)
                                        with compile_commands.json or build/compile_commands.json */
    const char *const *inputs;       /* FILEs and DIRs: only units at or below them; none: all units of the database */
    uint32_t input_count;
    const char *const *compiler_args; /* behind `--`; NULL: use the database */
    uint32_t compiler_arg_count;
};

/* MG_USAGE: no database found, a FILE or DIR that is not in the database or does not exist; MG_INPUT: the database is truncated or
 * malformed (located: file, line, column) or has no entries. OUT's root and database are set even then, as far as they are known. */
enum mg_status project_load(const struct project_request *request, struct arena *arena, struct project *out,
                            struct mg_error *error);

/* The compile database that a file in FOLDER belongs to: in the nearest folder there or above, or in its folder build/. NULL: none. In ARENA. */
const char *project_find_database(struct arena *arena, const char *folder);

/* The units in the order of their paths, then arguments; exact duplicates once. */
void project_sort(struct project *self);

/* PATH made absolute against DIRECTORY, with "." and ".." parts and doubled separators removed (lexically), '\' as '/'. In ARENA. */
const char *project_path(struct arena *arena, const char *directory, const char *path);

#endif
