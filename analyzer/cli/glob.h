/*
 * glob.h - patterns for paths.
 */
#ifndef MDLGUARD_CLI_GLOB_H
#define MDLGUARD_CLI_GLOB_H

#include <stdbool.h>

/* Does PATTERN fit all of PATH? '?' is one character and '*' any number of them, but no '/'; a part "**" is any number of parts. */
bool glob_matches(const char *pattern, const char *path);

#endif
