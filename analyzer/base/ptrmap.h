/*
 * ptrmap.h - a map from addresses to 32-bit numbers: open addressing, linear probing, at most half full.
 *
 * libclang's cursors and types carry the addresses of clang's own nodes, which identify declarations for as long as
 * the translation unit lives. Iteration is not offered: its order would differ from run to run.
 */
#ifndef MDLGUARD_BASE_PTRMAP_H
#define MDLGUARD_BASE_PTRMAP_H

#include <stdbool.h>
#include <stdint.h>

struct ptr_map_slot {
    const void *key; /* NULL: free */
    uint32_t value;
};

/* A zeroed map is empty. */
struct ptr_map {
    struct ptr_map_slot *slots; /* owned (heap) */
    uint32_t count, capacity;
};

void ptr_map_release(struct ptr_map *self);
/* KEY must not be NULL. An existing value is replaced. */
void ptr_map_put(struct ptr_map *self, const void *key, uint32_t value);
bool ptr_map_get(const struct ptr_map *self, const void *key, uint32_t *value);

#endif
