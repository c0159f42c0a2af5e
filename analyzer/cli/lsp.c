/*
 * lsp.c - `mdlguard lsp`: the language server on standard input and output.
 */
#include <unistd.h>

#include "cli/commands.h"
#include "frontend/frontend.h"
#include "lsp/server.h"

int command_lsp(const struct options *options, struct arena *arena)
{
    (void)arena;
    struct session_options session = {.command_line = options, .analyse = analysis_run};
    frontend_start(); /* here, and not in each of the analyses, which are processes of their own */
    return serve(STDIN_FILENO, STDOUT_FILENO, SERVE_PAUSE_MS, &session);
}
