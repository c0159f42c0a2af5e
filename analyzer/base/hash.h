/*
 * hash.h - hashing of bytes and words (xxh3), stable across machines and runs.
 */
#ifndef MDLGUARD_BASE_HASH_H
#define MDLGUARD_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *data, size_t length);
uint64_t hash_string(const char *text);

/* The finaliser of splitmix64. */
static inline uint64_t hash_finish(uint64_t h)
{
    h ^= h >> 30;
    h *= 0xbf58476d1ce4e5b9u;
    h ^= h >> 27;
    h *= 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

/* Mixes VALUE into SEED, either of which may be a small number. */
static inline uint64_t hash_mix(uint64_t seed, uint64_t value)
{
    return hash_finish((seed + 1) * 0x9e3779b97f4a7c15u + value);
}

/* The same for fingerprints, which people keep. SEED has to be a hash: with small numbers, (1, 0) and (0, 64) may be one. */
static inline uint64_t hash_mix_fingerprint(uint64_t seed, uint64_t value)
{
    return hash_finish(seed ^ (value + 0x9e3779b97f4a7c15u + (seed << 6) + (seed >> 2)));
}

#endif
