/*
 * links.h - doubly linked lists: as long as nobody is changing one, what a link of an element leads to leads back to it. Which members are such links
 * is said by the packs (`links`). That one leads back to where a path came from is in value_entry; here is what tests say.
 */
#ifndef MDLGUARD_ENGINE_LINKS_H
#define MDLGUARD_ENGINE_LINKS_H

#include "engine/engine_int.h"

/* Finds the records of the program that have links. */
void links_find(struct engine *engine);
/* REGION holds what it held on entry. Where it is a link of an element that another one was found to lead to ("next is the head": the list ends there),
 * it leads back to that one: its address; 0: nothing is known. */
value_id links_by_test(struct analysis *an, const struct state *state, region_id region);
/* VALUE, what REGION held on entry, is learnt. Where it is a link of an element whose other link leads to another element, it does so, too: an element
 * is alone in both directions. */
void links_learn(struct analysis *an, struct state *state, region_id region, value_id value);

#endif
