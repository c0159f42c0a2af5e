/*
 * config.h - the configuration file .mdlguard.yaml.
 *
 *     target-os: windows-7          # oldest Windows the drivers run on
 *     rules: [rules/ours.yaml]      # more packs: files or folders, relative to this file, or optional built-in ones: linux
 *     only: [MDL001, MDL002]        # report these rules only
 *     skip: [MDL013]                # do not report these
 *     fail-on: error
 *     suppress:
 *       - {rule: MDL020, path: "vendor/port.c", reason: "the port driver frees it"}
 */
#ifndef MDLGUARD_CLI_CONFIG_H
#define MDLGUARD_CLI_CONFIG_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/vec.h"
#include "cli/options.h"
#include "project/split.h"
#include "report/finding.h"
#include "report/suppress.h"

/* Where something stands in the file, from 1. */
struct config_place {
    uint32_t line, column;
};

/* Findings of `rule` in files that `path` fits are suppressed. */
struct config_suppression {
    const char *rule; /* "MDL020", or "*" */
    const char *path; /* glob, relative to the report's root: '*' within a part, "**" over parts */
    const char *reason;
    struct config_place at;
};

struct config {
    const char *path;      /* of the file, or NULL when there is none */
    const char *target_os; /* or NULL */
    struct config_place target_os_at;
    struct text_list rules; /* absolute paths */
    struct text_list only, skip;
    const struct config_place *only_at, *skip_at; /* of each */
    enum options_fail_on fail_on;
    VEC(struct config_suppression) suppressions;
};

/* Reads the file NAMED (not NULL), else the nearest .mdlguard.yaml in FOLDER or above; none is fine. MG_USAGE with file, line and column
 * for an unknown key or a wrong value, and when NAMED does not exist. */
enum mg_status config_load(const char *named, const char *folder, struct arena *arena, struct config *out,
                           struct mg_error *error);

/* Marks the findings of REPORT that SELF suppresses. NOTES takes the suppressions that suppress nothing; NULL: not all of the program's
 * findings are in REPORT, so that this says nothing. */
void config_suppress(const struct config *self, struct arena *arena, struct finding_report *report,
                     struct suppress_notes *notes);

#endif
