/*
 * utf8.c - a strict decoder (table 3-7 of the Unicode standard) and the clean-ups built on it.
 */
#include "base/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"

/* Lead byte: number of bytes of the sequence, 0 when it cannot start one. */
static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2)
        return 0;
    if (lead < 0xE0)
        return 2;
    if (lead < 0xF0)
        return 3;
    return lead < 0xF5 ? 4 : 0;
}

static bool is_scalar(uint32_t code, size_t bytes)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

    return code >= smallest[bytes] && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}

size_t utf8_next(const char *text, size_t length, uint32_t *code)
{
    unsigned char lead = (unsigned char)text[0];
    size_t bytes = sequence_length(lead);
    uint32_t value;

    *code = UTF8_INVALID;
    if (bytes == 1)
        *code = lead;
    if (bytes <= 1 || bytes > length)
        return 1;
    value = lead & (0x7Fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c & 0xC0) != 0x80)
            return 1;
        value = value << 6 | (c & 0x3F);
    }
    if (!is_scalar(value, bytes))
        return 1;
    *code = value;
    return bytes;
}

bool utf8_is_valid(const char *text, size_t length)
{
    uint32_t code;

    for (size_t i = 0; i < length;) {
        i += utf8_next(text + i, length - i, &code);
        if (code == UTF8_INVALID)
            return false;
    }
    return true;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x2028 || code == 0x2029 || code == 0x200E || code == 0x200F;
}

static void add_filtered(struct strbuf *out, const char *text, size_t length, bool printable)
{
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t bytes = utf8_next(text + i, length - i, &code);

        if (code == UTF8_INVALID || (printable && is_control(code)))
            strbuf_adds(out, REPLACEMENT);
        else
            strbuf_add(out, text + i, bytes);
        i += bytes;
    }
}

void utf8_add_clean(struct strbuf *out, const char *text, size_t length)
{
    add_filtered(out, text, length, false);
}

void utf8_add_printable(struct strbuf *out, const char *text, size_t length)
{
    add_filtered(out, text, length, true);
}

uint32_t utf8_column_utf16(const char *line, size_t length, uint32_t column)
{
    size_t target = column == 0 ? 0 : column - 1u, i = 0;
    uint32_t units = 0;

    while (i < length && i < target) {
        uint32_t code;

        i += utf8_next(line + i, length - i, &code);
        units += code != UTF8_INVALID && code >= 0x10000 ? 2 : 1;
    }
    if (target > length)
        units += (uint32_t)(target - length);
    return units + 1;
}
