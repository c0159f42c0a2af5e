/*
 * source.c - where cursors are written: files, locations, and the text of expressions.
 *
 * "Written" is where a reader looks: the place in the file for text outside macros and for text inside a macro's
 * arguments, the macro's name for what comes out of its body. "Spelled" is where the token itself stands, in the
 * macro's definition for the latter.
 */
#include "frontend/lower_int.h"

#include <ctype.h>
#include <string.h>

#include "project/project.h"

#define TEXT_MAX 80

static const char *file_path(struct lowering *unit, CXFile file)
{
    CXString name = clang_getFileName(file);
    const char *text = clang_getCString(name);
    const char *path = project_path(unit->module->arena, unit->input->directory, text ? text : "");
    clang_disposeString(name);
    return path;
}

/* The file in which LOCATION is. */
static struct source *source_get(struct lowering *unit, CXFile file, CXSourceLocation location)
{
    uint32_t index;
    if (!file)
        return NULL;
    if (ptr_map_get(&unit->source_of, file, &index))
        return unit->sources.items[index];
    bool is_system = clang_Location_isInSystemHeader(location) != 0;
    struct source *source = ARENA_NEW(unit->module->arena, struct source);
    source->file = ir_module_file(unit->module, file_path(unit, file), is_system);
    source->handle = file;
    ptr_map_put(&unit->source_of, file, unit->sources.count);
    VEC_PUSH(&unit->sources, source);
    return source;
}

/* Most files are only named; that of a precompiled header would be read for it. */
void source_load(struct lowering *unit, const struct position *at)
{
    struct source *source = at->source;
    if (!source || source->is_loaded)
        return;
    source->text = clang_getFileContents(unit->tu, source->handle, &source->length);
    source->length = source->text ? source->length : 0;
    source->is_loaded = true;
}

/* ---- positions ---- */

/* Expressions begin where their first operand begins, and many questions are about the same one: the last answers are kept. */
#define KNOWN_POSITIONS 1024

struct known_position {
    bool is_known;
    unsigned location; /* its number, which tells the locations of one unit apart */
    struct position at;
};

void source_init(struct lowering *unit)
{
    unit->written = ARENA_NEW_ARRAY(unit->module->arena, struct known_position, KNOWN_POSITIONS);
    unit->spelled = ARENA_NEW_ARRAY(unit->module->arena, struct known_position, KNOWN_POSITIONS);
}

typedef void ask_clang(CXSourceLocation location, CXFile *file, unsigned *line, unsigned *column, unsigned *offset);

static struct position position_of(struct lowering *unit, CXSourceLocation location, struct known_position *known,
                                   ask_clang *ask)
{
    struct known_position *slot = &known[location.int_data % KNOWN_POSITIONS];
    if (!slot->is_known || slot->location != location.int_data) {
        struct position at = {0};
        ask(location, &at.file, &at.line, &at.column, &at.offset);
        at.source = source_get(unit, at.file, location);
        *slot = (struct known_position){true, location.int_data, at};
    }
    return slot->at;
}

struct position source_written(struct lowering *unit, CXSourceLocation location)
{
    return position_of(unit, location, unit->written, clang_getFileLocation);
}

/* Pasted tokens are spelled in no file: `source` stays NULL. */
struct position source_spelled(struct lowering *unit, CXSourceLocation location)
{
    return position_of(unit, location, unit->spelled, clang_getSpellingLocation);
}

static bool is_identifier_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

size_t source_identifier_length(struct lowering *unit, const struct position *at)
{
    source_load(unit, at);
    if (!at->source || at->offset >= at->source->length || isdigit((unsigned char)at->source->text[at->offset]))
        return 0;
    size_t length = 0;
    while (at->offset + length < at->source->length && is_identifier_char(at->source->text[at->offset + length]))
        length++;
    return length;
}

/* From START to END, or only at START when the two do not make a range (different files, or a macro's odd ends). */
static struct ir_range range_between(const struct position *start, const struct position *end)
{
    struct ir_range range = {.file = IR_NONE};
    if (!start->source)
        return range;
    range = (struct ir_range){start->source->file, start->line, start->column, start->line, start->column + 1};
    if (end->source == start->source && end->offset > start->offset) {
        range.end_line = end->line;
        range.end_column = end->column;
    }
    return range;
}

static ir_id loc_between(struct lowering *unit, CXSourceLocation from, CXSourceLocation to)
{
    struct position start = source_written(unit, from), end = source_written(unit, to);
    struct position spelled = source_spelled(unit, from), spelled_end = source_spelled(unit, to);
    struct ir_loc loc = {.at = range_between(&start, &end)};
    loc.spelling = loc.at;
    bool from_macro = start.source != spelled.source || start.offset != spelled.offset;
    if (start.source && from_macro) {
        size_t length = source_identifier_length(unit, &start);
        if (length)
            loc.macro = arena_strndup(&unit->scratch, start.source->text + start.offset, length);
        if (spelled.source)
            loc.spelling = range_between(&spelled, &spelled_end);
    }
    return ir_module_loc(unit->module, &loc);
}

bool source_is_from_macro(CXSourceLocation location)
{
    CXFile written, spelled;
    unsigned written_at, spelled_at;
    clang_getFileLocation(location, &written, NULL, NULL, &written_at);
    clang_getSpellingLocation(location, &spelled, NULL, NULL, &spelled_at);
    return written != spelled || written_at != spelled_at;
}

ir_id source_loc_at(struct lowering *unit, const struct position *at)
{
    uint32_t length = (uint32_t)source_identifier_length(unit, at);
    struct ir_loc loc = {.at = {at->source->file, at->line, at->column, at->line, at->column + (length ? length : 1)}};
    loc.spelling = loc.at;
    return ir_module_loc(unit->module, &loc);
}

ir_id unit_loc(struct lowering *unit, CXCursor cursor)
{
    CXSourceRange extent = clang_getCursorExtent(cursor);
    return loc_between(unit, clang_getRangeStart(extent), clang_getRangeEnd(extent));
}

ir_id unit_name_loc(struct lowering *unit, CXCursor cursor)
{
    CXSourceRange name = clang_Cursor_getSpellingNameRange(cursor, 0, 0);
    if (clang_Range_isNull(name)) {
        CXSourceLocation at = clang_getCursorLocation(cursor);
        return loc_between(unit, at, at);
    }
    return loc_between(unit, clang_getRangeStart(name), clang_getRangeEnd(name));
}

/* The closing brace of a block: its last character. */
ir_id unit_end_loc(struct lowering *unit, CXCursor cursor)
{
    CXSourceLocation end = clang_getRangeEnd(clang_getCursorExtent(cursor));
    struct position after = source_written(unit, end);
    struct ir_loc loc = {.at = {.file = IR_NONE}};
    if (!after.source || after.column < 2)
        return unit_loc(unit, cursor);
    loc.at = (struct ir_range){after.source->file, after.line, after.column - 1, after.line, after.column};
    loc.spelling = loc.at;
    return ir_module_loc(unit->module, &loc);
}

/*
 * Copies [text, end) with runs of blanks, comments' line ends and continuations as one space; returns the length,
 * TEXT_MAX at most.
 */
static size_t collapse(const char *text, const char *end, char out[TEXT_MAX + 1])
{
    size_t length = 0;
    bool gap = false;
    for (; text < end && length <= TEXT_MAX; text++) {
        bool continuation = *text == '\\' && text + 1 < end && (text[1] == '\n' || text[1] == '\r');
        if (continuation || isspace((unsigned char)*text)) {
            gap = length > 0;
            continue;
        }
        if (gap && length < TEXT_MAX)
            out[length++] = ' ';
        gap = false;
        if (length == TEXT_MAX)
            return TEXT_MAX + 1;
        out[length++] = *text;
    }
    return length;
}

/* Too long: cut, between characters, with three dots. */
static size_t shorten(char text[TEXT_MAX + 1], size_t length)
{
    if (length <= TEXT_MAX)
        return length;
    length = TEXT_MAX - 3;
    while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    memcpy(text + length, "...", 3);
    return length + 3;
}

/*
 * The end of the condition that begins at AT in a macro's definition: libclang gives only the end of the macro's
 * call. A condition that became a branch has no &&, || or ?: of its own outside parentheses.
 */
static size_t condition_end(const struct position *at)
{
    const char *text = at->source->text;
    size_t i = at->offset;
    for (int depth = 0; i < at->source->length; i++) {
        char c = text[i];
        bool is_pair = i + 1 < at->source->length && text[i + 1] == c && (c == '&' || c == '|');
        if (c == '\\' && i + 1 < at->source->length) {
            i++;
            continue;
        }
        depth += c == '(' || c == '[';
        depth -= c == ')' || c == ']';
        if (c == '\n' || depth < 0 || (!depth && (is_pair || c == '?' || c == ',' || c == ';' || c == '{')))
            break;
    }
    while (i > at->offset && isspace((unsigned char)text[i - 1]))
        i--;
    return i;
}

/*
 * Whether the condition [at, end) of a macro's definition is all that the macro expands to, but for parentheses
 * around it: in front of it comes the parameter list or the name, behind it the end of the line.
 */
static bool is_whole_macro(const struct position *at, size_t end)
{
    const char *text = at->source->text;
    size_t before = at->offset;
    while (before && strchr("( \t", text[before - 1]))
        before--;
    while (end < at->source->length && strchr(") \t\r", text[end]))
        end++;
    bool at_front = before && (text[before - 1] == ')' || is_identifier_char(text[before - 1]));
    return at_front && (end == at->source->length || text[end] == '\n');
}

/* Whether [text, end) can be one expression: not "a) …", not "a, b" out of two arguments. */
static bool is_balanced(const char *text, const char *end)
{
    int depth = 0;
    for (; text < end && depth >= 0; text++) {
        depth += (*text == '(') - (*text == ')');
        if (*text == ',' && !depth)
            return false;
    }
    return depth == 0;
}

/*
 * What to quote. For one of several conditions in a macro's body, the macro's call says too much: then the text is
 * that of the definition. A condition that begins in a macro's argument and ends in its body is quoted as the whole
 * call.
 */
static void choose_text(struct lowering *unit, CXSourceLocation from, struct position *start, struct position *end)
{
    struct position spelled = source_spelled(unit, from);
    source_load(unit, &spelled);
    bool from_macro = start->source != spelled.source || start->offset != spelled.offset;
    if (from_macro && spelled.source && spelled.offset < spelled.source->length) {
        size_t stop = condition_end(&spelled);
        if (stop <= spelled.offset || is_whole_macro(&spelled, stop))
            return;
        *start = *end = spelled;
        end->offset = (unsigned)stop;
    } else if (end->source == start->source && end->offset <= start->source->length && end->offset > start->offset &&
               !is_balanced(start->source->text + start->offset, start->source->text + end->offset)) {
        clang_getExpansionLocation(from, NULL, NULL, NULL, &start->offset);
    }
}

const char *unit_text(struct lowering *unit, CXCursor cursor)
{
    CXSourceRange extent = clang_getCursorExtent(cursor);
    struct position start = source_written(unit, clang_getRangeStart(extent));
    struct position end = source_written(unit, clang_getRangeEnd(extent));
    source_load(unit, &start);
    if (start.source)
        choose_text(unit, clang_getRangeStart(extent), &start, &end);
    if (!start.source || start.source != end.source || end.offset <= start.offset || end.offset > start.source->length)
        return NULL;
    char text[TEXT_MAX + 1];
    size_t length = collapse(start.source->text + start.offset, start.source->text + end.offset, text);
    return intern_bytes(&unit->module->strings, text, shorten(text, length));
}

const char *source_identifier(struct lowering *unit, CXCursor cursor)
{
    struct position at = source_spelled(unit, clang_getRangeStart(clang_getCursorExtent(cursor)));
    size_t length = source_identifier_length(unit, &at);
    return length ? arena_strndup(&unit->scratch, at.source->text + at.offset, length) : "";
}

/* ---- the parts between the parentheses of a statement ---- */

struct scanner {
    const char *at, *end;
};

/*
 * Skips one comment, literal or other character; returns the character, ' ' for comments and blanks, 'x' for
 * literals.
 */
static char scan(struct scanner *self)
{
    char c = *self->at++;
    if (c == '/' && self->at < self->end && *self->at == '/') {
        while (self->at < self->end && *self->at != '\n')
            self->at++;
        return ' ';
    }
    if (c == '/' && self->at < self->end && *self->at == '*') {
        for (self->at++; self->at + 1 < self->end && !(self->at[0] == '*' && self->at[1] == '/');)
            self->at++;
        self->at = self->at + 2 < self->end ? self->at + 2 : self->end;
        return ' ';
    }
    if (c == '"' || c == '\'') {
        while (self->at < self->end && *self->at != c && *self->at != '\n')
            self->at += *self->at == '\\' && self->at + 1 < self->end ? 2 : 1;
        if (self->at < self->end)
            self->at++;
        return 'x';
    }
    return c == '\\' || isspace((unsigned char)c) ? ' ' : c;
}

/*
 * Walks the parenthesis behind the keyword at CURSOR's start. PRESENT[i] says whether the i-th part between
 * semicolons has text. Returns the number of parts, 0 when there is no text or no closing parenthesis.
 */
static uint32_t scan_parts(struct lowering *unit, CXCursor cursor, bool present[3])
{
    struct position start = source_spelled(unit, clang_getRangeStart(clang_getCursorExtent(cursor)));
    size_t keyword = source_identifier_length(unit, &start);
    if (!keyword)
        return 0;
    struct scanner scanner = {start.source->text + start.offset + keyword, start.source->text + start.source->length};
    uint32_t parts = 1;
    int depth = 0;
    memset(present, 0, 3 * sizeof(*present));
    while (scanner.at < scanner.end) {
        char c = scan(&scanner);
        bool opens = c == '(' || c == '[' || c == '{', closes = c == ')' || c == ']' || c == '}';
        if (closes && --depth == 0)
            return parts;
        if (depth == 0 && !opens && c != ' ')
            return 0;
        if (c == ';' && depth == 1)
            parts++;
        else if (c != ' ' && depth >= 1 && parts <= 3)
            present[parts - 1] = true;
        depth += opens;
    }
    return 0;
}

bool source_for_parts(struct lowering *unit, CXCursor statement, bool present[3])
{
    return scan_parts(unit, statement, present) == 3;
}

bool source_has_init(struct lowering *unit, CXCursor statement)
{
    bool present[3];
    return scan_parts(unit, statement, present) == 2;
}

/* ---- names in a text ---- */

/* Is what ends at AT the dot or arrow before a member? */
static bool ends_in_access(const char *begin, const char *at)
{
    while (at > begin && isspace((unsigned char)at[-1]))
        at--;
    return at > begin && (at[-1] == '.' || (at[-1] == '>' && at - begin > 1 && at[-2] == '-'));
}

/* Where in nested lists of arguments a text has come to. */
struct lists {
    uint32_t depth;
    uint64_t with_string; /* bit D: the list at depth D has had a string */
    char last;            /* character before, without blanks and comments */
};

static void pass(struct lists *self, char c, bool is_string)
{
    uint64_t bit = self->depth < 64 ? (uint64_t)1 << self->depth : 0;
    if (is_string)
        self->with_string |= bit;
    else if (c == ')' && self->depth)
        self->depth--;
    if (c == '(' && ++self->depth < 64)
        self->with_string &= ~((uint64_t)1 << self->depth);
    if (c != ' ')
        self->last = c;
}

/* Is what ends at AT, and stands at SELF, an argument alone, in a list that begins with a string? */
static bool is_printed(const struct lists *self, struct scanner at)
{
    char next = ' ';
    while (at.at < at.end && next == ' ')
        next = scan(&at);
    return self->last == ',' && (next == ',' || next == ')') && self->depth < 64 && (self->with_string >> self->depth & 1);
}

void source_each_identifier(struct lowering *unit, const struct position *from, const struct position *to,
                            void found(void *context, const char *name, size_t length, bool is_printed), void *context)
{
    source_load(unit, from);
    if (!from->source || to->offset > from->source->length || from->offset >= to->offset)
        return;
    const char *text = from->source->text;
    struct scanner scanner = {text + from->offset, text + to->offset};
    struct lists lists = {0};
    while (scanner.at < scanner.end) {
        const char *name = scanner.at;
        if (!is_identifier_char(*name)) {
            char c = scan(&scanner);
            pass(&lists, c, *name == '"');
            continue;
        }
        while (scanner.at < scanner.end && is_identifier_char(*scanner.at))
            scanner.at++;
        if (!isdigit((unsigned char)*name) && !ends_in_access(text + from->offset, name))
            found(context, name, (size_t)(scanner.at - name), is_printed(&lists, scanner));
        pass(&lists, 'x', false);
    }
}
