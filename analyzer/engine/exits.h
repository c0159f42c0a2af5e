/*
 * exits.h - which ways out of a function are one case of its summary.
 */
#ifndef MDLGUARD_ENGINE_EXITS_H
#define MDLGUARD_ENGINE_EXITS_H

#include "engine/summary.h"

/*
 * Exits with the same events, typestates and kind of result become one; when there are too many others, the most similar ones do. A way that
 * returns and a way that raises never become one. MERGED is empty before; its list is the caller's to release.
 */
void exits_merge(struct analysis *an, const struct function_exits *exits, struct function_exits *merged);

#endif
