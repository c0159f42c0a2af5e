/*
 * members.h - what a member of a record holds, whatever the path: found once, from all that the program ever stores there. Known of members of records that
 * are only touched as what they are (typed.h), and of bits that a pack says are the driver's own (`reserved`).
 */
#ifndef MDLGUARD_ENGINE_MEMBERS_H
#define MDLGUARD_ENGINE_MEMBERS_H

#include "engine/engine_int.h"

#define MEMBER_PATTERNS_MAX 16

struct member_values {
    ir_id record, field;
    bool is_never_negative;
    uint64_t mask;                         /* bits that the patterns speak of; 0: there are none */
    int64_t patterns[MEMBER_PATTERNS_MAX]; /* its bits in `mask` are one of these; sorted */
    uint32_t pattern_count;
    int64_t low, high;                     /* where it lies */
};

struct members;

/* For the members of ENGINE's program; in the run's arena. */
struct members *members_find(struct engine *engine);
void members_release(struct members *self); /* NULL is fine */
/* Is something known of members of RECORD, or may it be in a program that differs in function bodies alone? */
bool members_follow(const struct members *self, ir_id record);
/* The number of what is known of FIELD of RECORD; 0: nothing is. */
uint32_t members_number(const struct members *self, ir_id record, ir_id field);
/* What NUMBER, not 0, stands for. */
const struct member_values *members_get(const struct members *self, uint32_t number);
/* What is known of RECORD's members, as a number that does not depend on ids. */
uint64_t members_answer(const struct members *self, ir_id record);

#endif
