/*
 * uri.c - percent-encoding and the shapes that file: URIs come in.
 */
#include "lsp/uri.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "project/project.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes TEXT up to '?', '#' or its end. False for a broken encoding or an encoded NUL. */
static bool percent_decode(const char *text, struct strbuf *out)
{
    for (; *text && *text != '?' && *text != '#'; text++) {
        int high, low;

        if (*text != '%') {
            strbuf_addc(out, *text);
            continue;
        }
        high = hex_digit(text[1]);
        low = high < 0 ? -1 : hex_digit(text[2]);
        if (low < 0 || (high == 0 && low == 0))
            return false;
        strbuf_addc(out, (char)(high * 16 + low));
        text += 2;
    }
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool uri_to_path(const char *uri, struct strbuf *out)
{
    struct strbuf path;
    bool is_good = false;

    strbuf_init(&path);
    if (strncasecmp(uri, "file:", 5) != 0)
        goto done;
    uri += 5;
    if (strncmp(uri, "//", 2) == 0)
        uri += strncasecmp(uri + 2, "localhost/", 10) == 0 ? 11 : 2;
    if (*uri != '/' || !percent_decode(uri, &path))
        goto done;
    struct arena arena;
    arena_init(&arena);
    bool has_drive = path.length >= 3 && is_letter(path.data[1]) && path.data[2] == ':';
    strbuf_adds(out, project_path(&arena, "/", path.data + (has_drive ? 1 : 0)));
    arena_release(&arena);
    is_good = true;
done:
    strbuf_release(&path);
    return is_good;
}

void uri_from_path(const char *path, struct strbuf *out)
{
    static const char digits[] = "0123456789ABCDEF";

    strbuf_adds(out, *path == '/' ? "file://" : "file:///");
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;

        if (is_letter(*path) || (c >= '0' && c <= '9') || strchr("-._~/", c)) {
            strbuf_addc(out, *path);
        } else {
            strbuf_addc(out, '%');
            strbuf_addc(out, digits[c >> 4]);
            strbuf_addc(out, digits[c & 15]);
        }
    }
}
