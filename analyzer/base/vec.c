/*
 * vec.c - growing of vectors, on the heap or in an arena. Capacities double, from 4 in an arena and 8 on the heap.
 */
#include "base/vec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The next capacity; ends the process when COUNT or the bytes would overflow. */
static uint32_t grown_capacity(uint32_t capacity, uint32_t first, size_t size)
{
    if (capacity > UINT32_MAX / 2)
        arena_die(SIZE_MAX);
    uint32_t grown = capacity ? capacity * 2 : first;
    if (grown > SIZE_MAX / size)
        arena_die(SIZE_MAX);
    return grown;
}

void *vec_grow(void *items, uint32_t count, uint32_t *capacity, size_t size)
{
    assert(count == *capacity);
    (void)count;
    uint32_t grown = grown_capacity(*capacity, 8, size);
    void *result = realloc(items, grown * size);
    if (!result)
        arena_die(grown * size);
    *capacity = grown;
    return result;
}

void *vec_grow_in(struct arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t size)
{
    assert(count == *capacity);
    uint32_t grown = grown_capacity(*capacity, 4, size);
    void *result = arena_array(arena, grown, size);
    if (count)
        memcpy(result, items, count * size);
    *capacity = grown;
    return result;
}

void vec_free(void *items)
{
    free(items);
}
