/*
 * inputs.c - what a unit was read from, and whether that is still so.
 *
 * A file's time says little about a change in the same tick of the clock that the file system keeps; so a file that changed within
 * the last second counts as one without a time, and is read when it is asked about (as git treats its index).
 */
#include "base/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/hash.h"
#include "base/strbuf.h"

#define SECOND 1000000000

static int64_t time_ns(const struct timespec *time)
{
    return (int64_t)time->tv_sec * SECOND + time->tv_nsec;
}

/* The modification time to remember; 0 when it is too young to tell anything. */
static int64_t settled_time(const struct stat *info)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t modified = time_ns(&info->st_mtim);
    return modified + SECOND < time_ns(&now) ? modified : 0;
}

void input_file_stamp(struct input_file *file, const void *content, size_t length)
{
    struct stat info;
    file->size = length;
    file->hash = hash_bytes(content, length);
    file->mtime_ns = 0;
    if (stat(file->path, &info) == 0 && (uint64_t)info.st_size == length)
        file->mtime_ns = settled_time(&info);
}

static int compare_files(const void *left, const void *right)
{
    const struct input_file *a = left, *b = right;
    return strcmp(a->path, b->path);
}

void input_files_sort(struct input_files *self)
{
    if (self->list.count)
        qsort(self->list.items, self->list.count, sizeof(*self->list.items), compare_files);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < self->list.count; i++)
        if (!kept || strcmp(self->list.items[kept - 1].path, self->list.items[i].path) != 0)
            self->list.items[kept++] = self->list.items[i];
    self->list.count = kept;
}

void input_look(struct input_look *self, const char *path)
{
    struct stat info;
    *self = (struct input_look){0};
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    self->is_there = true;
    self->size = (uint64_t)info.st_size;
    self->mtime_ns = time_ns(&info.st_mtim);
    self->settled_ns = settled_time(&info);
}

static void hash_file(struct input_look *self, const char *path)
{
    struct strbuf text;
    strbuf_init(&text);
    self->is_there = strbuf_read_file(&text, path, NULL) == MG_OK && text.length == self->size;
    self->hash = hash_bytes(text.data, text.length);
    self->is_hashed = true;
    strbuf_release(&text);
}

enum input_state input_compare(const struct input_file *file, struct input_look *look)
{
    if (file->size == INPUT_ABSENT)
        return look->is_there ? INPUT_CHANGED : INPUT_SAME;
    if (!look->is_there || look->size != file->size)
        return INPUT_CHANGED;
    if (file->mtime_ns && look->mtime_ns == file->mtime_ns)
        return INPUT_SAME;
    if (!look->is_hashed)
        hash_file(look, file->path);
    return look->is_there && look->hash == file->hash ? INPUT_TOUCHED : INPUT_CHANGED;
}

enum input_state input_file_check(const struct input_file *file)
{
    struct input_look look;
    input_look(&look, file->path);
    return input_compare(file, &look);
}

void input_files_pack(const struct input_files *self, struct strbuf *out)
{
    blob_number(out, self->list.count);
    for (uint32_t i = 0; i < self->list.count; i++) {
        const struct input_file *file = &self->list.items[i];
        blob_text(out, file->path);
        blob_number(out, file->is_system);
        blob_number(out, file->size);
        blob_number(out, (uint64_t)file->mtime_ns);
        blob_number(out, file->hash);
    }
}

void input_files_unpack(struct blob_reader *in, struct arena *arena, struct input_files *out)
{
    *out = (struct input_files){0};
    for (uint32_t left = blob_read_count(in, 5 * sizeof(uint64_t)); left && !in->is_bad; left--) {
        struct input_file file = {.path = blob_read_text(in, arena)};
        file.is_system = blob_read_number(in) != 0;
        file.size = blob_read_number(in);
        file.mtime_ns = (int64_t)blob_read_number(in);
        file.hash = blob_read_number(in);
        in->is_bad |= !file.path;
        VEC_PUSH_IN(arena, &out->list, file);
    }
}
