/*
 * leaving.h - may a function leave something live in memory of the project's that outlives it? Asked while it is solved, so that between.c need not solve
 * once more what has nothing to leave. The answer errs on the side of yes.
 */
#ifndef MDLGUARD_ENGINE_LEAVING_H
#define MDLGUARD_ENGINE_LEAVING_H

#include "engine/engine_int.h"

/* STATE returns to the caller: sets AN's may_leave when such memory holds a mapping, or an object that is ours or was locked, that still has to be undone. */
void leaving_note_exit(struct analysis *an, const struct state *state);
/* What REGION held has escaped, which made AFTER of BEFORE, because nothing here can name REGION any more; others may find it again. */
void leaving_note_escape(struct analysis *an, const struct state *before, const struct state *after, region_id region);

/* BEFORE became AFTER, because what callers gave cannot be named here any more. */
void leaving_note_forgotten(struct analysis *an, const struct state *before, const struct state *after);

#endif
