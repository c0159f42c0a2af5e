/*
 * documents.h - the files that are open in the editor, with the text that is on its screen.
 */
#ifndef MDLGUARD_LSP_DOCUMENTS_H
#define MDLGUARD_LSP_DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct document {
    char *uri;  /* as the editor spells it; owned */
    char *path; /* absolute, normalised; NULL when it is no file on disk (untitled:, git: …); owned */
    char *text; /* NUL-terminated, but may hold NULs; owned */
    size_t length;
    int64_t version; /* the editor's count */
};

struct documents {
    VEC(struct document) open; /* in the order they were opened */
};

void documents_release(struct documents *self);
/* Opens URI, or replaces its text when it is open already (then false). The bytes are copied. */
bool documents_open(struct documents *self, const char *uri, int64_t version, const char *text, size_t length);
/* False when URI is not open. *IS_CHANGED: the text is really another one. */
bool documents_change(struct documents *self, const char *uri, int64_t version, const char *text, size_t length,
                      bool *is_changed);
bool documents_close(struct documents *self, const char *uri);
/* NULL when it is not open; valid until documents are opened or closed. */
const struct document *documents_find(const struct documents *self, const char *uri);
const struct document *documents_find_path(const struct documents *self, const char *path);

#endif
