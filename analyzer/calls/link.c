/*
 * link.c - binds function entries to definitions: same entry, same unit, else nearest by path. See link.h.
 */
#include "calls/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Defined external functions, sorted by key so that namesakes stand together. */
struct definitions {
    const struct ir_module *program;
    VEC(ir_id) ids;
};

static int definition_compare(const struct ir_module *program, ir_id a, ir_id b)
{
    int order = strcmp(program->functions.items[a].key, program->functions.items[b].key);

    if (order == 0)
        order = a < b ? -1 : a > b;
    return order;
}

/* Merge sort over ids: qsort has no room for the context that the comparison needs. */
static void definitions_sort(const struct ir_module *program, ir_id *ids, ir_id *scratch, uint32_t count)
{
    uint32_t half = count / 2, i = 0, j = half, k = 0;

    if (count < 2)
        return;
    definitions_sort(program, ids, scratch, half);
    definitions_sort(program, ids + half, scratch, count - half);
    while (i < half || j < count) {
        bool take_left = j == count || (i < half && definition_compare(program, ids[i], ids[j]) <= 0);
        scratch[k++] = take_left ? ids[i++] : ids[j++];
    }
    memcpy(ids, scratch, count * sizeof(*ids));
}

static void definitions_collect(struct definitions *self, const struct ir_module *program)
{
    ir_id *scratch;

    memset(self, 0, sizeof(*self));
    self->program = program;
    for (ir_id f = 0; f < program->functions.count; f++)
        if (program->functions.items[f].is_defined && program->functions.items[f].is_external)
            VEC_PUSH(&self->ids, f);
    if (self->ids.count < 2)
        return;
    scratch = calloc(self->ids.count, sizeof(*scratch));
    if (!scratch)
        arena_die(self->ids.count * sizeof(*scratch));
    definitions_sort(program, self->ids.items, scratch, self->ids.count);
    free(scratch);
}

/* Index of the first definition whose key is not below KEY. */
static uint32_t definitions_lower_bound(const struct definitions *self, const char *key)
{
    uint32_t low = 0, high = self->ids.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(self->program->functions.items[self->ids.items[middle]].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Number of leading path parts that A and B share. */
static uint32_t path_shared_parts(const char *a, const char *b)
{
    uint32_t parts = 0;

    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '/')
            parts++;
    return parts;
}

static ir_id definitions_nearest(const struct definitions *self, const struct ir_function *wanted)
{
    const struct ir_module *program = self->program;
    ir_id best = IR_NONE;
    uint32_t best_parts = 0;

    for (uint32_t i = definitions_lower_bound(self, wanted->key); i < self->ids.count; i++) {
        ir_id id = self->ids.items[i];
        const struct ir_function *candidate = &program->functions.items[id];
        uint32_t parts;

        if (strcmp(candidate->key, wanted->key) != 0)
            break;
        if (candidate->unit == wanted->unit)
            return id;
        parts = path_shared_parts(program->units.items[candidate->unit].path, program->units.items[wanted->unit].path);
        if (best == IR_NONE || parts > best_parts) {
            best = id;
            best_parts = parts;
        }
    }
    return best;
}

void link_program(struct ir_module *program)
{
    struct definitions definitions;

    definitions_collect(&definitions, program);
    for (ir_id f = 0; f < program->functions.count; f++) {
        struct ir_function *function = &program->functions.items[f];

        if (function->is_defined)
            function->definition = f;
        else
            function->definition = function->is_external ? definitions_nearest(&definitions, function) : IR_NONE;
    }
    VEC_RELEASE(&definitions.ids);
}
