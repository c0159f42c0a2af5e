/*
 * nearest.h - the name that a user probably meant.
 */
#ifndef MDLGUARD_BASE_NEAREST_H
#define MDLGUARD_BASE_NEAREST_H

#include <stdint.h>

/* The one of NAMES that is fewest edits away from WANTED (case apart), the first of equals; NULL when none is near: of a name more than a
 * third may not be wrong, beside one letter. */
const char *nearest_name(const char *wanted, const char *const *names, uint32_t count);

#endif
