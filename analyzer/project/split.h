/*
 * split.h - command lines as text: splitting into arguments, and response files.
 */
#ifndef MDLGUARD_PROJECT_SPLIT_H
#define MDLGUARD_PROJECT_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

/* A growing list of strings in an arena; VEC_PUSH_IN works on it. */
struct text_list {
    const char **items;
    uint32_t count, capacity;
};

enum split_style {
    SPLIT_SHELL,   /* POSIX shell words: what a database's "command" holds on Unix */
    SPLIT_GNU,     /* response files of gcc and clang: as SHELL, but a backslash escapes inside any quotes */
    SPLIT_WINDOWS, /* CommandLineToArgvW: backslashes count only before a quote */
};

/* Appends the arguments in the LENGTH bytes at TEXT to OUT. An open quote ends with the text. */
void split_command(struct arena *arena, enum split_style style, const char *text, size_t length, struct text_list *out);

/* The file at PATH as UTF-8 (byte order marks are honoured and dropped: MSBuild writes UTF-16). In ARENA, NUL-terminated. */
enum mg_status split_read_file(struct arena *arena, const char *path, const char **text, size_t *length,
                               struct mg_error *error);

/*
 * Copies ARGS to OUT with every "@FILE" replaced by the arguments in FILE (relative to DIRECTORY, nested ones too). A FILE that cannot be
 * read or that includes itself is left out, and *problem says so (else it is left alone).
 */
void split_expand_responses(struct arena *arena, enum split_style style, const char *directory,
                            const char *const *args, uint32_t count, struct text_list *out, const char **problem);

#endif
