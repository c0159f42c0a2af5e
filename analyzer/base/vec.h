/*
 * vec.h - growable arrays: `VEC(struct x) xs;` is a struct of items, count and capacity.
 *
 * A zeroed vector is empty. Items live on the heap (VEC_RELEASE) or in an arena (VEC_PUSH_IN, where growing leaves the old array
 * behind for the arena to reclaim). Pointers into a vector die when it grows.
 */
#ifndef MDLGUARD_BASE_VEC_H
#define MDLGUARD_BASE_VEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define VEC(type)                                                                                                      \
    struct {                                                                                                           \
        type *items;                                                                                                   \
        uint32_t count, capacity;                                                                                      \
    }

/* Room for one more element of SIZE bytes on the heap; updates *CAPACITY. */
void *vec_grow(void *items, uint32_t count, uint32_t *capacity, size_t size);
/* The same in ARENA. */
void *vec_grow_in(struct arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t size);

#define VEC_PUSH(vec, value)                                                                                           \
    do {                                                                                                               \
        if ((vec)->count == (vec)->capacity)                                                                           \
            (vec)->items = vec_grow((vec)->items, (vec)->count, &(vec)->capacity, sizeof(*(vec)->items));              \
        (vec)->items[(vec)->count++] = (value);                                                                        \
    } while (0)

#define VEC_PUSH_IN(arena, vec, value)                                                                                 \
    do {                                                                                                               \
        if ((vec)->count == (vec)->capacity)                                                                           \
            (vec)->items = vec_grow_in((arena), (vec)->items, (vec)->count, &(vec)->capacity, sizeof(*(vec)->items));  \
        (vec)->items[(vec)->count++] = (value);                                                                        \
    } while (0)

/* Frees the items of a heap vector and makes it empty. */
#define VEC_RELEASE(vec)                                                                                               \
    do {                                                                                                               \
        vec_free((vec)->items);                                                                                        \
        (vec)->items = NULL;                                                                                           \
        (vec)->count = (vec)->capacity = 0;                                                                            \
    } while (0)

void vec_free(void *items);

#endif
