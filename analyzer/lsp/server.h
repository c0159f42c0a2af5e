/*
 * server.h - the language server: LSP 3.17 on a pair of streams.
 *
 * The life of a session (Language Server Protocol, "Server lifecycle"): nothing is served before `initialize`, only
 * `exit` after `shutdown`. Methods are rows of a table in server.c. What a message sets off is appended to `out`; the
 * loop in serve.c writes it.
 */
#ifndef MDLGUARD_LSP_SERVER_H
#define MDLGUARD_LSP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "lsp/documents.h"
#include "lsp/session.h"

enum server_phase {
    SERVER_FRESH, /* before initialize */
    SERVER_RUNNING,
    SERVER_SHUT, /* after shutdown */
    SERVER_GONE, /* after exit */
};

struct server {
    enum server_phase phase;
    bool was_shut; /* shutdown came before exit: exit status 0 */
    struct documents documents;
    struct session session;
    struct strbuf out; /* framed messages for the editor */
};

void server_init(struct server *self, const struct session_options *options);
void server_release(struct server *self);
/* Handles one message; answers are in self->out. Bad ones are answered, too. */
void server_handle(struct server *self, const char *body, size_t length);
/* Answers input that is no message at all (see frame.h). */
void server_refuse(struct server *self, const char *text);

/*
 * Serves the editor at the other end of INPUT and OUTPUT until it says exit or goes away. Returns the exit status that
 * LSP asks for: 0 after shutdown, else 1. An analysis starts after PAUSE_MS milliseconds without a message;
 * SERVE_PAUSE_MS is meant for typing people.
 */
int serve(int input, int output, int pause_ms, const struct session_options *options);
#define SERVE_PAUSE_MS 150

#endif
