/*
 * stamps.c - hashes of file contents, remembered.
 */
#include "lsp/stamps.h"

#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/strbuf.h"

void stamps_init(struct stamps *self)
{
    memset(self, 0, sizeof(*self));
    arena_init(&self->arena);
    self->round = 1;
}

void stamps_release(struct stamps *self)
{
    arena_release(&self->arena);
}

void stamps_next_round(struct stamps *self)
{
    self->round++;
}

struct stamp *stamps_get(struct stamps *self, const char *path)
{
    struct stamp **bucket = &self->buckets[hash_string(path) % STAMPS_BUCKETS];
    struct stamp *file;

    for (file = *bucket; file; file = file->next)
        if (strcmp(file->path, path) == 0)
            return file;
    file = ARENA_NEW(&self->arena, struct stamp);
    file->path = arena_strdup(&self->arena, path);
    file->next = *bucket;
    *bucket = file;
    return file;
}

/* 0 stands for "no such file". */
static uint64_t hash_text(const char *text, size_t length)
{
    uint64_t hash = hash_bytes(text, length);

    return hash ? hash : 1;
}

static uint64_t hash_disk(struct stamp *file)
{
    struct strbuf bytes;
    struct stat info;

    if (stat(file->path, &info) != 0 || !S_ISREG(info.st_mode))
        return 0;
    if (file->disk_hash && file->size == info.st_size && file->seconds == info.st_mtim.tv_sec &&
        file->nanoseconds == info.st_mtim.tv_nsec)
        return file->disk_hash;
    strbuf_init(&bytes);
    file->disk_hash = strbuf_read_file(&bytes, file->path, NULL) == MG_OK ? hash_text(bytes.data, bytes.length) : 0;
    strbuf_release(&bytes);
    file->size = info.st_size;
    file->seconds = info.st_mtim.tv_sec;
    file->nanoseconds = info.st_mtim.tv_nsec;
    return file->disk_hash;
}

uint64_t stamps_look(const struct stamps *self, struct stamp *file, const struct documents *documents)
{
    if (file->round == self->round)
        return file->hash;
    const struct document *document = documents_find_path(documents, file->path);
    file->hash = document ? hash_text(document->text, document->length) : hash_disk(file);
    file->round = self->round;
    return file->hash;
}
