/*
 * folder_fixture.h - a test with an arena and a temporary folder, which goes with it.
 */
#ifndef MDLGUARD_TESTS_FOLDER_FIXTURE_H
#define MDLGUARD_TESTS_FOLDER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "project/path.h"

struct fixture {
    struct arena arena;
    const char *folder; /* a temporary one, emptied afterwards */
};

static int setup(void **state)
{
    struct fixture *self = calloc(1, sizeof(*self));
    char folder[] = "/tmp/mdlguard-test-XXXXXX";
    if (!self || !mkdtemp(folder))
        return -1;
    arena_init(&self->arena);
    self->folder = arena_strdup(&self->arena, folder);
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *self = *state;
    int failed = system(arena_printf(&self->arena, "rm -rf '%s'", self->folder));
    arena_release(&self->arena);
    free(self);
    return failed;
}

/* The LENGTH bytes at DATA as the folder's file NAME; its path. */
static const char *write_bytes(struct fixture *self, const char *name, const void *data, size_t length)
{
    const char *path = path_join(&self->arena, self->folder, name);
    struct strbuf bytes;
    strbuf_init(&bytes);
    strbuf_add(&bytes, data, length);
    assert_int_equal(strbuf_write_file(&bytes, path, NULL), MG_OK);
    strbuf_release(&bytes);
    return path;
}

static const char *write_text(struct fixture *self, const char *name, const char *text)
{
    return write_bytes(self, name, text, strlen(text));
}

#endif
