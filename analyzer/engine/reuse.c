/*
 * reuse.c - records tasks, and asks and answers their questions. See reuse.h.
 */
#include "engine/reuse_int.h"

#include <assert.h>

#include "base/hash.h"
#include "engine/callback.h"
#include "engine/handles.h"
#include "engine/may_write.h"
#include "engine/members.h"
#include "engine/special.h"

/* ---- the run ---- */

static uint64_t hash_environment(const struct engine *engine, uint64_t maker)
{
    uint64_t hash = hash_mix(maker, engine->rules->hash);

    hash = hash_mix(hash_mix(hash, engine->options.disjunct_cap), engine->options.step_budget);
    for (uint32_t r = 0; r < engine->rules->rules.count; r++)
        hash = hash_mix(hash, engine->rules->rules.items[r].is_enabled);
    return hash;
}

struct reuse *reuse_new(struct engine *engine, const struct engine_memory *memory)
{
    struct reuse *self = ARENA_NEW(engine->arena, struct reuse);

    self->engine = engine;
    self->memory = memory;
    self->environment = hash_environment(engine, memory->maker);
    self->kept = ARENA_NEW_ARRAY(engine->arena, struct kept *, (size_t)engine->program->functions.count + 1);
    arena_init(&self->scratch);
    names_init(&self->names, engine);
    return self;
}

static void recording_release(struct reuse_recording *self)
{
    VEC_RELEASE(&self->asked);
    VEC_RELEASE(&self->changes);
    VEC_RELEASE(&self->sources);
    word_map_release(&self->questions);
    word_map_release(&self->locs);
    word_map_release(&self->places);
}

void reuse_release(struct reuse *self)
{
    if (!self)
        return;
    names_release(&self->names);
    arena_release(&self->scratch);
    recording_release(&self->recording);
}

uint64_t reuse_body(const struct reuse *self, ir_id function)
{
    return self->names.bodies[function];
}

/* ---- names and answers ---- */

/* What is known of FUNCTION besides its body. */
static uint64_t hash_flags(const struct engine *engine, ir_id function)
{
    uint64_t flags = (uint64_t)engine->coarse[function] << 4 | (uint64_t)engine->relevant[function] << 3 | (uint64_t)engine->applied[function] << 2 |
                     (uint64_t)engine->guarded[function] << 1 | engine->exposed[function];

    return hash_mix(flags, engine->lent[function]);
}

/* SLOT: where the memory has what came of the task; NAME: of what is solved. */
static void name_task(const struct reuse *self, enum reuse_task task, ir_id function, uint64_t *slot, uint64_t *name)
{
    *slot = hash_mix(task, self->names.functions[function]);
    *name = hash_mix(hash_mix(self->environment, task), hash_mix(self->names.bodies[function], hash_flags(self->engine, function)));
}

static uint64_t hash_may_write(const struct reuse *self, const struct may_write *written)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < written->members.count; i++)
        sum += hash_mix(self->names.records[written->members.items[i] >> 32], written->members.items[i] & UINT32_MAX);
    return hash_mix(hash_mix(sum, written->through), written->is_all);
}

/* With the callee's head, which is seen wherever its summary is. */
static uint64_t hash_summary(const struct reuse *self, ir_id function)
{
    if (!self->engine->summaries[function])
        return hash_mix(self->names.heads[function], 1);
    return self->kept[function] ? hash_mix(self->names.heads[function], self->kept[function]->hash) : REUSE_NO_ANSWER;
}

static uint64_t answer_to(const struct reuse *self, enum reuse_question question, ir_id about)
{
    const struct engine *engine = self->engine;

    switch (question) {
    case REUSE_SUMMARY: return hash_summary(self, about);
    case REUSE_MAY_WRITE: return engine->may_write[about] ? hash_may_write(self, engine->may_write[about]) : 1;
    case REUSE_RAISES: return engine->raises[about] ? 2 : 1;
    case REUSE_STEPS: return UINT32_MAX;
    case REUSE_BODY: return hash_mix(self->names.bodies[about], hash_flags(engine, about));
    case REUSE_CALLS_BACK: return callback_is_possible(engine, about) ? 2 : 1;
    case REUSE_IS_LONG: return special_is_too_long(engine, about) ? 2 : 1;
    case REUSE_STORES: return names_stores(&self->names, about);
    case REUSE_MEMBERS: return members_answer(engine->members, about);
    case REUSE_HANDLES: return handles_answer(engine->handles, about);
    case REUSE_NUMBERING: return self->names.numbering;
    case REUSE_QUESTION_COUNT: break;
    }
    return REUSE_NO_ANSWER;
}

bool reuse_is_answer(const struct reuse *self, enum reuse_question question, ir_id about, uint64_t answer)
{
    uint32_t steps;

    if (question != REUSE_STEPS)
        return answer_to(self, question, about) == answer;
    steps = self->engine->result->functions[about].steps;
    return steps >= (uint32_t)(answer >> 32) && steps <= (uint32_t)answer;
}

uint64_t reuse_pattern(const struct reuse *self, const ir_id *locs, uint32_t count)
{
    struct word_map equal = {0}, places = {0};
    uint64_t hash = count;

    for (uint32_t l = 0; l < count; l++) {
        const struct ir_range *at = &self->engine->program->locs.items[locs[l]].at;
        uint64_t place = hash_mix(hash_mix(at->file, at->line), at->column);
        uint32_t first = l, same = l;

        word_map_add(&equal, locs[l], l);
        word_map_get(&equal, locs[l], &same);
        word_map_add(&places, place, l);
        word_map_get(&places, place, &first);
        hash = hash_mix(hash_mix(hash, same), first);
    }
    word_map_release(&equal);
    word_map_release(&places);
    return hash;
}

/* ---- recording ---- */

static struct reuse_recording *recording_of(struct engine *engine)
{
    return engine->reuse && engine->reuse->recording.is_active ? &engine->reuse->recording : NULL;
}

static void add_locs(struct reuse_recording *self, const ir_id *locs, uint32_t count, enum reuse_origin origin, uint32_t index)
{
    for (uint32_t l = 0; l < count; l++) {
        struct reuse_source source = {origin, index, l};

        if (word_map_add(&self->locs, locs[l], self->sources.count))
            VEC_PUSH(&self->sources, source);
    }
}

static void add_body_locs(struct reuse *self, ir_id function, enum reuse_origin origin, uint32_t index)
{
    const struct names *names = &self->names;
    uint32_t first = names->first_loc[function];

    add_locs(&self->recording, names->locs.items + first, names->first_loc[function + 1] - first, origin, index);
}

static void add_kept(struct reuse_recording *self, const struct kept *kept, enum reuse_origin origin, uint32_t index)
{
    if (kept)
        add_locs(self, kept->locs, kept->loc_count, origin, index);
    if (kept && kept->is_numbered)
        self->is_numbered = true;
}

static void begin(struct reuse *self, enum reuse_task task, ir_id function)
{
    struct reuse_recording *recording = &self->recording;

    recording->is_active = true;
    recording->is_bad = false;
    recording->is_numbered = self->names.dispatches[function];
    recording->task = task;
    recording->function = function;
    recording->steps = 0;
    recording->memory = 0;
    recording->first_callback = self->engine->callbacks.count;
    recording->first_special = self->engine->specials.count;
    recording->asked.count = recording->changes.count = recording->sources.count = 0;
    word_map_clear(&recording->questions);
    word_map_clear(&recording->locs);
    word_map_clear(&recording->places);
    add_body_locs(self, function, REUSE_OF_FUNCTION, 0);
}

/* Is there a row for the task, which still holds? Then it is done. */
static bool replay(struct reuse *self, uint64_t slot, uint64_t name, enum reuse_task task, ir_id function, const struct summary **summary)
{
    const struct engine_memory *memory = self->memory;
    struct strbuf row;
    bool is_done;

    strbuf_init(&row);
    is_done = memory->find(memory->context, slot, &row) && replay_row(self, &row, name, task, function, summary);
    if (is_done)
        memory->keep(memory->context, slot);
    strbuf_release(&row);
    arena_clear(&self->scratch);
    return is_done;
}

bool reuse_begin(struct engine *engine, enum reuse_task task, ir_id function, const struct summary **summary)
{
    struct reuse *self = engine->reuse;
    uint64_t slot, name;

    if (!self)
        return false;
    name_task(self, task, function, &slot, &name);
    if (replay(self, slot, name, task, function, summary))
        return true;
    begin(self, task, function);
    self->recording.slot = slot;
    self->recording.name = name;
    return false;
}

void reuse_note_cost(struct engine *engine, uint32_t steps, size_t memory)
{
    struct reuse_recording *self = recording_of(engine);

    if (!self)
        return;
    self->steps = steps;
    self->memory = memory;
}

static uint64_t question_key(enum reuse_question question, ir_id about)
{
    return (uint64_t)question << 32 | about;
}

void reuse_ask(struct engine *engine, enum reuse_question question, ir_id about)
{
    struct reuse_recording *self = recording_of(engine);
    struct reuse_asked asked = {question, about, REUSE_NO_ANSWER};

    if (!self || !word_map_add(&self->questions, question_key(question, about), self->asked.count))
        return;
    asked.answer = answer_to(engine->reuse, question, about);
    self->is_bad |= asked.answer == REUSE_NO_ANSWER;
    if (question == REUSE_SUMMARY)
        add_kept(self, engine->reuse->kept[about], REUSE_OF_QUESTION, self->asked.count);
    if (question == REUSE_BODY) {
        add_body_locs(engine->reuse, about, REUSE_OF_QUESTION, self->asked.count);
        self->is_numbered |= engine->reuse->names.dispatches[about];
    }
    VEC_PUSH(&self->asked, asked);
}

bool reuse_took_more(struct engine *engine, ir_id function, uint32_t limit)
{
    struct reuse_recording *self = recording_of(engine);
    bool result = engine->result->functions[function].steps > limit;
    uint32_t index, low, high;

    reuse_ask(engine, REUSE_STEPS, function);
    if (!self || !word_map_get(&self->questions, question_key(REUSE_STEPS, function), &index))
        return result;
    low = (uint32_t)(self->asked.items[index].answer >> 32);
    high = (uint32_t)self->asked.items[index].answer;
    if (result && low <= limit)
        low = limit + 1;
    if (!result && high > limit)
        high = limit;
    self->asked.items[index].answer = (uint64_t)low << 32 | high;
    return result;
}

const struct summary *reuse_summary(struct engine *engine, ir_id function)
{
    const struct summary *summary = engine->summaries[function];

    reuse_ask(engine, REUSE_SUMMARY, function);
    if (summary && summary->closed) {
        summary = kept_open(&engine->reuse->names, summary->closed, function, &engine->reuse->scratch);
        assert(summary); /* its names are there, and its bytes are as they were written */
        engine->summaries[function] = summary;
    }
    return summary;
}

/* ---- changes ---- */

static void note_change(struct reuse_recording *self, const struct reuse_change *change)
{
    if (change->kind == REUSE_FOUND)
        add_kept(self, change->kept, REUSE_OF_CHANGE, self->changes.count);
    VEC_PUSH(&self->changes, *change);
}

void reuse_note_none(struct engine *engine, ir_id function, const ir_id *bound, uint64_t key, bool is_full)
{
    struct reuse_recording *self = recording_of(engine);
    struct reuse_change change = {.kind = REUSE_NONE, .function = function, .bound = bound, .key = key, .flag = is_full, .is_special = !bound};

    if (self)
        note_change(self, &change);
}

/* Entry INDEX of one of the tables. */
static struct reuse_change describe_entry(const struct engine *engine, enum reuse_change_kind kind, bool is_special, uint32_t index)
{
    struct reuse_change change = {.kind = kind, .is_special = is_special};

    if (is_special) {
        change.function = engine->specials.items[index].function;
        change.key = engine->specials.items[index].key;
        change.kept = engine->specials.items[index].kept;
    } else {
        change.function = engine->callbacks.items[index].function;
        change.bound = engine->callbacks.items[index].bound;
        change.kept = engine->callbacks.items[index].kept;
    }
    return change;
}

static const struct summary *summary_at(const struct engine *engine, bool is_special, uint32_t index)
{
    return is_special ? engine->specials.items[index].summary : engine->callbacks.items[index].summary;
}

void reuse_note_found(struct engine *engine, bool is_special, uint32_t index)
{
    struct reuse_recording *self = recording_of(engine);
    struct reuse_change change;

    if (!self || index >= (is_special ? self->first_special : self->first_callback)) /* its own */
        return;
    change = describe_entry(engine, REUSE_FOUND, is_special, index);
    self->is_bad |= summary_at(engine, is_special, index) && !change.kept;
    note_change(self, &change);
}

void reuse_note_opened(struct engine *engine, bool is_special, uint32_t index)
{
    struct reuse_recording *self = recording_of(engine);
    struct reuse_change change;

    if (!self)
        return;
    change = describe_entry(engine, REUSE_OPENED, is_special, index);
    change.entry = index - (is_special ? self->first_special : self->first_callback);
    note_change(self, &change);
}

void reuse_note_closed(struct engine *engine, bool is_special, uint32_t index)
{
    struct reuse_recording *self = recording_of(engine);
    const struct summary *summary = summary_at(engine, is_special, index);
    struct reuse_change change;

    if (!self)
        return;
    change = describe_entry(engine, REUSE_CLOSED, is_special, index);
    change.entry = index - (is_special ? self->first_special : self->first_callback);
    if (summary)
        change.kept = kept_make(&engine->reuse->names, summary, &engine->reuse->scratch);
    self->is_bad |= summary && !change.kept;
    if (is_special)
        engine->specials.items[index].kept = change.kept;
    else
        engine->callbacks.items[index].kept = change.kept;
    note_change(self, &change);
}

uint64_t reuse_range_key(const struct finding_range *range)
{
    uint64_t hash = hash_mix(hash_string(range->file), (uint64_t)range->line << 32 | range->column);

    return hash_mix(hash, (uint64_t)range->end_line << 32 | range->end_column);
}

void reuse_note_place(struct engine *engine, ir_id loc, const struct finding_range *range)
{
    struct reuse_recording *self = recording_of(engine);

    if (self)
        word_map_add(&self->places, reuse_range_key(range), loc);
}

void reuse_note_add(struct engine *engine, const struct finding *finding, bool is_vague)
{
    struct reuse_recording *self = recording_of(engine);
    struct reuse_change change = {.kind = REUSE_ADD, .finding = *finding, .flag = is_vague};

    if (self)
        note_change(self, &change);
}

void reuse_note_append(struct engine *engine, const char *rule, const struct finding_range *at, const struct finding_step *step)
{
    struct reuse_recording *self = recording_of(engine);
    struct reuse_change change = {.kind = REUSE_APPEND, .rule = rule, .at = *at, .step = *step};

    if (self)
        note_change(self, &change);
}

void reuse_note_ask(struct engine *engine, const char *rule, const struct finding_range *at, bool answer)
{
    struct reuse_recording *self = recording_of(engine);
    struct reuse_change change = {.kind = REUSE_ASK, .rule = rule, .at = *at, .flag = answer};

    if (self)
        note_change(self, &change);
}

/* ---- the end of a task ---- */

/* Ids of the functions are numbers in it, so that these are to be the same. */
static void ask_numbering(struct reuse *self)
{
    struct reuse_recording *recording = &self->recording;
    struct reuse_asked asked = {REUSE_NUMBERING, 0, self->names.numbering};

    for (uint32_t c = 0; c < recording->changes.count; c++)
        recording->is_numbered |= recording->changes.items[c].kept && recording->changes.items[c].kept->is_numbered;
    if (recording->is_numbered)
        VEC_PUSH(&recording->asked, asked);
}

/* Callers compare the function's SUMMARY from here on. */
static void keep(struct reuse *self, const struct summary *summary, struct kept *kept)
{
    ir_id function = self->recording.function;

    self->kept[function] = kept;
    if (summary && self->recording.task == REUSE_SOLVE && self->engine->relevant[function])
        summary_describe(self->engine, summary, &self->engine->result->functions[function]);
}

static void number_all(struct reuse *self, struct kept *kept)
{
    struct reuse_recording *recording = &self->recording;

    if (kept)
        kept->is_numbered = true;
    for (uint32_t c = 0; c < recording->changes.count; c++)
        if (recording->changes.items[c].kept)
            recording->changes.items[c].kept->is_numbered = true;
}

/* From here on it is enough to know what the summaries of the task are compared by. */
static void drop_bytes(struct reuse *self, struct kept *kept)
{
    struct reuse_recording *recording = &self->recording;

    if (kept)
        kept_forget(kept);
    for (uint32_t c = 0; c < recording->changes.count; c++)
        if (recording->changes.items[c].kept)
            kept_forget(recording->changes.items[c].kept);
    arena_clear(&self->scratch);
}

void reuse_end(struct engine *engine, const struct summary *summary)
{
    struct reuse *self = engine->reuse;
    struct reuse_recording *recording = recording_of(engine);
    struct kept *kept;

    if (!recording)
        return;
    if (recording->task != REUSE_SOLVE_AGAIN)
        summary = engine->summaries[recording->function];
    kept = summary ? kept_make(&self->names, summary, &self->scratch) : NULL;
    if (recording->task != REUSE_SOLVE_AGAIN)
        keep(self, summary, kept);
    recording->is_bad |= summary && !kept;
    recording->is_numbered |= kept && kept->is_numbered;
    ask_numbering(self);
    if (recording->is_numbered)
        number_all(self, kept);
    recording->is_active = false;
    reuse_write_row(self, kept);
    drop_bytes(self, kept);
}
