/*
 * jsonout.h - building JSON without a check after every call: values that cannot be made for want of memory end the
 * process as arenas do.
 */
#ifndef MDLGUARD_REPORT_JSONOUT_H
#define MDLGUARD_REPORT_JSONOUT_H

#include <stdint.h>

#include <jansson.h>

#include "base/strbuf.h"

/* New values are the caller's, until they are put into another one. */
json_t *json_new_object(void);
json_t *json_new_array(void);
/* TEXT (NULL: "") with U+FFFD for what is no UTF-8. */
json_t *json_new_text(const char *text);

/* OBJECT[KEY] = VALUE; both setters take VALUE over. KEY is a literal of ours. */
void json_put(json_t *object, const char *key, json_t *value);
void json_push(json_t *array, json_t *value);
void json_put_text(json_t *object, const char *key, const char *text);
void json_put_number(json_t *object, const char *key, uint32_t number);
void json_put_bool(json_t *object, const char *key, int value);
/* Makes an object or array, puts it under KEY and returns it (owned by OBJECT). */
json_t *json_put_object(json_t *object, const char *key);
json_t *json_put_array(json_t *object, const char *key);
json_t *json_push_object(json_t *array);

/* Appends VALUE, indented by two blanks, keys in the order of their insertion, with a line end; releases VALUE. */
void json_write(json_t *value, struct strbuf *out);

#endif
