/*
 * ruleset_fixture.h - rule packs as files in a folder of their own, and what comes of loading them. Included after cmocka.h.
 */
#ifndef MDLGUARD_TESTS_RULESET_FIXTURE_H
#define MDLGUARD_TESTS_RULESET_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "ruleset/pack.h"

struct fixture {
    struct arena arena;
    struct ruleset rules;
    struct mg_error error;
    char folder[64];
    const char *path; /* folder/pack.yaml */
};

static inline void fixture_init(struct fixture *self)
{
    memset(self, 0, sizeof(*self));
    arena_init(&self->arena);
    snprintf(self->folder, sizeof(self->folder), "/tmp/mdlguard-packs-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    self->path = arena_printf(&self->arena, "%s/pack.yaml", self->folder);
}

static inline void fixture_release(struct fixture *self)
{
    unlink(self->path);
    unlink(arena_printf(&self->arena, "%s/second.yml", self->folder));
    rmdir(self->folder);
    ruleset_release(&self->rules);
    arena_release(&self->arena);
}

static inline void write_file(const char *path, const char *text, size_t length)
{
    struct mg_error error;
    struct strbuf bytes;

    strbuf_init(&bytes);
    strbuf_add(&bytes, text, length);
    assert_int_equal(strbuf_write_file(&bytes, path, &error), MG_OK);
    strbuf_release(&bytes);
}

static inline enum mg_status load(struct fixture *self, const char *file, const char *target_os)
{
    struct ruleset_options options = {.target_os = target_os, .files = &file, .file_count = file ? 1 : 0};

    return ruleset_load(&options, &self->arena, &self->rules, &self->error);
}

static inline void load_builtin(struct fixture *self)
{
    if (load(self, NULL, NULL) != MG_OK)
        fail_msg("%s:%u:%u: %s", self->error.file, self->error.line, self->error.column, self->error.text);
}

static inline const struct ruleset_routine *routine(struct fixture *self, const char *name)
{
    for (uint32_t i = 0; i < self->rules.routines.count; i++)
        if (strcmp(self->rules.routines.items[i].name, name) == 0)
            return &self->rules.routines.items[i];
    fail_msg("no routine %s", name);
    return NULL;
}

#endif
