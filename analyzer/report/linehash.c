/*
 * linehash.c - a rolling polynomial hash over a window of 100 UTF-16 units; a line's hash is taken when the window that
 * starts at the line's first character is full. Same values as GitHub computes for a SARIF file without fingerprints,
 * so that results keep their identity whichever side made them.
 *
 * Blanks and tabs do not count, CR and CR LF count as LF, the end of the file counts as 0xFFFF and is followed by
 * zeroes.
 */
#include "report/linehash.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

#define WINDOW 100
#define FACTOR 37u
#define END_OF_FILE 0xFFFFu

struct line_count {
    uint64_t hash;
    uint32_t count; /* 0: empty slot */
};

struct linehash {
    struct arena *arena;
    uint64_t hash, drop_factor; /* FACTOR to the power of WINDOW: weight of the unit that leaves the window */
    uint16_t units[WINDOW];
    uint32_t lines[WINDOW]; /* 1-based line that starts with this unit, or 0 */
    uint32_t index, line, line_count;
    bool at_line_start, after_cr;
    struct line_count *counts; /* open addressing, more than twice line_count slots */
    uint32_t mask;
    const char **out;
};

static uint32_t count_hash(struct linehash *self, uint64_t hash)
{
    uint32_t slot = (uint32_t)(hash ^ hash >> 32) & self->mask;

    while (self->counts[slot].count && self->counts[slot].hash != hash)
        slot = (slot + 1) & self->mask;
    self->counts[slot].hash = hash;
    return ++self->counts[slot].count;
}

/* The window now starts at self->index: if a line starts there, its hash is complete. */
static void finish_line(struct linehash *self)
{
    uint32_t line = self->lines[self->index];

    if (line == 0)
        return;
    self->lines[self->index] = 0;
    if (line <= self->line_count)
        self->out[line - 1] =
            arena_printf(self->arena, "%" PRIx64 ":%" PRIu32, self->hash, count_hash(self, self->hash));
}

static void shift_in(struct linehash *self, uint16_t unit)
{
    uint64_t leaving = self->units[self->index];

    self->units[self->index] = unit;
    self->hash = self->hash * FACTOR + unit - self->drop_factor * leaving;
    self->index = (self->index + 1) % WINDOW;
}

static void add_unit(struct linehash *self, uint16_t unit)
{
    bool skip = unit == ' ' || unit == '\t' || (self->after_cr && unit == '\n');

    self->after_cr = unit == '\r';
    if (skip)
        return;
    if (unit == '\r')
        unit = '\n';
    finish_line(self);
    if (self->at_line_start) {
        self->at_line_start = false;
        self->lines[self->index] = ++self->line;
    }
    if (unit == '\n')
        self->at_line_start = true;
    shift_in(self, unit);
}

static void add_code(struct linehash *self, uint32_t code)
{
    if (code == UTF8_INVALID) {
        add_unit(self, 0xFFFD);
    } else if (code < 0x10000) {
        add_unit(self, (uint16_t)code);
    } else {
        add_unit(self, (uint16_t)(0xD800 + ((code - 0x10000) >> 10)));
        add_unit(self, (uint16_t)(0xDC00 + ((code - 0x10000) & 0x3FF)));
    }
}

static void linehash_init(struct linehash *self, struct arena *arena, uint32_t line_count)
{
    uint32_t slots = 16;

    memset(self, 0, sizeof(*self));
    while (slots / 2 <= line_count && slots < UINT32_MAX / 2)
        slots *= 2;
    self->arena = arena;
    self->line_count = line_count;
    self->at_line_start = true;
    self->mask = slots - 1;
    self->counts = ARENA_NEW_ARRAY(arena, struct line_count, slots);
    self->out = ARENA_NEW_ARRAY(arena, const char *, (size_t)line_count + 1);
    self->drop_factor = 1;
    for (int i = 0; i < WINDOW; i++)
        self->drop_factor *= FACTOR;
}

const char **linehash_compute(struct arena *arena, const char *data, size_t length, uint32_t line_count)
{
    struct linehash self;

    linehash_init(&self, arena, line_count);
    for (size_t i = 0; i < length;) {
        uint32_t code;

        i += utf8_next(data + i, length - i, &code);
        add_code(&self, code);
    }
    add_unit(&self, END_OF_FILE);
    for (int i = 0; i < WINDOW; i++) {
        finish_line(&self);
        shift_in(&self, 0);
    }
    return self.out;
}
