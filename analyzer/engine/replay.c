/*
 * replay.c - a task of an earlier run: does it still hold, and what it did, done again. See reuse.h; reuse_int.h tells what a row is.
 *
 * The changes are made while they are read, since each may ask for what came of those before; what does not hold after all is taken back.
 */
#include "engine/reuse_int.h"

#include "engine/callback.h"
#include "engine/findings.h"
#include "engine/special.h"

struct replay {
    struct reuse *reuse;
    struct engine *engine;
    enum reuse_task task;
    ir_id function;
    struct reading head, body;
    uint64_t pattern;                 /* of `locs` */
    struct reuse_source *sources;     /* of the body's locations */
    ir_id *locs;                      /* IR_NONE: not known yet */
    uint32_t loc_count;
    ir_id *asked;                     /* what about, by question */
    enum reuse_question *questions;
    uint32_t asked_count;
    uint32_t callbacks, specials;     /* how many entries the engine's tables had before */
    bool has_findings;                /* `findings` are those that there were before: this task changes them */
    VEC(struct finding) findings;
};

/* ---- the head ---- */

/* What QUESTION is about. */
static ir_id read_about(struct reading *in, enum reuse_question question)
{
    switch (question) {
    case REUSE_STORES:
    case REUSE_MEMBERS: return reading_record(in);
    case REUSE_HANDLES: return reading_global(in);
    default: return reading_function(in);
    }
}

static bool check_questions(struct replay *self)
{
    struct reading *in = &self->head;

    self->asked_count = reading_count(in);
    self->asked = ARENA_NEW_ARRAY(&self->reuse->scratch, ir_id, (size_t)self->asked_count + 1);
    self->questions = ARENA_NEW_ARRAY(&self->reuse->scratch, enum reuse_question, (size_t)self->asked_count + 1);
    for (uint32_t a = 0; a < self->asked_count && !in->in.is_bad; a++) {
        self->questions[a] = (enum reuse_question)reading_below(in, REUSE_QUESTION_COUNT);
        self->asked[a] = read_about(in, self->questions[a]);
        in->in.is_bad |= self->asked[a] == IR_NONE && self->questions[a] != REUSE_NUMBERING;
        if (in->in.is_bad)
            return false;
        if (self->questions[a] == REUSE_NUMBERING)
            self->asked[a] = 0; /* of all */
        if (!reuse_is_answer(self->reuse, self->questions[a], self->asked[a], reading_name(in)))
            return false;
    }
    return !in->in.is_bad;
}

/* The location that SOURCE is; IR_NONE: that is not known (yet). */
static ir_id find_in_body(const struct replay *self, ir_id function, uint32_t number)
{
    const struct names *names = &self->reuse->names;
    uint32_t first = names->first_loc[function];

    return number < names->first_loc[function + 1] - first ? names->locs.items[first + number] : IR_NONE;
}

static ir_id find_in_kept(const struct kept *kept, uint32_t number)
{
    return kept && number < kept->loc_count ? kept->locs[number] : IR_NONE;
}

static ir_id find_loc(const struct replay *self, const struct reuse_source *source)
{
    if (source->origin == REUSE_OF_FUNCTION)
        return find_in_body(self, self->function, source->number);
    if (source->origin != REUSE_OF_QUESTION || source->index >= self->asked_count)
        return IR_NONE;
    if (self->questions[source->index] == REUSE_BODY)
        return find_in_body(self, self->asked[source->index], source->number);
    if (self->questions[source->index] != REUSE_SUMMARY)
        return IR_NONE;
    return find_in_kept(self->reuse->kept[self->asked[source->index]], source->number);
}

static void read_sources(struct replay *self)
{
    struct reading *in = &self->head;

    self->loc_count = reading_count(in);
    self->sources = ARENA_NEW_ARRAY(&self->reuse->scratch, struct reuse_source, (size_t)self->loc_count + 1);
    self->locs = ARENA_NEW_ARRAY(&self->reuse->scratch, ir_id, (size_t)self->loc_count + 1);
    for (uint32_t l = 0; l < self->loc_count && !in->in.is_bad; l++) {
        self->sources[l].origin = (enum reuse_origin)reading_below(in, REUSE_OF_CHANGE + 1);
        self->sources[l].index = (uint32_t)reading_number(in);
        self->sources[l].number = (uint32_t)reading_number(in);
        self->locs[l] = find_loc(self, &self->sources[l]);
    }
}

/* ---- what is read of changes ---- */

static bool fail(struct replay *self)
{
    self->body.in.is_bad = true;
    return false;
}

static const char *read_rule(struct replay *self)
{
    const struct ruleset_rule *rule = reading_rule(&self->body);

    return rule ? rule->meta.id : "";
}

static struct finding_range read_place(struct replay *self)
{
    ir_id loc = reading_loc(&self->body);

    if (loc == IR_NONE || self->body.in.is_bad) {
        fail(self);
        return (struct finding_range){.file = ""};
    }
    return findings_place(self->engine->program, loc);
}

/* A text that the findings keep. */
static const char *read_text(struct replay *self)
{
    const char *text = reading_text(&self->body);

    return text ? arena_strdup(self->engine->arena, text) : NULL;
}

static struct finding_step read_step(struct replay *self)
{
    struct finding_step step = {.at = read_place(self)};
    uint64_t number;

    step.message = read_text(self);
    step.function = read_text(self);
    number = reading_number(&self->body);
    step.depth = (uint32_t)(number >> 1);
    step.is_event = number & 1;
    return step;
}

static void read_finding(struct replay *self, struct finding *finding)
{
    const struct ruleset_rule *rule = reading_rule(&self->body);
    uint32_t count;

    finding->at = read_place(self);
    finding->message = read_text(self);
    finding->function = read_text(self);
    finding->fingerprint = read_text(self);
    count = reading_count(&self->body);
    for (uint32_t s = 0; s < count && !self->body.in.is_bad; s++)
        VEC_PUSH_IN(self->engine->arena, &finding->steps, read_step(self));
    if (self->body.in.is_bad || !rule) {
        fail(self);
        return;
    }
    finding->rule = rule->meta.id;
    finding->name = rule->meta.name;
    finding->level = rule->meta.level;
}

struct read_entry {
    bool is_special;
    ir_id function;
    const ir_id *bound;
    uint64_t key;
};

static bool read_entry(struct replay *self, struct read_entry *out)
{
    struct reading *in = &self->body;
    ir_id *bound;
    uint32_t params;

    *out = (struct read_entry){.is_special = reading_number(in) != 0, .function = reading_function(in)};
    if (in->in.is_bad || out->function == IR_NONE)
        return fail(self);
    params = self->engine->program->functions.items[out->function].param_count;
    bound = ARENA_NEW_ARRAY(self->engine->arena, ir_id, (size_t)params + 1);
    if (out->is_special)
        out->key = reading_name(in);
    for (uint32_t p = 0; !out->is_special && p < params; p++)
        bound[p] = reading_function(in);
    out->bound = bound;
    return !in->in.is_bad;
}

/* The index of ENTRY in its table; false: it is not there. */
static bool find_entry(const struct replay *self, const struct read_entry *entry, uint32_t *index, bool *is_full)
{
    return entry->is_special ? special_find(self->engine, entry->function, entry->key, index, is_full)
                             : callback_find(self->engine, entry->function, entry->bound, index, is_full);
}

/* A summary in the body; *kept NULL: there is none. */
static bool read_kept(struct replay *self, struct kept **kept)
{
    struct reading *in = &self->body;
    uint64_t kind = reading_number(in);
    struct kept stored = {.is_numbered = kind == 2};
    uint32_t *locals;
    ir_id *locs;

    *kept = NULL;
    if (kind == 0)
        return !in->in.is_bad;
    stored.hash = reading_name(in);
    stored.loc_count = reading_count(in);
    locs = ARENA_NEW_ARRAY(&self->reuse->scratch, ir_id, (size_t)stored.loc_count + 1);
    for (uint32_t l = 0; l < stored.loc_count; l++) {
        locs[l] = reading_loc(in);
        if (locs[l] == IR_NONE)
            return fail(self);
    }
    stored.locs = locs;
    stored.local_count = reading_count(in);
    locals = ARENA_NEW_ARRAY(&self->reuse->scratch, uint32_t, (size_t)stored.local_count + 1);
    for (uint32_t l = 0; l < stored.local_count; l++)
        locals[l] = (uint32_t)reading_number(in);
    stored.locals = locals;
    stored.length = reading_count(in);
    if (in->in.is_bad)
        return false;
    stored.bytes = in->in.at;
    in->in.at += stored.length;
    *kept = kept_take(&self->reuse->names, &stored);
    return *kept ? true : fail(self);
}

/* ---- making the changes ---- */

static bool replay_none(struct replay *self)
{
    struct read_entry entry;
    uint32_t index;
    bool is_full;

    return read_entry(self, &entry) && !find_entry(self, &entry, &index, &is_full) && is_full == (reading_number(&self->body) != 0);
}

static bool replay_found(struct replay *self, uint32_t change)
{
    struct read_entry entry;
    const struct summary *summary;
    const struct kept *kept;
    uint32_t index;
    bool is_full, has_summary;

    if (!read_entry(self, &entry) || !find_entry(self, &entry, &index, &is_full))
        return false;
    summary = entry.is_special ? self->engine->specials.items[index].summary : self->engine->callbacks.items[index].summary;
    kept = entry.is_special ? self->engine->specials.items[index].kept : self->engine->callbacks.items[index].kept;
    has_summary = reading_number(&self->body) != 0;
    if ((summary != NULL) != has_summary || (summary && !kept) || reading_name(&self->body) != (kept ? kept->hash : 0))
        return false;
    for (uint32_t l = 0; l < self->loc_count; l++)
        if (self->sources[l].origin == REUSE_OF_CHANGE && self->sources[l].index == change)
            self->locs[l] = find_in_kept(kept, self->sources[l].number);
    return true;
}

static bool replay_opened(struct replay *self)
{
    struct engine *engine = self->engine;
    struct read_entry entry;
    uint32_t index;
    bool is_full;

    if (!read_entry(self, &entry) || find_entry(self, &entry, &index, &is_full) || is_full)
        return false;
    if (entry.is_special) {
        struct special_summary added = {.function = entry.function, .key = entry.key};
        VEC_PUSH_IN(engine->arena, &engine->specials, added);
    } else {
        struct callback_summary added = {.function = entry.function, .bound = entry.bound};
        VEC_PUSH_IN(engine->arena, &engine->callbacks, added);
    }
    return true;
}

static bool replay_closed(struct replay *self)
{
    struct engine *engine = self->engine;
    bool is_special = reading_number(&self->body) != 0;
    uint64_t index = reading_number(&self->body) + (is_special ? self->specials : self->callbacks);
    const struct summary *summary = NULL;
    struct kept *kept;
    ir_id function;

    if (index >= (is_special ? engine->specials.count : engine->callbacks.count) || !read_kept(self, &kept))
        return false;
    function = is_special ? engine->specials.items[index].function : engine->callbacks.items[index].function;
    if (kept && !(summary = kept_open(&self->reuse->names, kept, function, &self->reuse->scratch)))
        return false;
    if (is_special) {
        engine->specials.items[index].summary = summary;
        engine->specials.items[index].kept = kept;
    } else {
        engine->callbacks.items[index].summary = summary;
        engine->callbacks.items[index].kept = kept;
    }
    if (kept)
        kept_forget(kept);
    return true;
}

/* Findings that were there may get other paths. */
static void remember_findings(struct replay *self)
{
    const struct engine_result *result = self->engine->result;

    for (uint32_t f = 0; f < result->findings.count && !self->has_findings; f++)
        VEC_PUSH_IN(&self->reuse->scratch, &self->findings, result->findings.items[f]);
    self->has_findings = true;
}

static bool replay_change(struct replay *self, uint32_t change)
{
    struct finding finding = {0};
    struct finding_range at;
    struct finding_step step;
    const char *rule;
    bool flag;

    switch ((enum reuse_change_kind)reading_below(&self->body, REUSE_CLOSED + 1)) {
    case REUSE_ADD:
        read_finding(self, &finding);
        flag = reading_number(&self->body) != 0;
        remember_findings(self);
        if (!self->body.in.is_bad)
            findings_add(self->engine, &finding, flag);
        break;
    case REUSE_APPEND:
        rule = read_rule(self);
        at = read_place(self);
        step = read_step(self);
        remember_findings(self);
        if (!self->body.in.is_bad)
            findings_append(self->engine, rule, &at, &step);
        break;
    case REUSE_ASK:
        rule = read_rule(self);
        at = read_place(self);
        flag = reading_number(&self->body) != 0;
        return !self->body.in.is_bad && findings_has(self->engine, rule, &at) == flag;
    case REUSE_NONE: return replay_none(self);
    case REUSE_FOUND: return replay_found(self, change);
    case REUSE_OPENED: return replay_opened(self);
    case REUSE_CLOSED: return replay_closed(self);
    }
    return !self->body.in.is_bad;
}

/* ---- the function ---- */

struct taken {
    struct kept *kept;
    const struct summary *summary;
    VEC(struct engine_case) cases;
    bool leaves, is_given_up;
    uint32_t steps;
    size_t memory;
};

/* As write_cases wrote them. */
static void read_cases(struct replay *self, struct taken *out)
{
    struct reading *in = &self->body;
    uint32_t count = reading_count(in);

    for (uint32_t c = 0; c < count && !in->in.is_bad; c++) {
        struct engine_case words = {.result = read_text(self)};
        uint32_t events = reading_count(in);

        for (uint32_t e = 0; e < events && !in->in.is_bad; e++) {
            struct store_event event = {.effect = read_text(self)};

            event.routine = read_text(self);
            event.subject = read_text(self);
            event.mapping = read_text(self);
            VEC_PUSH_IN(self->engine->arena, &words.events, event);
        }
        VEC_PUSH_IN(self->engine->arena, &out->cases, words);
    }
}

static bool read_function(struct replay *self, struct taken *out)
{
    struct reading *in = &self->body;

    if (!read_kept(self, &out->kept))
        return false;
    if (out->kept)
        out->summary = (self->task == REUSE_SOLVE_AGAIN ? kept_open : kept_close)(&self->reuse->names, out->kept, self->function, &self->reuse->scratch);
    if (out->kept && !out->summary)
        return false;
    read_cases(self, out);
    out->leaves = reading_number(in) != 0;
    out->is_given_up = reading_number(in) != 0;
    out->steps = (uint32_t)reading_number(in);
    out->memory = (size_t)reading_number(in);
    return !in->in.is_bad;
}

static void take(struct replay *self, const struct taken *taken)
{
    struct engine_function *result = &self->engine->result->functions[self->function];

    if (self->task == REUSE_SOLVE_AGAIN)
        return;
    self->engine->summaries[self->function] = taken->summary;
    self->reuse->kept[self->function] = taken->kept;
    self->engine->leaves[self->function] = taken->leaves;
    result->is_given_up = taken->is_given_up;
    engine_note_cost(result, taken->steps, taken->memory);
    result->cases.items = taken->cases.items;
    result->cases.count = result->cases.capacity = taken->cases.count;
}

/* ---- the whole row ---- */

static bool replay_body(struct replay *self, struct taken *taken)
{
    uint32_t count = reading_count(&self->body);

    for (uint32_t c = 0; c < count; c++)
        if (!replay_change(self, c))
            return false;
    for (uint32_t l = 0; l < self->loc_count; l++)
        if (self->locs[l] == IR_NONE)
            return false;
    if (reuse_pattern(self->reuse, self->locs, self->loc_count) != self->pattern)
        return false;
    return read_function(self, taken) && reading_end(&self->body);
}

static void take_back(struct replay *self)
{
    struct engine_result *result = self->engine->result;

    self->engine->callbacks.count = self->callbacks;
    self->engine->specials.count = self->specials;
    if (!self->has_findings)
        return;
    result->findings.count = self->findings.count;
    for (uint32_t f = 0; f < self->findings.count; f++)
        result->findings.items[f] = self->findings.items[f];
}

static bool read_head(struct replay *self, uint64_t name)
{
    if (self->head.in.is_bad || reading_name(&self->head) != name || !check_questions(self))
        return false;
    read_sources(self);
    self->pattern = reading_name(&self->head);
    return reading_end(&self->head);
}

bool replay_row(struct reuse *self, const struct strbuf *row, uint64_t name, enum reuse_task task, ir_id function, const struct summary **summary)
{
    struct arena *arena = &self->scratch;
    struct replay replay = {.reuse = self, .engine = self->engine, .task = task, .function = function,
                            .callbacks = self->engine->callbacks.count, .specials = self->engine->specials.count};
    struct taken taken = {0};
    struct blob_reader in;
    const void *head;
    size_t length;

    if (!blob_read_begin(&in, row->data, row->length, REUSE_MAGIC, self->memory->maker) || !(head = blob_read_bytes(&in, &length)))
        return false;
    reading_init(&replay.head, &self->names, arena, head, length);
    if (!read_head(&replay, name))
        return false;
    reading_init(&replay.body, &self->names, arena, in.at, (size_t)(in.end - in.at));
    replay.body.locs = replay.locs;
    replay.body.loc_count = replay.loc_count;
    if (!replay_body(&replay, &taken)) {
        take_back(&replay);
        return false;
    }
    take(&replay, &taken);
    if (summary)
        *summary = taken.summary;
    if (taken.kept)
        kept_forget(taken.kept);
    return true;
}
