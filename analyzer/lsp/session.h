/*
 * session.h - which program an open file belongs to, when it is analysed, and what the editor was told.
 *
 * A program is analysed when the text of one of its files changed and the user has paused. One analysis runs at a time;
 * a change to its program ends it. A finding is published for each file of the program, open or not, and withdrawn when
 * it is gone.
 */
#ifndef MDLGUARD_LSP_SESSION_H
#define MDLGUARD_LSP_SESSION_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "lsp/analysis.h"
#include "lsp/documents.h"
#include "lsp/program.h"
#include "lsp/run.h"
#include "lsp/stamps.h"

struct session_options {
    const struct options *command_line; /* borrowed: the compile database, arguments for files in none, limits */
    analysis_function *analyse;
};

struct session {
    const struct session_options *options; /* borrowed, as are the next two */
    const struct documents *documents;
    struct strbuf *out;
    struct diagnostics_options display;
    char *root; /* the editor's folder, or NULL; owned */
    VEC(struct program *) programs;
    struct stamps stamps;
    struct run run;
    struct program *running; /* what `run` analyses; NULL: none */
    bool is_answered;        /* `run` has said how the analysis ended */
};

void session_init(struct session *self, const struct session_options *options, const struct documents *documents,
                  struct strbuf *out);
void session_release(struct session *self);
/* The folder that the editor has open: where a database is looked for when there is none above a file. */
void session_set_root(struct session *self, const char *path);

/* The text of the file at PATH is another one: it was opened, changed or closed. */
void session_touch(struct session *self, const char *path);
/* The file was saved: also an occasion to look for databases again and to retry what could not be read. */
void session_saved(struct session *self, const char *path);
/* The file was closed; call it after the document is gone. */
void session_closed(struct session *self, const char *path);

/* Is there something to analyse, and nothing running? */
bool session_is_waiting(const struct session *self);
/* Starts the analysis of one waiting program. */
void session_start(struct session *self);
/* What to wait for while an analysis runs; -1: none runs. */
int session_descriptor(const struct session *self);
/* Takes in what the running analysis says; when it is done, publishes. */
void session_receive(struct session *self);
/* The running analysis has said nothing for too long. */
void session_give_up(struct session *self);
void session_cancel(struct session *self);

#endif
