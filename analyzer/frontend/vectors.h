/*
 * vectors.h - clang's headers of AVX and later instructions, which are left out where nothing names what they define.
 *
 * Windows' and mingw-w64's headers include <intrin.h>, and that all of them: more than half of the text of a driver's unit, which hardly
 * ever has anything to do with it.
 */
#ifndef MDLGUARD_FRONTEND_VECTORS_H
#define MDLGUARD_FRONTEND_VECTORS_H

#include <stdbool.h>
#include <stdint.h>

#include "frontend/clang.h"

/* The arguments with which these headers define nothing: COUNT of them. */
const char *const *vectors_left_out(uint32_t *count);

/*
 * TU was parsed with these arguments: would it be another without them? It would when a file that it read names what they define, or when
 * there is an error in a header of clang's, which RESOURCES, clang's resource directory, has. Files of TU's precompiled header are not
 * looked at.
 */
bool vectors_are_missed(CXTranslationUnit tu, const char *resources);

#endif
