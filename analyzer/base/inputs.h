/*
 * inputs.h - the files that a translation unit was read from, each with what tells whether it has changed since.
 */
#ifndef MDLGUARD_BASE_INPUTS_H
#define MDLGUARD_BASE_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/vec.h"

#define INPUT_ABSENT UINT64_MAX

struct input_file {
    const char *path; /* absolute, normalised */
    bool is_system;   /* clang calls it a system header */
    uint64_t size;    /* in bytes; INPUT_ABSENT: the file was looked for and not there, time and hash are 0 */
    int64_t mtime_ns; /* of the file when it was read; 0: unknown, or so recent that a later change may have the same */
    uint64_t hash;    /* of the bytes that were read */
};

struct input_files {
    VEC(struct input_file) list; /* sorted by path once input_files_sort was called */
};

/* Fills size, mtime_ns and hash of FILE, whose path is set, for the CONTENT that was read from it just now. */
void input_file_stamp(struct input_file *file, const void *content, size_t length);
/* Sorts by path and drops repeats. */
void input_files_sort(struct input_files *self);

enum input_state { INPUT_SAME, INPUT_TOUCHED /* the same bytes with another time */, INPUT_CHANGED };

/* A file as it is on disk now. */
struct input_look {
    bool is_there, is_hashed;
    uint64_t size;
    int64_t mtime_ns;   /* as it is */
    int64_t settled_ns; /* as an input_file may keep it */
    uint64_t hash;      /* when is_hashed */
};

/* What is no ordinary file, or cannot be looked at, is not there. */
void input_look(struct input_look *self, const char *path);
/* FILE against what is on disk: size and time first, the bytes (read once) only when these leave it open. An absent one changes by
 * being there. */
enum input_state input_compare(const struct input_file *file, struct input_look *look);
/* Both in one. */
enum input_state input_file_check(const struct input_file *file);

/* Reading puts all into ARENA; what is damaged is noted in IN. */
void input_files_pack(const struct input_files *self, struct strbuf *out);
void input_files_unpack(struct blob_reader *in, struct arena *arena, struct input_files *out);

#endif
