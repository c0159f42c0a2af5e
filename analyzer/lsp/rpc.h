/*
 * rpc.h - JSON-RPC 2.0: messages in, replies and notifications out, framed for LSP.
 */
#ifndef MDLGUARD_LSP_RPC_H
#define MDLGUARD_LSP_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum rpc_code {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL_ERROR = -32603,
    RPC_NOT_INITIALIZED = -32002,
};

enum rpc_kind { RPC_REQUEST, RPC_NOTIFICATION, RPC_RESPONSE };

struct rpc_message {
    enum rpc_kind kind;
    json_t *root;       /* owned; the rest points into it */
    const char *method; /* NULL for responses */
    json_t *id;         /* number or string; NULL for notifications */
    json_t *params;     /* object or array, or NULL */
};

struct rpc_error {
    enum rpc_code code;
    char text[320];
};

/* Reads one message. On false ERROR says what to answer, and out->id holds the id to answer to when one could be read
 * (NULL: null); rpc_message_release is due in both cases. */
bool rpc_message_parse(struct rpc_message *out, const char *body, size_t length, struct rpc_error *error);
void rpc_message_release(struct rpc_message *self);

/* Fills ERROR and returns false, for handlers. */
bool rpc_fail(struct rpc_error *error, enum rpc_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A JSON string of TEXT, with U+FFFD for bytes that are not UTF-8. Never NULL. */
json_t *rpc_string(const char *text);

/* Append a framed message to OUT. RESULT and PARAMS are taken over (stolen); ID is borrowed, NULL stands for null. */
void rpc_write_result(struct strbuf *out, json_t *id, json_t *result);
void rpc_write_error(struct strbuf *out, json_t *id, const struct rpc_error *error);
void rpc_write_notification(struct strbuf *out, const char *method, json_t *params);

/* LSP's MessageType. */
enum rpc_log_level { RPC_LOG_ERROR = 1, RPC_LOG_WARNING = 2, RPC_LOG_INFO = 3 };
/* window/logMessage */
void rpc_write_log(struct strbuf *out, enum rpc_log_level level, const char *text);

#endif
