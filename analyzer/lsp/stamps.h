/*
 * stamps.h - what the files of a program hold now: a hash of each one's bytes, or of the editor's text while it is open
 * there.
 *
 * A unit has to be lowered again exactly when the stamp of a file that it read is another one. Hashing contents, not
 * times, makes opening, saving and closing a file without a change cost nothing; a file on disk is read again only when
 * its time or size changed.
 */
#ifndef MDLGUARD_LSP_STAMPS_H
#define MDLGUARD_LSP_STAMPS_H

#include <stdint.h>

#include "base/arena.h"
#include "lsp/documents.h"

struct stamp {
    const char *path;
    uint64_t hash;      /* of what was seen in `round`; 0: no such file */
    uint64_t disk_hash; /* of the bytes on disk when they had the time and size below */
    int64_t seconds, nanoseconds, size;
    uint32_t round;
    struct stamp *next;
};

#define STAMPS_BUCKETS 1024

struct stamps {
    struct arena arena;
    uint32_t round;
    struct stamp *buckets[STAMPS_BUCKETS];
};

void stamps_init(struct stamps *self);
void stamps_release(struct stamps *self);
/* Forgets what was seen: the next look at each file is a fresh one. */
void stamps_next_round(struct stamps *self);
/* The entry for PATH; never NULL, lives as long as SELF. */
struct stamp *stamps_get(struct stamps *self, const char *path);
/* What the file holds, looked at once a round. */
uint64_t stamps_look(const struct stamps *self, struct stamp *file, const struct documents *documents);

#endif
