/*
 * passed.h - objects that a loop passes by: it was left before the round that would have done something to them.
 *
 * One loop makes the elements of an array, as many as COUNT says; another one fills them until LENGTH bytes are done. How the two numbers hang
 * together is the program's affair: a path on which the first loop ran and the second one did not is followed, because nothing says that it is
 * impossible, but nothing says that it is possible either. So where a loop is left because its condition may be false, the objects to which its next
 * rounds do something on other paths are noted, and nothing that is wrong with them is reported on this path. What is wrong on the others is.
 *
 * Only objects that are some of a number, made in a loop that is over, here or in a callee. Whether a loop does something to the only
 * object there is is between the object and that loop, and all of its numbers of rounds are followed as they are. Where the two numbers are the same
 * value, or one is known from the other, no condition is open, and nothing is passed by.
 */
#ifndef MDLGUARD_ENGINE_PASSED_H
#define MDLGUARD_ENGINE_PASSED_H

#include "engine/engine_int.h"
#include "engine/flow.h"

/* Before AN's function is solved. */
void passed_init(struct analysis *an, const struct flow *flow);
/* What happens to objects from here on happens in BLOCK (IR_NONE: in none, as joins and widening do). */
void passed_enter(struct analysis *an, uint32_t block);
/* Does what happens now happen in a loop of the function's? */
bool passed_is_repeating(const struct analysis *an);

/* OBJECT's state changes, or a live mapping with TOKEN ends. */
void passed_note_object(struct analysis *an, const struct state *state, value_id object);
void passed_note_end(struct analysis *an, const struct state *state, value_id token);
/* STATE goes from block FROM to block TO: when a round of a loop is over with it, what objects have become in it is noted. */
void passed_note_round(struct analysis *an, const struct state *state, uint32_t from, uint32_t to);

/* STATE goes from FROM to TO by a branch that may go either way: a loop may be left by its condition. */
void passed_leave(struct analysis *an, struct state *state, uint32_t from, uint32_t to);
/* How much STATE's path passed by: one that passed nothing by is the better witness. */
uint32_t passed_count(const struct state *state);
/* *STATE stands for OTHER as well: what that did not pass by was not passed by. */
void passed_meet(struct analysis *an, struct state *state, const struct state *other);
/* STATE is about to run BLOCK, and all rounds of the loops that it has left have been run: what they passed by is noted. */
void passed_settle(struct analysis *an, struct state *state, uint32_t block);
/* A callee passed VALUE by, an object or a token. */
void passed_replay(struct analysis *an, struct state *state, value_id value);

/* Was OBJECT, or the mapping with TOKEN, passed by (0: none)? */
bool passed_excuses(const struct state *state, value_id object, value_id token);

#endif
