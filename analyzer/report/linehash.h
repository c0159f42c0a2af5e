/*
 * linehash.h - the line hashes by which GitHub code scanning recognises a result again ("primaryLocationLineHash").
 */
#ifndef MDLGUARD_REPORT_LINEHASH_H
#define MDLGUARD_REPORT_LINEHASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* For each of the LINE_COUNT lines of DATA: "hash:n", where the hash covers the 100 characters from the line's start
 * on, without blanks, and n says that it is the n-th line of the file with this hash. All in ARENA. */
const char **linehash_compute(struct arena *arena, const char *data, size_t length, uint32_t line_count);

#endif
