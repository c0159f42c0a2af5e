/*
 * prefix.h - the lines at the beginning of a source file that do nothing but include headers: the part of it that other units may
 * share.
 */
#ifndef MDLGUARD_FRONTEND_PREFIX_H
#define MDLGUARD_FRONTEND_PREFIX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/vec.h"

struct prefix_line {
    const char *text; /* the directive, without comments and blanks around it */
    size_t end;       /* offset in the file of what follows its line */
    bool is_include;
    bool is_quoted; /* #include "…": the file's folder matters */
};

struct prefix {
    VEC(struct prefix_line) lines;
};

/*
 * #include of a named file, #define and #undef of a name on one line; between them may be blank lines, comments and `#pragma warning`, which
 * clang does not heed. The first other thing ends it. The last line is an #include. Everything in ARENA.
 */
void prefix_read(const char *text, size_t length, struct arena *arena, struct prefix *out);

#endif
