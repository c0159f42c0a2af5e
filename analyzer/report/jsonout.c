/*
 * jsonout.c - a thin layer over jansson.
 */
#include "report/jsonout.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

static json_t *checked(json_t *value)
{
    if (!value)
        arena_die(sizeof(json_int_t));
    return value;
}

json_t *json_new_object(void)
{
    return checked(json_object());
}

json_t *json_new_array(void)
{
    return checked(json_array());
}

json_t *json_new_text(const char *text)
{
    struct strbuf clean;
    json_t *value;

    if (!text)
        return checked(json_string(""));
    strbuf_init(&clean);
    utf8_add_clean(&clean, text, strlen(text));
    value = checked(json_stringn(clean.data, clean.length));
    strbuf_release(&clean);
    return value;
}

void json_put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, checked(value)) != 0)
        arena_die(sizeof(json_int_t));
}

void json_push(json_t *array, json_t *value)
{
    if (json_array_append_new(array, checked(value)) != 0)
        arena_die(sizeof(json_int_t));
}

void json_put_text(json_t *object, const char *key, const char *text)
{
    json_put(object, key, json_new_text(text));
}

void json_put_number(json_t *object, const char *key, uint32_t number)
{
    json_put(object, key, json_integer(number));
}

void json_put_bool(json_t *object, const char *key, int value)
{
    json_put(object, key, json_boolean(value));
}

json_t *json_put_object(json_t *object, const char *key)
{
    json_t *value = json_new_object();

    json_put(object, key, value);
    return value;
}

json_t *json_put_array(json_t *object, const char *key)
{
    json_t *value = json_new_array();

    json_put(object, key, value);
    return value;
}

json_t *json_push_object(json_t *array)
{
    json_t *value = json_new_object();

    json_push(array, value);
    return value;
}

static int append(const char *data, size_t length, void *out)
{
    strbuf_add(out, data, length);
    return 0;
}

void json_write(json_t *value, struct strbuf *out)
{
    if (json_dump_callback(value, append, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) != 0)
        arena_die(0);
    strbuf_addc(out, '\n');
    json_decref(value);
}
