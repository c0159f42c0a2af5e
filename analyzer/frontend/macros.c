/*
 * macros.c - which macros a function's expressions come from.
 *
 * Headers offer one and the same thing as a function or as a macro; the tree shows only what the macro became. An expression that begins in a
 * macro's body is noted under that macro's name, the innermost one: the tokens before it on the line of the definition say which. A macro whose
 * text begins with an argument, or that is a mere constant, leaves no trace.
 */
#include "frontend/lower_int.h"

#include <string.h>

/* The start of the line of AT's definition: the first one that no backslash joins to the line before. */
static size_t definition_start(const struct position *at)
{
    const char *text = at->source->text;
    size_t i = at->offset;
    for (; i > 0; i--) {
        if (text[i - 1] != '\n')
            continue;
        size_t end = i - 1;
        while (end > 0 && text[end - 1] == '\r')
            end--;
        if (!end || text[end - 1] != '\\')
            break;
    }
    return i;
}

static size_t skip_blanks(const char *text, size_t i, size_t end)
{
    while (i < end && (text[i] == ' ' || text[i] == '\t'))
        i++;
    return i;
}

/* "#define NAME" at the start of the line on which AT is spelled: NAME's length, and where it begins; 0 when it is no definition. */
static size_t defined_name(struct lowering *unit, const struct position *at, size_t *name)
{
    static const char word[] = "define";
    source_load(unit, at);
    if (!at->source || at->offset >= at->source->length)
        return 0;
    const char *text = at->source->text;
    size_t end = at->offset, i = skip_blanks(text, definition_start(at), end);
    if (i == end || text[i] != '#')
        return 0;
    i = skip_blanks(text, i + 1, end);
    if (end - i <= sizeof(word) || memcmp(text + i, word, sizeof(word) - 1) != 0)
        return 0;
    struct position here = *at;
    *name = here.offset = (unsigned)skip_blanks(text, i + sizeof(word) - 1, end);
    size_t length = source_identifier_length(unit, &here);
    return *name + length < end ? length : 0;
}

static bool is_noted(const struct ir_function *function, const struct ir_macro_use *use)
{
    for (uint32_t i = function->macro_uses.count; i-- > 0;)
        if (function->macro_uses.items[i].loc == use->loc && function->macro_uses.items[i].name == use->name)
            return true;
    return false;
}

/* The macro in whose body START is spelled: the length of its name, which is at *NAME of *SPELLED; 0 when there is none. */
static size_t macro_around(struct lowering *unit, CXSourceLocation start, struct position *spelled, size_t *name)
{
    struct position written = source_written(unit, start);
    *spelled = source_spelled(unit, start);
    bool is_from_macro = written.file != spelled->file || written.offset != spelled->offset;
    return is_from_macro ? defined_name(unit, spelled, name) : 0;
}

bool cursor_is_of_macro(struct lowering *unit, CXCursor cursor, const char *macro)
{
    struct position spelled;
    size_t name, length = macro_around(unit, clang_getRangeStart(clang_getCursorExtent(cursor)), &spelled, &name);
    return length == strlen(macro) && memcmp(spelled.source->text + name, macro, length) == 0;
}

void body_note_macro(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(cursor));
    struct position written = source_written(unit, start), spelled;
    size_t name, length;
    if (!written.source || !(length = macro_around(unit, start, &spelled, &name)))
        return;
    struct ir_macro_use use = {.name = intern_bytes(&self->module->strings, spelled.source->text + name, length),
                               .loc = source_loc_at(unit, &written)};
    if (!is_noted(&self->fn, &use))
        VEC_PUSH_IN(self->module->arena, &self->fn.macro_uses, use);
}
