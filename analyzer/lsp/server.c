/*
 * server.c - the table of methods, and what each does.
 *
 * Handlers of requests fill *result, or ERROR and return false. Handlers of notifications get no result; what they
 * refuse is logged in the editor, since a notification has no answer.
 */
#include "lsp/server.h"

#include <stdlib.h>
#include <string.h>

#include "lsp/rpc.h"
#include "lsp/uri.h"

typedef bool method_handler(struct server *self, json_t *params, json_t **result, struct rpc_error *error);

void server_init(struct server *self, const struct session_options *options)
{
    memset(self, 0, sizeof(*self));
    strbuf_init(&self->out);
    session_init(&self->session, options, &self->documents, &self->out);
}

void server_release(struct server *self)
{
    session_release(&self->session);
    documents_release(&self->documents);
    strbuf_release(&self->out);
}

/* The member of OBJECT at a path of names that ends with NULL; NULL when there is none. */
static json_t *json_at(json_t *object, const char *const *names)
{
    for (; object && *names; names++)
        object = json_object_get(object, *names);
    return object;
}

#define JSON_AT(object, ...) json_at((object), (const char *const[]){__VA_ARGS__, NULL})

/* ---- lifecycle ---- */

/* The folder that the editor has open, by the newest way of saying it that is there. */
static void take_root(struct server *self, json_t *params)
{
    json_t *folder = json_array_get(json_object_get(params, "workspaceFolders"), 0);
    const char *uri = json_string_value(json_object_get(folder, "uri"));
    const char *path = json_string_value(json_object_get(params, "rootPath"));
    struct strbuf root;

    strbuf_init(&root);
    if (!uri)
        uri = json_string_value(json_object_get(params, "rootUri"));
    if (uri && uri_to_path(uri, &root))
        session_set_root(&self->session, root.data);
    else if (path && *path == '/')
        session_set_root(&self->session, path);
    strbuf_release(&root);
}

static bool offers_utf8(json_t *params)
{
    json_t *encodings = JSON_AT(params, "capabilities", "general", "positionEncodings"), *encoding;
    size_t i;

    json_array_foreach(encodings, i, encoding)
    {
        if (json_is_string(encoding) && strcmp(json_string_value(encoding), "utf-8") == 0)
            return true;
    }
    return false;
}

static bool on_initialize(struct server *self, json_t *params, json_t **result, struct rpc_error *error)
{
    struct diagnostics_options *display = &self->session.display;

    if (self->phase != SERVER_FRESH)
        return rpc_fail(error, RPC_INVALID_REQUEST, "initialize was sent before");
    if (!json_is_object(params))
        return rpc_fail(error, RPC_INVALID_PARAMS, "initialize needs its params");
    take_root(self, params);
    display->is_utf8 = offers_utf8(params);
    display->has_related =
        json_is_true(JSON_AT(params, "capabilities", "textDocument", "publishDiagnostics", "relatedInformation"));
    self->phase = SERVER_RUNNING;
    *result = json_pack("{s:{s:s, s:{s:b, s:i, s:{s:b}}}, s:{s:s, s:s}}", "capabilities", "positionEncoding",
                        display->is_utf8 ? "utf-8" : "utf-16", "textDocumentSync", "openClose", 1, "change", 1, "save",
                        "includeText", 0, "serverInfo", "name", "mdlguard", "version", MDLGUARD_VERSION);
    return true;
}

static bool on_shutdown(struct server *self, json_t *params, json_t **result, struct rpc_error *error)
{
    (void)params;
    (void)error;
    self->phase = SERVER_SHUT;
    session_cancel(&self->session);
    *result = json_null();
    return true;
}

static bool on_exit_now(struct server *self, json_t *params, json_t **result, struct rpc_error *error)
{
    (void)params;
    (void)result;
    (void)error;
    self->was_shut = self->phase == SERVER_SHUT;
    self->phase = SERVER_GONE;
    return true;
}

static bool on_ignored(struct server *self, json_t *params, json_t **result, struct rpc_error *error)
{
    (void)self;
    (void)params;
    (void)result;
    (void)error;
    return true;
}

/* ---- documents ---- */

/* The URI of the textDocument that PARAMS speak of, or NULL. */
static const char *document_uri(json_t *params, struct rpc_error *error)
{
    const json_t *uri = JSON_AT(params, "textDocument", "uri");

    if (!json_is_string(uri) || strlen(json_string_value(uri)) != json_string_length(uri)) {
        rpc_fail(error, RPC_INVALID_PARAMS, "textDocument.uri is missing or no string");
        return NULL;
    }
    return json_string_value(uri);
}

static void touch_document(struct server *self, const char *uri)
{
    const struct document *document = documents_find(&self->documents, uri);

    if (document && document->path)
        session_touch(&self->session, document->path);
}

static bool on_did_open(struct server *self, json_t *params, json_t **result, struct rpc_error *error)
{
    const char *uri = document_uri(params, error);
    const json_t *text = JSON_AT(params, "textDocument", "text");
    json_int_t version = json_integer_value(JSON_AT(params, "textDocument", "version"));

    (void)result;
    if (!uri)
        return false;
    if (!json_is_string(text))
        return rpc_fail(error, RPC_INVALID_PARAMS, "%s: textDocument.text is missing or no string", uri);
    bool is_new = documents_open(&self->documents, uri, version, json_string_value(text), json_string_length(text));
    touch_document(self, uri);
    return is_new || rpc_fail(error, RPC_INVALID_REQUEST, "%s was opened twice; the newer text counts", uri);
}

/* The text of the last change; each is the whole text, as agreed on. */
static const json_t *changed_text(json_t *params)
{
    json_t *changes = json_object_get(params, "contentChanges"), *change;
    const json_t *text = NULL;
    size_t i;

    json_array_foreach(changes, i, change)
    {
        text = json_object_get(change, "text");
        if (!json_is_string(text) || json_object_get(change, "range"))
            return NULL;
    }
    return text;
}

static bool on_did_change(struct server *self, json_t *params, json_t **result, struct rpc_error *error)
{
    const char *uri = document_uri(params, error);
    json_int_t version = json_integer_value(JSON_AT(params, "textDocument", "version"));
    const json_t *text = changed_text(params);
    bool is_changed;

    (void)result;
    if (!uri)
        return false;
    if (!text)
        return rpc_fail(error, RPC_INVALID_PARAMS, "%s: contentChanges has to hold whole texts", uri);
    if (!documents_change(&self->documents, uri, version, json_string_value(text), json_string_length(text),
                          &is_changed))
        return rpc_fail(error, RPC_INVALID_REQUEST, "%s was changed but is not open", uri);
    touch_document(self, uri);
    return true;
}

/* TELL the session of what happened to the file that URI names. */
static void tell_session(struct server *self, const char *uri, void tell(struct session *session, const char *path))
{
    struct strbuf path;

    strbuf_init(&path);
    if (uri_to_path(uri, &path))
        tell(&self->session, path.data);
    strbuf_release(&path);
}

static bool on_did_save(struct server *self, json_t *params, json_t **result, struct rpc_error *error)
{
    const char *uri = document_uri(params, error);

    (void)result;
    if (!uri)
        return false;
    tell_session(self, uri, session_saved);
    return true;
}

static bool on_did_close(struct server *self, json_t *params, json_t **result, struct rpc_error *error)
{
    const char *uri = document_uri(params, error);

    (void)result;
    if (!uri)
        return false;
    if (!documents_close(&self->documents, uri))
        return rpc_fail(error, RPC_INVALID_REQUEST, "%s was closed but is not open", uri);
    tell_session(self, uri, session_closed);
    return true;
}

/* ---- dispatch ---- */

struct method {
    const char *name;
    bool is_request;
    method_handler *handle;
};

static const struct method methods[] = {
    {"initialize", true, on_initialize},
    {"initialized", false, on_ignored},
    {"shutdown", true, on_shutdown},
    {"exit", false, on_exit_now},
    {"textDocument/didOpen", false, on_did_open},
    {"textDocument/didChange", false, on_did_change},
    {"textDocument/didSave", false, on_did_save},
    {"textDocument/didClose", false, on_did_close},
    /* An analysis is not the answer to a request, so there is never anything to cancel. */
    {"$/cancelRequest", false, on_ignored},
    {"$/setTrace", false, on_ignored},
    {"workspace/didChangeConfiguration", false, on_ignored},
};

static const struct method *method_find(const char *name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}

/* May METHOD be served in this phase? */
static bool server_admits(const struct server *self, const struct rpc_message *message, struct rpc_error *error)
{
    if (strcmp(message->method, "exit") == 0)
        return true;
    if (self->phase == SERVER_FRESH && strcmp(message->method, "initialize") != 0)
        return rpc_fail(error, RPC_NOT_INITIALIZED, "%.100s: the server waits for initialize", message->method);
    if (self->phase >= SERVER_SHUT)
        return rpc_fail(error, RPC_INVALID_REQUEST, "%.100s: the server is shut down", message->method);
    return true;
}

static void serve_request(struct server *self, const struct rpc_message *message)
{
    const struct method *method = method_find(message->method);
    json_t *result = NULL;
    struct rpc_error error;
    bool is_good = server_admits(self, message, &error);

    if (is_good && (!method || !method->is_request))
        is_good = rpc_fail(&error, RPC_METHOD_NOT_FOUND, "no such request: %.200s", message->method);
    is_good = is_good && method->handle(self, message->params, &result, &error);
    if (is_good)
        rpc_write_result(&self->out, message->id, result);
    else
        rpc_write_error(&self->out, message->id, &error);
}

/* Notifications out of place or unknown are dropped, as LSP wants it. */
static void serve_notification(struct server *self, const struct rpc_message *message)
{
    const struct method *method = method_find(message->method);
    struct rpc_error error;

    if (!method || method->is_request || !server_admits(self, message, &error))
        return;
    if (!method->handle(self, message->params, NULL, &error))
        rpc_write_log(&self->out, RPC_LOG_WARNING, error.text);
}

void server_handle(struct server *self, const char *body, size_t length)
{
    struct rpc_message message;
    struct rpc_error error;

    if (self->phase == SERVER_GONE)
        return;
    if (!rpc_message_parse(&message, body, length, &error))
        rpc_write_error(&self->out, message.id, &error);
    else if (message.kind == RPC_REQUEST)
        serve_request(self, &message);
    else if (message.kind == RPC_NOTIFICATION)
        serve_notification(self, &message);
    rpc_message_release(&message);
}

void server_refuse(struct server *self, const char *text)
{
    struct rpc_error error;

    rpc_fail(&error, RPC_PARSE_ERROR, "%s", text);
    rpc_write_error(&self->out, NULL, &error);
}
