/*
 * scribe.c - see scribe.h. An id is written as 1 + its number in the table of its kind, IR_NONE as 0.
 */
#include "engine/scribe.h"

#include <string.h>

#include "base/hash.h"

enum table { TABLE_TYPE, TABLE_RECORD, TABLE_FUNCTION, TABLE_GLOBAL, TABLE_LOC, TABLE_TEXT, TABLE_COUNT };

/* ---- writing ---- */

void scribe_init(struct scribe *self, const struct names *names)
{
    *self = (struct scribe){.names = names};
    strbuf_init(&self->body);
}

void scribe_release(struct scribe *self)
{
    strbuf_release(&self->body);
    VEC_RELEASE(&self->types);
    VEC_RELEASE(&self->records);
    VEC_RELEASE(&self->functions);
    VEC_RELEASE(&self->globals);
    VEC_RELEASE(&self->locs);
    VEC_RELEASE(&self->texts);
    for (int t = 0; t < TABLE_COUNT; t++)
        word_map_release(&self->seen[t]);
}

void scribe_number(struct scribe *self, uint64_t value)
{
    blob_small(&self->body, value);
}

void scribe_signed(struct scribe *self, int64_t value)
{
    scribe_number(self, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void scribe_name(struct scribe *self, uint64_t name)
{
    blob_number(&self->body, name);
}

/* Writes the number of KEY in TABLE, where it is the COUNTth when it is new: true. */
static bool write_entry(struct scribe *self, enum table table, uint64_t key, uint32_t count)
{
    uint32_t number;
    bool is_new = !word_map_get(&self->seen[table], key, &number);

    if (is_new) {
        number = count;
        word_map_add(&self->seen[table], key, number);
    }
    scribe_number(self, (uint64_t)number + 1);
    return is_new;
}

#define WRITE_ID(self, table, vec, id)                                                                                 \
    do {                                                                                                               \
        if ((id) == IR_NONE)                                                                                           \
            scribe_number((self), 0);                                                                                  \
        else if (write_entry((self), (table), (id), (vec)->count))                                                     \
            VEC_PUSH((vec), (id));                                                                                     \
    } while (0)

void scribe_type(struct scribe *self, ir_id type)
{
    WRITE_ID(self, TABLE_TYPE, &self->types, type);
}

void scribe_record(struct scribe *self, ir_id record)
{
    WRITE_ID(self, TABLE_RECORD, &self->records, record);
}

void scribe_function(struct scribe *self, ir_id function)
{
    WRITE_ID(self, TABLE_FUNCTION, &self->functions, function);
}

void scribe_global(struct scribe *self, ir_id global)
{
    WRITE_ID(self, TABLE_GLOBAL, &self->globals, global);
}

void scribe_loc(struct scribe *self, ir_id loc)
{
    WRITE_ID(self, TABLE_LOC, &self->locs, loc);
}

void scribe_text(struct scribe *self, const char *text)
{
    if (!text)
        scribe_number(self, 0);
    else if (write_entry(self, TABLE_TEXT, hash_string(text), self->texts.count))
        VEC_PUSH(&self->texts, text);
}

void scribe_routine(struct scribe *self, const struct ruleset_routine *routine)
{
    const struct ruleset *rules = self->names->engine->rules;
    uintptr_t first = (uintptr_t)rules->routines.items, offset = (uintptr_t)routine - first;

    self->is_bad |= routine && ((uintptr_t)routine < first || offset >= rules->routines.count * sizeof(*routine));
    scribe_number(self, routine ? (uint64_t)(offset / sizeof(*routine)) + 1 : 0);
}

void scribe_rule(struct scribe *self, const char *rule)
{
    const struct ruleset *rules = self->names->engine->rules;
    const struct ruleset_rule *found = ruleset_find_rule(rules, rule);

    self->is_bad |= !found;
    scribe_number(self, found ? (uint64_t)(found - rules->rules.items) : 0);
}

static void finish_names(struct strbuf *out, const ir_id *ids, uint32_t count, const uint64_t *names, const uint64_t *others)
{
    blob_small(out, count);
    for (uint32_t i = 0; i < count; i++) {
        blob_number(out, names[ids[i]]);
        if (others)
            blob_number(out, others[ids[i]]);
    }
}

void scribe_finish(struct scribe *self, struct strbuf *out)
{
    const struct names *names = self->names;

    finish_names(out, self->types.items, self->types.count, names->types, NULL);
    finish_names(out, self->records.items, self->records.count, names->records, NULL);
    finish_names(out, self->functions.items, self->functions.count, names->functions, names->heads);
    finish_names(out, self->globals.items, self->globals.count, names->globals, NULL);
    blob_small(out, self->texts.count);
    for (uint32_t t = 0; t < self->texts.count; t++) {
        size_t length = strlen(self->texts.items[t]);

        blob_small(out, length);
        strbuf_add(out, self->texts.items[t], length);
    }
    strbuf_add(out, self->body.data, self->body.length);
}

/* ---- reading ---- */

uint64_t reading_number(struct reading *self)
{
    return blob_read_small(&self->in);
}

uint32_t reading_below(struct reading *self, uint32_t limit)
{
    uint64_t value = reading_number(self);

    if (value < limit)
        return (uint32_t)value;
    self->in.is_bad = true;
    return 0;
}

/* Each thing takes a byte at least. */
uint32_t reading_count(struct reading *self)
{
    uint64_t count = reading_number(self);

    if (!self->in.is_bad && count <= (uint64_t)(self->in.end - self->in.at) && count < UINT32_MAX)
        return (uint32_t)count;
    self->in.is_bad = true;
    return 0;
}

int64_t reading_signed(struct reading *self)
{
    uint64_t value = reading_number(self);

    return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

uint64_t reading_name(struct reading *self)
{
    return blob_read_number(&self->in);
}

static ir_id *read_names(struct reading *self, uint32_t *count, const struct word_map *map, const uint64_t *others)
{
    ir_id *ids;

    *count = reading_count(self);
    ids = ARENA_NEW_ARRAY(self->arena, ir_id, (size_t)*count + 1);
    for (uint32_t i = 0; i < *count; i++) {
        ids[i] = names_find(map, reading_name(self));
        self->in.is_bad |= ids[i] == IR_NONE;
        if (others && reading_name(self) != (self->in.is_bad ? 0 : others[ids[i]]))
            self->in.is_bad = true;
    }
    return ids;
}

static void read_texts(struct reading *self)
{
    self->text_count = reading_count(self);
    self->texts = ARENA_NEW_ARRAY(self->arena, const char *, (size_t)self->text_count + 1);
    for (uint32_t t = 0; t < self->text_count && !self->in.is_bad; t++) {
        uint32_t length = reading_count(self);

        self->texts[t] = arena_strndup(self->arena, (const char *)self->in.at, length);
        self->in.at += length;
    }
}

void reading_init(struct reading *self, const struct names *names, struct arena *arena, const void *bytes, size_t length)
{
    const unsigned char *data = bytes;

    *self = (struct reading){.names = names, .arena = arena, .in = {.at = data, .end = data + length}};
    self->types = read_names(self, &self->type_count, &names->type_ids, NULL);
    self->records = read_names(self, &self->record_count, &names->record_ids, NULL);
    self->functions = read_names(self, &self->function_count, &names->function_ids, names->heads);
    self->globals = read_names(self, &self->global_count, &names->global_ids, NULL);
    read_texts(self);
}

/* A number of COUNT entries' ids. */
static ir_id read_id(struct reading *self, const ir_id *ids, uint32_t count)
{
    uint32_t number = reading_below(self, count + 1);

    return number == 0 || self->in.is_bad ? IR_NONE : ids[number - 1];
}

const char *reading_text(struct reading *self)
{
    uint32_t number = reading_below(self, self->text_count + 1);

    return number == 0 ? NULL : self->texts[number - 1];
}

ir_id reading_type(struct reading *self)
{
    return read_id(self, self->types, self->type_count);
}

ir_id reading_record(struct reading *self)
{
    return read_id(self, self->records, self->record_count);
}

ir_id reading_function(struct reading *self)
{
    return read_id(self, self->functions, self->function_count);
}

ir_id reading_global(struct reading *self)
{
    return read_id(self, self->globals, self->global_count);
}

ir_id reading_loc(struct reading *self)
{
    return read_id(self, self->locs, self->loc_count);
}

const struct ruleset_routine *reading_routine(struct reading *self)
{
    const struct ruleset *rules = self->names->engine->rules;
    uint32_t number = reading_below(self, rules->routines.count + 1);

    return number == 0 ? NULL : &rules->routines.items[number - 1];
}

const struct ruleset_rule *reading_rule(struct reading *self)
{
    const struct ruleset *rules = self->names->engine->rules;
    uint32_t number = reading_below(self, rules->rules.count);

    return rules->rules.count ? &rules->rules.items[number] : NULL;
}

bool reading_end(const struct reading *self)
{
    return blob_read_end(&self->in);
}
