/*
 * documents.c - the open files. An editor has tens of them, so they are searched one after the other.
 */
#include "lsp/documents.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "lsp/uri.h"

static char *copy_bytes(const char *text, size_t length)
{
    char *copy = malloc(length + 1);

    if (!copy)
        arena_die(length);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

static void document_release(struct document *self)
{
    free(self->uri);
    free(self->path);
    free(self->text);
}

void documents_release(struct documents *self)
{
    for (uint32_t i = 0; i < self->open.count; i++)
        document_release(&self->open.items[i]);
    VEC_RELEASE(&self->open);
}

static struct document *document_of(const struct documents *self, const char *uri)
{
    for (uint32_t i = 0; i < self->open.count; i++)
        if (strcmp(self->open.items[i].uri, uri) == 0)
            return &self->open.items[i];
    return NULL;
}

const struct document *documents_find(const struct documents *self, const char *uri)
{
    return document_of(self, uri);
}

const struct document *documents_find_path(const struct documents *self, const char *path)
{
    for (uint32_t i = 0; i < self->open.count; i++)
        if (self->open.items[i].path && strcmp(self->open.items[i].path, path) == 0)
            return &self->open.items[i];
    return NULL;
}

static void document_set_text(struct document *self, int64_t version, const char *text, size_t length)
{
    char *copy = copy_bytes(text, length);

    free(self->text);
    self->text = copy;
    self->length = length;
    self->version = version;
}

bool documents_open(struct documents *self, const char *uri, int64_t version, const char *text, size_t length)
{
    struct document *known = document_of(self, uri);
    struct document fresh = {0};
    struct strbuf path;

    if (known) {
        document_set_text(known, version, text, length);
        return false;
    }
    strbuf_init(&path);
    fresh.uri = copy_bytes(uri, strlen(uri));
    if (uri_to_path(uri, &path))
        fresh.path = copy_bytes(path.data, path.length);
    strbuf_release(&path);
    document_set_text(&fresh, version, text, length);
    VEC_PUSH(&self->open, fresh);
    return true;
}

bool documents_change(struct documents *self, const char *uri, int64_t version, const char *text, size_t length,
                      bool *is_changed)
{
    struct document *known = document_of(self, uri);

    if (!known)
        return false;
    *is_changed = known->length != length || memcmp(known->text, text, length) != 0;
    document_set_text(known, version, text, length);
    return true;
}

bool documents_close(struct documents *self, const char *uri)
{
    struct document *known = document_of(self, uri);

    if (!known)
        return false;
    document_release(known);
    uint32_t at = (uint32_t)(known - self->open.items);
    memmove(known, known + 1, (self->open.count - at - 1) * sizeof(*known));
    self->open.count--;
    return true;
}
