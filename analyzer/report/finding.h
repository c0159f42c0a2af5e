/*
 * finding.h - what the engine found, as every report, the store and the language server see it.
 *
 * All strings and arrays belong to the arena of the run. Paths are absolute; reports make them relative to the root.
 */
#ifndef MDLGUARD_REPORT_FINDING_H
#define MDLGUARD_REPORT_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

enum finding_level { FINDING_NOTE, FINDING_WARNING, FINDING_ERROR };

/* 1-based; the end column is exclusive. */
struct finding_range {
    const char *file;
    uint32_t line, column, end_line, end_column;
};

/* One step of the path that a person follows from where the facts arise to the primary location. */
struct finding_step {
    struct finding_range at;
    const char *message;  /* "pages locked here", "'status' is a failure: branch taken", "calls 'BufferRelease'" */
    const char *function; /* name of the function that the step is in */
    uint32_t depth;       /* calls entered since the path's first function */
    bool is_event;        /* a protocol event (map, unlock …); false: a decision or a call entered or left */
};

struct finding {
    const char *rule; /* "MDL102" */
    const char *name; /* "IommuUnlockBeforeUnmap" */
    enum finding_level level;
    const char *message;              /* one sentence, no full stop */
    struct finding_range at;          /* primary location */
    const char *function;             /* where the primary location is */
    VEC(struct finding_step) steps;   /* in order of execution; the primary location is one of them */
    VEC(struct finding_step) related; /* alternatives: other places that the same cause leads to (causes.h) */
    /* mdlguard/v1: rule, function and event sequence, no line numbers; 16 hex digits. Set by the engine. */
    const char *fingerprint;
    bool is_suppressed;            /* by a comment, pragma or the configuration: kept in SARIF and the store */
    bool is_suppressed_externally; /* by the configuration; false: by a comment or pragma in the source */
    const char *suppression;       /* the reason given, when suppressed */
    bool is_confirmed; /* seen at run time, by a trace that the scan was given */
    bool is_baselined; /* in the earlier report that the run was compared with: kept in SARIF, does not fail the run */
};

/* An input that could not be (wholly) analysed. */
struct finding_gap {
    const char *file;
    uint32_t line, column; /* 0 when unknown */
    const char *text;
    bool is_partial; /* analysed as far as the AST went */
};

/* A violation that the runtime checker saw and that no finding explains. */
struct finding_sighting {
    const char *rule, *name; /* NAME: "" when the rule is not known here */
    enum finding_level level;
    const char *message;
    struct finding_range at; /* of the wrong call; line 0 and no file when the trace does not know it */
    VEC(struct finding_step) steps; /* where the mapping was made, where it ended */
};

/* What a rule is, for reports that carry it (SARIF) and for `explain`. From rules/rules.yaml and docs/rules. */
struct finding_rule {
    const char *id, *name;
    enum finding_level level;
    const char *summary;           /* one sentence */
    const char *help;              /* the whole page, Markdown */
    const char *cwe;               /* "416", or NULL */
    const char *security_severity; /* "7.8", or NULL: SARIF's security-severity */
    bool is_off;                   /* nothing was looked for in this run */
    bool is_consequence;           /* reports what follows from a mistake, at each place where it does (causes.h) */
};

struct finding_report {
    const char *root;                 /* SRCROOT: absolute folder */
    const char *version;              /* of mdlguard */
    VEC(struct finding) findings;     /* sorted by file, line, column, rule, message, then steps, no two equal */
    VEC(struct finding_gap) gaps;     /* sorted by file, line, column, text */
    VEC(struct finding_sighting) sightings; /* that no finding explains; sorted by file, line, rule, message, each once */
    const struct finding_rule *rules; /* sorted by id */
    uint32_t rule_count;
    uint32_t unit_count, function_count;
    bool has_baseline; /* compared with an earlier report */
    bool has_trace;    /* compared with what was seen at run time */
};

/* Sorts findings and gaps and drops exact duplicates. */
void finding_report_sort(struct finding_report *self);
const char *finding_level_name(enum finding_level level); /* "note", "warning", "error" */

#endif
