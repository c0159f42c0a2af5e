/*
 * shared.h - a precompiled header that stands for the leading includes of several units.
 *
 * The header is made from a file that does not exist: the prefix's lines (prefix.h), named as if it stood beside the units, so that
 * "quoted" includes are found where the units find them. A unit that uses it is parsed with these lines blanked out, so that every
 * offset stays what it was, and with the precompiled header in their place. What the unit's own parse would have visited of the headers
 * (functions and variables that they define) is kept as a list, and each is found again by its place or its name, and its USR.
 *
 * Errors are no obstacle as long as they are over where the header ends: clang keeps what it made of the header, and the errors are added
 * to those of each unit. Whatever does not fit, an error that is nowhere, a declaration that is not found, a location in the file that does not exist, makes
 * the unit be parsed plainly: a shared header may cost time, never a finding.
 */
#ifndef MDLGUARD_FRONTEND_SHARED_H
#define MDLGUARD_FRONTEND_SHARED_H

#include "base/status.h"
#include "frontend/frontend.h"
#include "base/inputs.h"
#include "frontend/prefix.h"

struct shared_declaration {
    const char *file; /* as clang names it */
    uint32_t offset;  /* of its name, or of the macro that it comes from */
    uint32_t kind;    /* CXCursorKind */
    uint64_t usr;     /* hash of it */
    const char *name; /* by which the end of any unit can refer to it, or NULL */
    bool is_from_macro; /* while the header is made */
    bool is_named;    /* it is found by its name, not by its place */
    bool is_special;  /* found by the pass that looks for members and allocators, which comes first */
};

/* What an #include names and what is nowhere. */
struct missing_names {
    VEC(const char *) list;
};

struct shared_header {
    const char *pch;        /* the precompiled header's file */
    const char *stand_in;   /* the file that it was made from, which does not exist */
    uint32_t line_count;    /* lines of the prefix that it stands for; 0: these lines cannot be shared */
    bool with_vectors;      /* of vectors.h: its units are parsed with them, too */
    uint32_t error_count;   /* errors in these lines, which clang reports once, when the header is made */
    const char *first_error;  /* when there are any */
    struct input_files files; /* that it was made from, and that an #include named and that were not there */
    struct missing_names missing;
    VEC(struct shared_declaration) declarations; /* in the order of the source */
};

/* Where the file that does not exist would be for a unit with main file PATH. In ARENA. */
const char *shared_stand_in(struct arena *arena, const char *path);

/*
 * Compiles the COUNT LINES, or as many of them as can be shared, with the arguments of INPUT (any of the units') into the file PCH, and
 * fills OUT, in ARENA. MG_INPUT when clang does not even start. When nothing can be shared, OUT has no lines and there is no file.
 */
enum mg_status shared_build(const struct frontend_input *input, const struct prefix_line *lines, uint32_t count,
                            const char *pch, struct arena *arena, struct shared_header *out, struct mg_error *error);

/* Reading puts all into ARENA; what is damaged is noted in IN. */
void shared_pack(const struct shared_header *self, struct strbuf *out);
void shared_unpack(struct blob_reader *in, struct arena *arena, struct shared_header *out);

#endif
