/*
 * prefix.c - reads the leading directives of a file, line by line.
 *
 * What is not certain ends the prefix: a directive that goes on in the next line, a comment that does, a condition, a macro for a
 * file's name. A shorter prefix costs time only.
 */
#include "frontend/prefix.h"

#include <ctype.h>
#include <string.h>

struct reader {
    const char *at, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static const char *trim_end(const char *at, const char *end)
{
    while (end > at && is_blank(end[-1]))
        end--;
    return end;
}

/* Blanks, ends of lines and whole comments. False when a comment does not end. */
static bool skip_to_text(struct reader *self)
{
    while (self->at < self->end) {
        if (is_blank(*self->at) || *self->at == '\n') {
            self->at++;
        } else if (self->end - self->at >= 2 && memcmp(self->at, "//", 2) == 0) {
            const char *line = memchr(self->at, '\n', (size_t)(self->end - self->at));
            const char *end = trim_end(self->at, line ? line : self->end);
            self->at = line ? line : self->end;
            if (end[-1] == '\\')
                return false;
        } else if (self->end - self->at >= 2 && memcmp(self->at, "/*", 2) == 0) {
            for (self->at += 2; self->end - self->at >= 2 && memcmp(self->at, "*/", 2) != 0; self->at++)
                ;
            if (self->end - self->at < 2)
                return false;
            self->at += 2;
        } else {
            return true;
        }
    }
    return true;
}

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return length;
}

/* `<name>` or `"name"` and nothing more. */
static bool is_file_name(const char *text)
{
    char close = *text == '<' ? '>' : *text == '"' ? '"' : '\0';
    const char *end = close && text[1] ? strchr(text + 1, close) : NULL;
    return end && end > text + 1 && !end[1];
}

enum line_kind {
    LINE_SHARED,
    LINE_IGNORED, /* says nothing to clang: `#pragma warning` */
    LINE_OTHER,   /* ends the prefix */
};

static const char *skip_blanks(const char *text)
{
    while (is_blank(*text))
        text++;
    return text;
}

/* DIRECTIVE begins with '#'. */
static enum line_kind classify(const char *directive, struct prefix_line *line)
{
    const char *word = skip_blanks(directive + 1);
    size_t length = word_length(word);
    const char *rest = skip_blanks(word + length);
    bool is_shared = false;
    if (length == 7 && memcmp(word, "include", 7) == 0) {
        line->is_include = true;
        line->is_quoted = *rest == '"';
        is_shared = is_file_name(rest);
    } else if ((length == 6 && memcmp(word, "define", 6) == 0) || (length == 5 && memcmp(word, "undef", 5) == 0)) {
        is_shared = rest[0] && rest[word_length(rest)] != '(' && !strpbrk(rest, "\"'");
    } else if (length == 6 && memcmp(word, "pragma", 6) == 0) {
        return strncmp(rest, "warning", 7) == 0 ? LINE_IGNORED : LINE_OTHER;
    }
    return is_shared ? LINE_SHARED : LINE_OTHER;
}

/* Where in [at, end) a comment begins, or END. */
static const char *find_comment(const char *at, const char *end)
{
    for (; at + 1 < end; at++)
        if (at[0] == '/' && (at[1] == '/' || at[1] == '*'))
            return at;
    return end;
}

/* Is [comment, end) one comment of the kind that has an end? */
static bool is_whole_comment(const char *comment, const char *end)
{
    for (comment += 2; comment + 1 < end; comment++)
        if (memcmp(comment, "*/", 2) == 0)
            return comment + 2 == end;
    return false;
}

/* The text of the directive [at, end) without the comment behind it, or NULL when it or its comment may go on. */
static const char *directive_text(const char *at, const char *end, struct arena *arena)
{
    end = trim_end(at, end);
    const char *comment = find_comment(at, end);
    if (end[-1] == '\\' || (comment < end && comment[1] == '*' && !is_whole_comment(comment, end)))
        return NULL;
    end = trim_end(at, comment);
    return arena_strndup(arena, at, (size_t)(end - at));
}

void prefix_read(const char *text, size_t length, struct arena *arena, struct prefix *out)
{
    struct reader reader = {text, text + length};
    uint32_t kept = 0;
    *out = (struct prefix){0};
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        reader.at += 3;
    while (skip_to_text(&reader) && reader.at < reader.end && *reader.at == '#') {
        const char *newline = memchr(reader.at, '\n', (size_t)(reader.end - reader.at));
        const char *end = newline ? newline : reader.end;
        struct prefix_line line = {.text = directive_text(reader.at, end, arena)};
        enum line_kind kind = line.text ? classify(line.text, &line) : LINE_OTHER;
        if (kind == LINE_OTHER)
            break;
        reader.at = newline ? newline + 1 : reader.end;
        if (kind == LINE_IGNORED)
            continue;
        line.end = (size_t)(reader.at - text);
        VEC_PUSH_IN(arena, &out->lines, line);
        if (line.is_include)
            kept = out->lines.count;
    }
    out->lines.count = kept;
}
