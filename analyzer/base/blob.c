/*
 * blob.c - the envelope, and what is in it. Nothing here trusts a length that it read.
 */
#include "base/blob.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

#define MAGIC_SIZE 4
#define NUMBER_SIZE 8
#define ENVELOPE_SIZE (MAGIC_SIZE + 2 * NUMBER_SIZE)

void blob_begin(struct strbuf *out, const char *magic, uint64_t maker)
{
    assert(strlen(magic) == MAGIC_SIZE && out->length == 0);
    strbuf_add(out, magic, MAGIC_SIZE);
    blob_number(out, maker);
}

void blob_number(struct strbuf *out, uint64_t value)
{
    unsigned char bytes[NUMBER_SIZE];
    for (int i = 0; i < NUMBER_SIZE; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    strbuf_add(out, bytes, sizeof(bytes));
}

void blob_small(struct strbuf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        strbuf_addc(out, (char)(0x80 | (value & 0x7f)));
    strbuf_addc(out, (char)value);
}

void blob_bytes(struct strbuf *out, const void *data, size_t length)
{
    blob_number(out, (uint64_t)length + 1);
    strbuf_add(out, data, length);
}

void blob_text(struct strbuf *out, const char *text)
{
    if (text)
        blob_bytes(out, text, strlen(text));
    else
        blob_number(out, 0);
}

void blob_end(struct strbuf *out)
{
    blob_number(out, hash_bytes(out->data, out->length));
}

static uint64_t read_number(const unsigned char *at)
{
    uint64_t value = 0;
    for (int i = 0; i < NUMBER_SIZE; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

bool blob_read_begin(struct blob_reader *self, const void *data, size_t length, const char *magic, uint64_t maker)
{
    const unsigned char *bytes = data;
    *self = (struct blob_reader){.is_bad = true};
    if (length < ENVELOPE_SIZE || memcmp(bytes, magic, MAGIC_SIZE) != 0)
        return false;
    if (read_number(bytes + length - NUMBER_SIZE) != hash_bytes(data, length - NUMBER_SIZE))
        return false;
    if (read_number(bytes + MAGIC_SIZE) != maker)
        return false;
    *self = (struct blob_reader){.at = bytes + MAGIC_SIZE + NUMBER_SIZE, .end = bytes + length - NUMBER_SIZE};
    return true;
}

static size_t left(const struct blob_reader *self)
{
    return (size_t)(self->end - self->at);
}

uint64_t blob_read_number(struct blob_reader *self)
{
    if (self->is_bad || left(self) < NUMBER_SIZE) {
        self->is_bad = true;
        return 0;
    }
    uint64_t value = read_number(self->at);
    self->at += NUMBER_SIZE;
    return value;
}

uint64_t blob_read_small(struct blob_reader *self)
{
    uint64_t value = 0;
    for (unsigned shift = 0; !self->is_bad && shift < 64; shift += 7) {
        self->is_bad = left(self) == 0;
        if (self->is_bad)
            break;
        value |= (uint64_t)(*self->at & 0x7f) << shift;
        if (!(*self->at++ & 0x80))
            return value;
    }
    self->is_bad = true;
    return 0;
}

uint32_t blob_read_count(struct blob_reader *self, size_t size)
{
    uint64_t count = blob_read_number(self);
    if (!self->is_bad && count <= left(self) / size && count < UINT32_MAX)
        return (uint32_t)count;
    self->is_bad = true;
    return 0;
}

const void *blob_read_bytes(struct blob_reader *self, size_t *length)
{
    uint64_t stored = blob_read_number(self);
    *length = 0;
    if (self->is_bad || stored == 0)
        return NULL;
    if (stored - 1 > left(self)) {
        self->is_bad = true;
        return NULL;
    }
    *length = (size_t)(stored - 1);
    self->at += *length;
    return self->at - *length;
}

const char *blob_read_text(struct blob_reader *self, struct arena *arena)
{
    size_t length;
    const char *bytes = blob_read_bytes(self, &length);
    return bytes ? arena_strndup(arena, bytes, length) : NULL;
}

bool blob_read_end(const struct blob_reader *self)
{
    return !self->is_bad && self->at == self->end;
}
