/*
 * identity.h - which mdlguard this is, for what it leaves on disk for itself: built from other sources, with other rules or with another
 * clang, it is another one and does not read it.
 */
#ifndef MDLGUARD_CLI_IDENTITY_H
#define MDLGUARD_CLI_IDENTITY_H

#include <stdint.h>

/* A hash of the program's own file (which holds the built-in rules) and of clang's version. */
uint64_t identity(void);

#endif
