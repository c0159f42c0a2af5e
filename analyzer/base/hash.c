/*
 * hash.c - XXH3 with 64 bits, which is the same on every machine.
 */
#include "base/hash.h"

#include <string.h>
#include <xxhash.h>

uint64_t hash_bytes(const void *data, size_t length)
{
    return XXH3_64bits(data, length);
}

uint64_t hash_string(const char *text)
{
    return XXH3_64bits(text, strlen(text));
}
