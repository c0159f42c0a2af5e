/*
 * frame.c - reading and writing of LSP's header blocks (Language Server Protocol 3.17, "Base Protocol").
 *
 * The reader is a machine with three exclusive states besides "at a header block": a body is awaited (has_headers), an
 * oversized body is being dropped (skip), the stream is out of step (is_lost). Every step consumes input or asks for
 * more, so it always ends.
 */
#include "lsp/frame.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

static const char length_header[] = "Content-Length:";
#define LENGTH_HEADER_SIZE (sizeof(length_header) - 1)

void frame_reader_init(struct frame_reader *self)
{
    *self = (struct frame_reader){.max_body = FRAME_MAX_BODY};
    strbuf_init(&self->in);
}

void frame_reader_release(struct frame_reader *self)
{
    strbuf_release(&self->in);
}

/* Moves what is left to the front, once it is the smaller part. */
static void frame_compact(struct frame_reader *self)
{
    size_t left = self->in.length - self->start;

    if (self->start == 0 || left > self->start)
        return;
    memmove(self->in.data, self->in.data + self->start, left);
    self->in.length = left;
    self->in.data[left] = '\0';
    self->start = 0;
}

void frame_reader_feed(struct frame_reader *self, const void *data, size_t length)
{
    frame_compact(self);
    strbuf_add(&self->in, data, length);
}

bool frame_reader_is_between(const struct frame_reader *self)
{
    return self->start == self->in.length && !self->has_headers && !self->skip;
}

static void frame_consume(struct frame_reader *self, size_t length)
{
    self->start += length;
    self->offset += length;
}

/* Says what is wrong at the current place, drops LENGTH bytes and goes looking for the next message. */
static enum frame_result frame_lose(struct frame_reader *self, size_t length, const char *what, struct mg_error *error)
{
    mg_fail(error, MG_INPUT, NULL, 0, 0, "byte %" PRIu64 " of the input: %s", self->offset, what);
    frame_consume(self, length);
    self->is_lost = true;
    return FRAME_BAD;
}

/* In the lost state: drops everything before the next length header. True when one was found. */
static bool frame_resync(struct frame_reader *self)
{
    while (self->in.length - self->start >= LENGTH_HEADER_SIZE) {
        if (strncasecmp(self->in.data + self->start, length_header, LENGTH_HEADER_SIZE) == 0) {
            self->is_lost = false;
            return true;
        }
        frame_consume(self, 1);
    }
    return false;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* The value of a length header: digits between blanks. */
static bool length_parse(const char *text, size_t length, uint64_t *out)
{
    size_t i = 0, digits = 0;

    *out = 0;
    while (i < length && (text[i] == ' ' || text[i] == '\t'))
        i++;
    for (; i < length && text[i] >= '0' && text[i] <= '9' && digits < 16; i++, digits++)
        *out = *out * 10 + (uint64_t)(text[i] - '0');
    while (i < length && (text[i] == ' ' || text[i] == '\t'))
        i++;
    return digits > 0 && i == length;
}

struct header_block {
    size_t size; /* bytes, with the empty line; 0: not complete */
    uint64_t body;
    bool has_body;
};

/* One header LINE without its end. NULL, or what is wrong with it. */
static const char *header_line(struct header_block *block, const char *line, size_t length)
{
    size_t name = 0;
    uint64_t body;

    while (name < length && is_name_byte(line[name]))
        name++;
    if (name == 0 || name == length || line[name] != ':')
        return "this is not a header; each message starts with \"Content-Length: N\" and an empty line";
    if (name + 1 != LENGTH_HEADER_SIZE || strncasecmp(line, length_header, name) != 0)
        return NULL;
    if (!length_parse(line + name + 1, length - name - 1, &body))
        return "the value of Content-Length is not a number";
    if (block->has_body && block->body != body)
        return "two different Content-Length headers";
    block->has_body = true;
    block->body = body;
    return NULL;
}

/* Does the beginning of a line (no end of line in it yet) still look like a header? */
static bool header_may_begin(const char *line, size_t length)
{
    size_t name = 0;

    while (name < length && is_name_byte(line[name]))
        name++;
    return name == length || line[name] == '\r' || (name > 0 && line[name] == ':');
}

/* Reads the header block at TEXT. NULL, or what is wrong; then block->size is how much to drop. */
static const char *header_block_read(struct header_block *block, const char *text, size_t length)
{
    size_t at = 0;

    *block = (struct header_block){0};
    for (;;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end ? (size_t)(end - text) - at : length - at;

        if (at + line > FRAME_MAX_HEADERS || (!end && !header_may_begin(text + at, line))) {
            block->size = at + 1; /* a message may start in the middle of this */
            return "this is not a block of headers";
        }
        if (!end)
            return NULL;
        size_t next = at + line + 1;
        if (line > 0 && text[at + line - 1] == '\r')
            line--;
        if (line == 0) {
            block->size = next;
            return block->has_body || at == 0 ? NULL : "a block of headers without Content-Length";
        }
        const char *problem = header_line(block, text + at, line);
        if (problem) {
            block->size = at + 1;
            return problem;
        }
        at = next;
    }
}

/* At a header block: reads it. FRAME_MESSAGE: go on, with the body or after blank lines between messages. */
static enum frame_result frame_headers(struct frame_reader *self, struct mg_error *error)
{
    struct header_block block;
    const char *problem = header_block_read(&block, self->in.data + self->start, self->in.length - self->start);

    if (problem)
        return frame_lose(self, block.size, problem, error);
    if (block.size == 0)
        return FRAME_MORE;
    if (block.body > self->max_body) {
        mg_fail(error, MG_INPUT, NULL, 0, 0,
                "byte %" PRIu64 " of the input: a message of %" PRIu64 " bytes; at most %zu are taken", self->offset,
                block.body, self->max_body);
        frame_consume(self, block.size);
        self->skip = block.body;
        return FRAME_BAD;
    }
    frame_consume(self, block.size);
    self->has_headers = block.has_body;
    self->body = (size_t)block.body;
    return FRAME_MESSAGE;
}

/* Drops what is left of an oversized body. True when it is over. */
static bool frame_skip(struct frame_reader *self)
{
    size_t have = self->in.length - self->start;
    size_t drop = self->skip < have ? (size_t)self->skip : have;

    frame_consume(self, drop);
    self->skip -= drop;
    return self->skip == 0;
}

enum frame_result frame_reader_next(struct frame_reader *self, const char **body, size_t *length,
                                    struct mg_error *error)
{
    while (!self->has_headers) {
        if (!frame_skip(self) || (self->is_lost && !frame_resync(self)) || self->start == self->in.length)
            return FRAME_MORE;
        enum frame_result result = frame_headers(self, error);
        if (result != FRAME_MESSAGE)
            return result;
    }
    if (self->in.length - self->start < self->body)
        return FRAME_MORE;
    *body = self->in.data + self->start;
    *length = self->body;
    frame_consume(self, self->body);
    self->has_headers = false;
    return FRAME_MESSAGE;
}

void frame_write(struct strbuf *out, const char *body, size_t length)
{
    strbuf_addf(out, "Content-Length: %zu\r\n\r\n", length);
    strbuf_add(out, body, length);
}
