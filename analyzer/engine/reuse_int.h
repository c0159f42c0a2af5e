/*
 * reuse_int.h - what is recorded of a task, and how a row holds it. Shared by reuse.c (recording), reuse_write.c and replay.c
 * (reading, doing it again).
 *
 *   row    = envelope (base/blob.h) of: length of the head, head, body; both as a scribe writes them
 *   head   = name of what the task solves, questions with answers, where the body's locations are, which of them are at one place
 *   body   = changes of the run's tables in their order, then the function's summary, and its cases in the words of the store
 *
 * A location is one of a body that was solved here, or one that came with a summary: the function at hand or the question or change that it came with,
 * and its number there.
 */
#ifndef MDLGUARD_ENGINE_REUSE_INT_H
#define MDLGUARD_ENGINE_REUSE_INT_H

#include "engine/kept.h"
#include "engine/reuse.h"
#include "engine/scribe.h"

#define REUSE_MAGIC "MGF\n"
#define REUSE_NO_ANSWER 0 /* something that cannot be compared */

/* The answer about steps is where they have to be for the same answers: the lowest number in the upper half, the highest one in the lower. */
struct reuse_asked {
    enum reuse_question question;
    ir_id about; /* a function; STORES, MEMBERS: a record; HANDLES: a global variable */
    uint64_t answer;
};

enum reuse_change_kind {
    REUSE_ADD,    /* findings_add */
    REUSE_APPEND, /* findings_append */
    REUSE_ASK,    /* findings_has: no change, but its answer depends on those before */
    REUSE_NONE,   /* as the functions of reuse.h that note them */
    REUSE_FOUND,
    REUSE_OPENED,
    REUSE_CLOSED,
};

struct reuse_change {
    enum reuse_change_kind kind;
    struct finding finding;   /* ADD */
    const char *rule;         /* APPEND, ASK */
    struct finding_range at;
    struct finding_step step; /* APPEND */
    bool flag;                /* ADD: vague; ASK: the answer; NONE: full */
    bool is_special;          /* NONE …: of which table */
    ir_id function;
    const ir_id *bound;
    uint64_t key;
    uint32_t entry;           /* OPENED, CLOSED: counted from the task's first */
    struct kept *kept;        /* FOUND, CLOSED; NULL: there is no summary */
};

enum reuse_origin { REUSE_OF_FUNCTION, REUSE_OF_QUESTION, REUSE_OF_CHANGE };

struct reuse_source {
    enum reuse_origin origin;
    uint32_t index, number;
};

struct reuse_recording {
    bool is_active;
    bool is_bad;      /* something in it cannot be kept */
    bool is_numbered; /* see kept.h */
    enum reuse_task task;
    ir_id function;
    uint64_t slot, name;
    uint32_t steps; /* that solving it took, and the most memory */
    size_t memory;
    uint32_t first_callback, first_special; /* of the engine's tables: what was there before */
    VEC(struct reuse_asked) asked;
    VEC(struct reuse_change) changes;
    VEC(struct reuse_source) sources;
    struct word_map questions; /* question and function -> index in asked */
    struct word_map locs;      /* location -> index in sources */
    struct word_map places;    /* hash of a range -> a location there */
};

struct reuse {
    struct engine *engine; /* the run's; copies of it share this */
    const struct engine_memory *memory;
    struct arena scratch; /* of the task at hand */
    struct names names;
    uint64_t environment; /* name of all that every function depends on */
    struct kept **kept;       /* function -> of its summary; NULL: none, or it cannot be kept */
    struct reuse_recording recording;
};

/* Is ANSWER still the one? */
bool reuse_is_answer(const struct reuse *self, enum reuse_question question, ir_id about, uint64_t answer);
/* Names of which of LOCS are equal and which are at one place. */
uint64_t reuse_pattern(const struct reuse *self, const ir_id *locs, uint32_t count);

/* By which `places` knows RANGE. */
uint64_t reuse_range_key(const struct finding_range *range);

/* Puts the recorded task into the memory, with the summary that came of it, unless something in it cannot be kept. */
void reuse_write_row(struct reuse *self, const struct kept *kept);

/* Does what ROW says, if it still holds: see reuse_begin. */
bool replay_row(struct reuse *self, const struct strbuf *row, uint64_t name, enum reuse_task task, ir_id function, const struct summary **summary);

#endif
