/*
 * holes.c - statements of the main file that clang could not make sense of: a name that was not declared, a type that is not there.
 *
 * Of such a statement the tree has a part or nothing, and what it did to an MDL is gone: handed it over, freed it. So where an error stands, an
 * unknown is put before what is left of the statement, which may do anything to the variables that the text names. Errors in headers are not
 * looked at: a shared header tells how many they are, and not where.
 */
#include "frontend/lower_int.h"

#include <string.h>

#define HOLE_OPERANDS_MAX 16

void unit_note_hole(struct lowering *unit, CXSourceLocation location)
{
    struct position at = source_written(unit, location);
    if (at.source && clang_Location_isFromMainFile(location))
        VEC_PUSH(&unit->holes, at);
}

/* The first error from FROM to TO, in the order in which clang found them; NULL: there is none. */
static const struct position *find_hole(const struct lowering *unit, const struct position *from,
                                        const struct position *to)
{
    for (uint32_t i = 0; i < unit->holes.count; i++) {
        const struct position *at = &unit->holes.items[i];
        if (at->source == from->source && at->offset >= from->offset && at->offset < to->offset)
            return at;
    }
    return NULL;
}

/* ---- what the text names ---- */

struct named {
    struct body *body;
    struct ir_operand operands[HOLE_OPERANDS_MAX];
    uint32_t count;
};

static void name_place(struct named *self, const struct ir_place *place)
{
    if (self->count < HOLE_OPERANDS_MAX)
        self->operands[self->count++] = body_address(self->body, place, unit_pointer_to(self->body->unit, place->type));
}

/* Variables that have been met so far; of the others nothing is known anyway. A name that was declared twice is both. */
static void name_variables(void *context, const char *name, size_t length)
{
    struct named *self = context;
    struct body *body = self->body;
    bool is_local = false;
    for (uint32_t i = 0; i < body->fn.locals.count; i++) {
        const char *local = body->fn.locals.items[i].name;
        if (strncmp(local, name, length) != 0 || local[length] != '\0')
            continue;
        name_place(self, ir_place_local(body->module, &body->fn, i));
        is_local = true;
    }
    for (uint32_t i = 0; i < body->module->globals.count && !is_local; i++) {
        const char *global = body->module->globals.items[i].name;
        if (strncmp(global, name, length) == 0 && global[length] == '\0')
            name_place(self, ir_place_global(body->module, i));
    }
}

/* The unknown for the text from FROM to TO, if an error stands there. */
static void lower_hole(struct body *self, const struct position *from, const struct position *to)
{
    struct named named = {.body = self};
    const struct position *error = find_hole(self->unit, from, to);
    if (!error || from->source != to->source)
        return;
    name_variables(&named, "this", strlen("this")); /* its members need not be named */
    source_each_identifier(self->unit, from, to, name_variables, &named);
    if (named.count)
        body_add_unknown(self, "statement with an error", named.operands, named.count,
                         source_loc_at(self->unit, error));
}

/* ---- where it is ---- */

static struct position start_of(struct lowering *unit, CXCursor cursor)
{
    return source_written(unit, clang_getRangeStart(clang_getCursorExtent(cursor)));
}

static struct position end_of(struct lowering *unit, CXCursor cursor)
{
    return source_written(unit, clang_getRangeEnd(clang_getCursorExtent(cursor)));
}

/* In STATEMENT itself, as far as the first statement in it. */
void lower_holes_in(struct body *self, CXCursor statement)
{
    struct lowering *unit = self->unit;
    if (unit->holes.count == 0)
        return;
    struct position from = start_of(unit, statement), to = end_of(unit, statement);
    struct children children = cursor_children(unit, statement);
    for (uint32_t i = 0; i < children.count; i++) {
        if (!clang_isStatement(clang_getCursorKind(children.items[i])))
            continue;
        struct position inner = start_of(unit, children.items[i]);
        if (inner.source == from.source && inner.offset > from.offset && inner.offset < to.offset)
            to = inner;
    }
    lower_hole(self, &from, &to);
}

/* Between statement NUMBER - 1 of BLOCK and statement NUMBER, or its end. */
void lower_holes_before(struct body *self, CXCursor block, const struct children *statements, uint32_t number)
{
    struct lowering *unit = self->unit;
    if (unit->holes.count == 0)
        return;
    struct position from = number ? end_of(unit, statements->items[number - 1]) : start_of(unit, block);
    struct position to = number < statements->count ? start_of(unit, statements->items[number]) : end_of(unit, block);
    lower_hole(self, &from, &to);
}
