/*
 * frame.h - the base protocol of LSP: messages behind a block of headers, on a stream that arrives in any pieces.
 *
 * Only Content-Length counts; other headers are read over. What is not a header block is reported once, and reading
 * goes on at the next "Content-Length:", so that one bad message costs itself and not the session.
 */
#ifndef MDLGUARD_LSP_FRAME_H
#define MDLGUARD_LSP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define FRAME_MAX_BODY (64u << 20) /* bytes of one message */
#define FRAME_MAX_HEADERS 8192u    /* bytes of one block of headers */

enum frame_result {
    FRAME_MORE,    /* nothing complete yet */
    FRAME_MESSAGE, /* one body */
    FRAME_BAD,     /* input was dropped; the reader has recovered and may be asked again */
};

struct frame_reader {
    struct strbuf in;
    size_t start;    /* first byte of `in` that is not consumed */
    size_t body;     /* length of the body that comes next, when has_headers */
    uint64_t offset; /* of `start` in the whole input */
    uint64_t skip;   /* bytes still to be dropped: the body of a message that is too large */
    size_t max_body;
    bool has_headers;
    bool is_lost; /* looking for the next "Content-Length:" */
};

void frame_reader_init(struct frame_reader *self);
void frame_reader_release(struct frame_reader *self);
void frame_reader_feed(struct frame_reader *self, const void *data, size_t length);
/* The next message. *BODY is valid until the next call that is not about another reader. FRAME_BAD: ERROR says what and
 * at which byte. */
enum frame_result frame_reader_next(struct frame_reader *self, const char **body, size_t *length,
                                    struct mg_error *error);
/* False when the input would end in the middle of something. */
bool frame_reader_is_between(const struct frame_reader *self);

/* Appends BODY with its headers to OUT. */
void frame_write(struct strbuf *out, const char *body, size_t length);

#endif
