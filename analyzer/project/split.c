/*
 * split.c - the three quoting rules, UTF-16 files, and response files with a guard against cycles.
 */
#include "project/split.h"

#include <stdbool.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "project/project.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Does a backslash before NEXT escape it, inside QUOTE (0: outside quotes)? */
static bool escapes(enum split_style style, char quote, char next)
{
    if (style == SPLIT_GNU || quote == 0)
        return true;
    return quote == '"' && (next == '"' || next == '\\' || next == '$' || next == '`' || next == '\n');
}

/* Reads one argument of SHELL or GNU style at *at into WORD. */
static void read_unix_word(enum split_style style, const char **at, const char *end, struct strbuf *word)
{
    char quote = 0;
    const char *p = *at;
    for (; p < end && (quote || !is_space(*p)); p++) {
        if (*p == '\\' && p + 1 < end && escapes(style, quote, p[1])) {
            p++;
            if (*p != '\n') /* an escaped line break joins lines */
                strbuf_addc(word, *p);
        } else if (quote ? *p == quote : *p == '"' || *p == '\'') {
            quote = quote ? 0 : *p;
        } else {
            strbuf_addc(word, *p);
        }
    }
    *at = p;
}

/* 2n backslashes before a quote are n; one more makes the quote an ordinary character; two quotes inside quotes are one. */
static void read_windows_word(const char **at, const char *end, struct strbuf *word)
{
    bool is_quoted = false;
    const char *p = *at;
    while (p < end && (is_quoted || !is_space(*p))) {
        size_t slashes = 0;
        while (p < end && *p == '\\')
            slashes++, p++;
        bool is_quote = p < end && *p == '"';
        for (size_t i = 0; i < (is_quote ? slashes / 2 : slashes); i++)
            strbuf_addc(word, '\\');
        if (!is_quote) {
            if (p < end && (is_quoted || !is_space(*p)))
                strbuf_addc(word, *p++);
        } else if (slashes % 2) {
            strbuf_addc(word, *p++);
        } else if (is_quoted && p + 1 < end && p[1] == '"') {
            strbuf_addc(word, '"');
            p += 2;
        } else {
            is_quoted = !is_quoted;
            p++;
        }
    }
    *at = p;
}

void split_command(struct arena *arena, enum split_style style, const char *text, size_t length, struct text_list *out)
{
    const char *at = text, *end = text + length;
    struct strbuf word;
    strbuf_init(&word);
    for (;;) {
        while (at < end && is_space(*at))
            at++;
        if (at == end)
            break;
        strbuf_clear(&word);
        if (style == SPLIT_WINDOWS)
            read_windows_word(&at, end, &word);
        else
            read_unix_word(style, &at, end, &word);
        VEC_PUSH_IN(arena, out, arena_strndup(arena, word.data, word.length));
    }
    strbuf_release(&word);
}

static void add_utf8(struct strbuf *out, uint32_t c)
{
    if (c < 0x80) {
        strbuf_addc(out, (char)c);
        return;
    }
    if (c < 0x800) {
        strbuf_addc(out, (char)(0xc0 | c >> 6));
    } else {
        if (c < 0x10000) {
            strbuf_addc(out, (char)(0xe0 | c >> 12));
        } else {
            strbuf_addc(out, (char)(0xf0 | c >> 18));
            strbuf_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
        }
        strbuf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
    }
    strbuf_addc(out, (char)(0x80 | (c & 0x3f)));
}

/* IN without its byte order mark, read as UTF-16; HIGH is the index of the more significant byte of a unit. */
static void decode_utf16(const struct strbuf *in, size_t high, struct strbuf *out)
{
    const unsigned char *data = (const unsigned char *)in->data;
    uint32_t lead = 0;
    for (size_t i = 2; i + 1 < in->length; i += 2) {
        uint32_t unit = (uint32_t)data[i + high] << 8 | data[i + 1 - high];
        if (unit >= 0xd800 && unit < 0xdc00) {
            lead = unit;
        } else if (unit >= 0xdc00 && unit < 0xe000) {
            add_utf8(out, lead ? 0x10000 + ((lead - 0xd800) << 10) + (unit - 0xdc00) : 0xfffd);
            lead = 0;
        } else {
            add_utf8(out, unit);
            lead = 0;
        }
    }
}

enum mg_status split_read_file(struct arena *arena, const char *path, const char **text, size_t *length,
                               struct mg_error *error)
{
    struct strbuf raw, decoded;
    strbuf_init(&raw);
    strbuf_init(&decoded);
    enum mg_status status = strbuf_read_file(&raw, path, error);
    if (status == MG_OK) {
        const unsigned char *mark = (const unsigned char *)raw.data;
        if (raw.length >= 2 && mark[0] == 0xff && mark[1] == 0xfe)
            decode_utf16(&raw, 1, &decoded);
        else if (raw.length >= 2 && mark[0] == 0xfe && mark[1] == 0xff)
            decode_utf16(&raw, 0, &decoded);
        else if (raw.length >= 3 && mark[0] == 0xef && mark[1] == 0xbb && mark[2] == 0xbf)
            strbuf_add(&decoded, raw.data + 3, raw.length - 3);
        else
            strbuf_add(&decoded, raw.data, raw.length);
        *text = arena_strndup(arena, decoded.data, decoded.length);
        *length = decoded.length;
    }
    strbuf_release(&decoded);
    strbuf_release(&raw);
    return status;
}

struct expansion {
    struct arena *arena;
    enum split_style style;
    const char *directory;
    struct text_list *out;
    struct text_list open; /* response files that are being read: outermost first */
    const char **problem;
};

static bool expansion_is_open(const struct expansion *self, const char *path)
{
    for (uint32_t i = 0; i < self->open.count; i++)
        if (strcmp(self->open.items[i], path) == 0)
            return true;
    return false;
}

static void expand(struct expansion *self, const char *const *args, uint32_t count);

static void expand_file(struct expansion *self, const char *name)
{
    const char *path = project_path(self->arena, self->directory, name);
    if (expansion_is_open(self, path)) {
        *self->problem = arena_printf(self->arena, "response file '%s' includes itself", path);
        return;
    }
    const char *text;
    size_t length;
    struct mg_error error;
    if (split_read_file(self->arena, path, &text, &length, &error) != MG_OK) {
        *self->problem = arena_printf(self->arena, "response file '%s' cannot be read: %s", path, error.text);
        return;
    }
    struct text_list inner = {0};
    split_command(self->arena, self->style, text, length, &inner);
    VEC_PUSH_IN(self->arena, &self->open, path);
    expand(self, inner.items, inner.count);
    self->open.count--;
}

static void expand(struct expansion *self, const char *const *args, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (args[i][0] == '@' && args[i][1])
            expand_file(self, args[i] + 1);
        else
            VEC_PUSH_IN(self->arena, self->out, args[i]);
    }
}

void split_expand_responses(struct arena *arena, enum split_style style, const char *directory, const char *const *args,
                            uint32_t count, struct text_list *out, const char **problem)
{
    struct expansion expansion = {
        .arena = arena, .style = style, .directory = directory, .out = out, .problem = problem};
    expand(&expansion, args, count);
}
