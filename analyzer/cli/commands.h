/*
 * commands.h - the subcommands: each takes the parsed command line and returns the exit status of the program (README.md).
 */
#ifndef MDLGUARD_CLI_COMMANDS_H
#define MDLGUARD_CLI_COMMANDS_H

#include "base/arena.h"
#include "base/status.h"
#include "cli/config.h"
#include "cli/options.h"
#include "project/project.h"
#include "ruleset/ruleset.h"

enum exit_status {
    EXIT_CLEAN = 0,        /* nothing at or above --fail-on */
    EXIT_FINDINGS = 1,
    EXIT_USAGE = 2,        /* the call, the configuration or a rule pack is wrong */
    EXIT_NOT_ANALYZED = 3, /* no finding, but some input could not be analysed, or a result could not be written */
};

int command_scan(const struct options *options, struct arena *arena);
int command_dump(const struct options *options, struct arena *arena);
int command_explain(const struct options *options, struct arena *arena);
int command_rules(const struct options *options, struct arena *arena);
int command_lsp(const struct options *options, struct arena *arena);
int command_extract(const struct options *options, struct arena *arena);
int command_link(const struct options *options, struct arena *arena);
int command_ninja(const struct options *options, struct arena *arena);

/* What follows the front end in a scan (scan.c), for units that are there already; they are empty then. */
struct pipeline_units;
int scan_extracted(const struct options *options, const struct project *project, struct pipeline_units *units,
                   struct arena *arena);

/* What several of them begin with (setup.c). */

struct pipeline_lower_options;

/* The units that the command line names. */
enum mg_status setup_project(const struct options *options, struct arena *arena, struct project *out,
                             struct mg_error *error);
/* The configuration for sources in FOLDER, and the rules that it and the command line leave in force. MG_USAGE when either is wrong, or
 * when --only or --skip names a rule that does not exist. ruleset_release is due when it succeeds. */
enum mg_status setup_rules(const struct options *options, const char *folder, struct arena *arena,
                           struct config *config, struct ruleset *rules, struct mg_error *error);
/* The same with a configuration that was read. */
enum mg_status setup_configured_rules(const struct options *options, const struct config *config, struct arena *arena,
                                      struct ruleset *rules, struct mg_error *error);
/* A hash of all that these rules are made from, beside the program. MG_USAGE when a pack cannot be read; what is wrong in it is not seen. */
enum mg_status setup_rules_key(const struct options *options, const struct config *config, struct arena *arena,
                               uint64_t *out, struct mg_error *error);
void setup_lowering(const struct options *options, struct pipeline_lower_options *out);
/* Reads the program that the command line names and links it: what USE then says of it is the exit status. */
struct pipeline_program;
typedef int setup_use(const struct options *options, const struct project *project,
                      const struct pipeline_program *program, struct arena *arena);
int setup_with_program(const struct options *options, struct arena *arena, setup_use *use);
/* Says on standard error what could not, or only partly, be analysed. Files below ROOT are named as in reports. */
void setup_print_gaps(const char *root, const struct finding_gap *gaps, uint32_t count);
/* Prints ERROR; the exit status that STATUS leads to. */
int setup_failed(enum mg_status status, const struct mg_error *error);

#endif
