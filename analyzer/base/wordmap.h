/*
 * wordmap.h - a map from 64-bit words, mostly hashes, to 32-bit numbers: open addressing, linear probing, at most half full.
 */
#ifndef MDLGUARD_BASE_WORDMAP_H
#define MDLGUARD_BASE_WORDMAP_H

#include <stdbool.h>
#include <stdint.h>

struct word_map_slot {
    uint64_t key;
    uint32_t value;
    bool is_used;
};

/* A zeroed map is empty. */
struct word_map {
    struct word_map_slot *slots; /* owned (heap) */
    uint32_t count, capacity;
};

void word_map_release(struct word_map *self);
/* Empty again, with the room that there is. */
void word_map_clear(struct word_map *self);
/* An existing value stays: false. */
bool word_map_add(struct word_map *self, uint64_t key, uint32_t value);
bool word_map_get(const struct word_map *self, uint64_t key, uint32_t *value);

#endif
