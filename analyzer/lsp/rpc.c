/*
 * rpc.c - JSON-RPC 2.0 with jansson.
 */
#include "lsp/rpc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "lsp/frame.h"

bool rpc_fail(struct rpc_error *error, enum rpc_code code, const char *format, ...)
{
    va_list args;

    error->code = code;
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    return false;
}

static bool is_id(const json_t *value)
{
    return json_is_string(value) || json_is_number(value);
}

/* Sorts a JSON object into request, notification or response. */
static bool rpc_classify(struct rpc_message *out, struct rpc_error *error)
{
    json_t *id = json_object_get(out->root, "id");
    json_t *method = json_object_get(out->root, "method");
    const char *version = json_string_value(json_object_get(out->root, "jsonrpc"));

    out->id = is_id(id) ? id : NULL;
    if (!version || strcmp(version, "2.0") != 0)
        return rpc_fail(error, RPC_INVALID_REQUEST, "\"jsonrpc\" has to be \"2.0\"");
    if (!method && (json_object_get(out->root, "result") || json_object_get(out->root, "error"))) {
        out->kind = RPC_RESPONSE;
        return true;
    }
    if (!json_is_string(method))
        return rpc_fail(error, RPC_INVALID_REQUEST, "\"method\" has to be a string");
    if (id && !out->id)
        return rpc_fail(error, RPC_INVALID_REQUEST, "\"id\" has to be a number or a string");
    out->method = json_string_value(method);
    out->kind = id ? RPC_REQUEST : RPC_NOTIFICATION;
    out->params = json_object_get(out->root, "params");
    if (json_is_null(out->params))
        out->params = NULL;
    if (out->params && !json_is_object(out->params) && !json_is_array(out->params))
        return rpc_fail(error, RPC_INVALID_REQUEST, "\"params\" has to be an object or an array");
    return true;
}

bool rpc_message_parse(struct rpc_message *out, const char *body, size_t length, struct rpc_error *error)
{
    json_error_t at;

    *out = (struct rpc_message){0};
    /* NULs are allowed because an editor may open any file, and its text comes in a string. */
    out->root = json_loadb(body, length, JSON_ALLOW_NUL | JSON_DECODE_ANY, &at);
    if (!out->root)
        return rpc_fail(error, RPC_PARSE_ERROR, "the message is no JSON: line %d, column %d: %.200s", at.line,
                        at.column, at.text);
    if (json_is_array(out->root))
        return rpc_fail(error, RPC_INVALID_REQUEST, "batches are not supported");
    if (!json_is_object(out->root))
        return rpc_fail(error, RPC_INVALID_REQUEST, "a message has to be a JSON object");
    return rpc_classify(out, error);
}

void rpc_message_release(struct rpc_message *self)
{
    json_decref(self->root);
    *self = (struct rpc_message){0};
}

json_t *rpc_string(const char *text)
{
    struct strbuf clean;

    strbuf_init(&clean);
    utf8_add_clean(&clean, text, strlen(text));
    json_t *string = json_stringn(clean.data, clean.length);
    strbuf_release(&clean);
    if (!string)
        arena_die(strlen(text));
    return string;
}

/* Appends MESSAGE, taken over, to OUT. */
static void rpc_write(struct strbuf *out, json_t *message)
{
    json_object_set_new(message, "jsonrpc", json_string("2.0"));
    char *body = json_dumps(message, JSON_COMPACT);

    json_decref(message);
    if (!body)
        arena_die(0);
    frame_write(out, body, strlen(body));
    free(body);
}

static json_t *id_or_null(json_t *id)
{
    return id ? json_incref(id) : json_null();
}

void rpc_write_result(struct strbuf *out, json_t *id, json_t *result)
{
    rpc_write(out, json_pack("{s:o, s:o}", "id", id_or_null(id), "result", result));
}

void rpc_write_error(struct strbuf *out, json_t *id, const struct rpc_error *error)
{
    json_t *object = json_pack("{s:i, s:o}", "code", (int)error->code, "message", rpc_string(error->text));

    rpc_write(out, json_pack("{s:o, s:o}", "id", id_or_null(id), "error", object));
}

void rpc_write_notification(struct strbuf *out, const char *method, json_t *params)
{
    rpc_write(out, json_pack("{s:s, s:o}", "method", method, "params", params));
}

void rpc_write_log(struct strbuf *out, enum rpc_log_level level, const char *text)
{
    rpc_write_notification(out, "window/logMessage",
                           json_pack("{s:i, s:o}", "type", (int)level, "message", rpc_string(text)));
}
