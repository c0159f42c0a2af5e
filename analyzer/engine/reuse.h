/*
 * reuse.h - a function is not solved again when nothing changed that its analysis saw (verifying traces: Mokhov, Mitchell, Peyton Jones, "Build systems
 * à la carte", ICFP 2018).
 *
 * Solving a function is a computation from its body (names.h) and the answers to a few questions about the rest of the program: the summary of
 * another function, what it may write, whether it raises, what was solved for a callback or a special caller, whether something was reported already. While it
 * runs, the questions, their answers, and what is done to the run's tables are recorded; a row of the memory (engine.h) holds that and the summary. In
 * the next run the same questions are asked again: when body and answers are the same, so is the result, and the recorded changes are made instead.
 *
 * Functions that call each other are solved in two rounds (engine.c), and each of them in each round is a task of its own: what the others' summaries
 * are at that moment, or that there are none, are answers like any others. So the second run goes the way of the first as long as nothing
 * differs, wherever that way leads, and one that differs for a while may join it again.
 *
 * Whatever an analysis reads of the engine or of another function has to be one of these questions; what it reads of the program has to be in the names.
 */
#ifndef MDLGUARD_ENGINE_REUSE_H
#define MDLGUARD_ENGINE_REUSE_H

#include "engine/engine_int.h"

/* What is asked about a function. */
enum reuse_question {
    REUSE_SUMMARY,    /* its summary, or that there is none yet */
    REUSE_MAY_WRITE,  /* engine->may_write */
    REUSE_RAISES,     /* engine->raises */
    REUSE_STEPS,      /* whether it took more than some numbers: reuse_took_more */
    REUSE_BODY,       /* all of it: it is solved for the caller at hand */
    REUSE_CALLS_BACK, /* callback_is_possible */
    REUSE_IS_LONG,    /* special_is_too_long */
    REUSE_STORES,     /* of a record: the functions in its members */
    REUSE_MEMBERS,    /* of a record: members_answer */
    REUSE_HANDLES,    /* of a global variable: handles_answer */
    REUSE_NUMBERING,  /* the ids of all functions */
    REUSE_QUESTION_COUNT
};

enum reuse_task {
    REUSE_SOLVE,       /* for its callers, the last time */
    REUSE_SOLVE_FIRST, /* the round before, of one that may call itself */
    REUSE_SOLVE_AGAIN  /* for the pairs of entry points */
};

struct kept;
struct reuse;

/* For ENGINE, whose tables are made, with the rows of MEMORY; both outlive it. */
struct reuse *reuse_new(struct engine *engine, const struct engine_memory *memory);
void reuse_release(struct reuse *self); /* NULL is fine */
/* The hash of FUNCTION's body. */
uint64_t reuse_body(const struct reuse *self, ir_id function);

/*
 * Begins a task: solving FUNCTION. True: the memory had it, and everything is as if it were solved; SUMMARY (may be NULL) is what came of it.
 * False: it is to be solved now, and reuse_end is to be called.
 */
bool reuse_begin(struct engine *engine, enum reuse_task task, ir_id function, const struct summary **summary);
/* What solving the task's function took. */
void reuse_note_cost(struct engine *engine, uint32_t steps, size_t memory);
/* The task is done; SUMMARY is that of a function that was solved again. */
void reuse_end(struct engine *engine, const struct summary *summary);

/* An answer that the engine's tables hold about a function (STORES, MEMBERS: a record, HANDLES: a global variable) is used now. Nothing where no task is
 * recorded, as in all that follows. */
void reuse_ask(struct engine *engine, enum reuse_question question, ir_id about);
/* The summary of FUNCTION, asked for; or NULL. */
const struct summary *reuse_summary(struct engine *engine, ir_id function);

/* Did FUNCTION take more than LIMIT steps? */
bool reuse_took_more(struct engine *engine, ir_id function, uint32_t limit);

/* ---- the summaries for callbacks and special callers ---- */

/* Nothing was found for FUNCTION and what identifies the entry (BOUND, else KEY), and none is made; IS_FULL: there is no room for one. */
void reuse_note_none(struct engine *engine, ir_id function, const ir_id *bound, uint64_t key, bool is_full);
/* The entry at INDEX of the table for BOUND, or for KEY, is used. */
void reuse_note_found(struct engine *engine, bool is_special, uint32_t index);
/* That entry was added, empty; and was filled. */
void reuse_note_opened(struct engine *engine, bool is_special, uint32_t index);
void reuse_note_closed(struct engine *engine, bool is_special, uint32_t index);

/* ---- findings ---- */

void reuse_note_add(struct engine *engine, const struct finding *finding, bool is_vague);
void reuse_note_append(struct engine *engine, const char *rule, const struct finding_range *at, const struct finding_step *step);
void reuse_note_ask(struct engine *engine, const char *rule, const struct finding_range *at, bool answer);
/* LOC is told as RANGE. */
void reuse_note_place(struct engine *engine, ir_id loc, const struct finding_range *range);

#endif
