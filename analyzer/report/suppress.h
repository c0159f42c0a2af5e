/*
 * suppress.h - findings that the source itself declares to be accepted.
 *
 *     MmUnlockPages(mdl); // mdlguard-suppress MDL002: the framework unmaps in its own callback
 *
 *     // mdlguard-suppress MDL020, MDL021: freed by the port driver
 *     Port->Mdl = mdl;
 *
 *     #pragma warning(suppress: 28145) // MDL041: our own IRP
 *     #pragma prefast(suppress: MDL002, "unmapped by the framework")
 *
 * A comment beside code speaks of its own line; a comment on a line without code, and a pragma, of the next line that
 * has code. A reason is mandatory: without one, nothing is suppressed.
 */
#ifndef MDLGUARD_REPORT_SUPPRESS_H
#define MDLGUARD_REPORT_SUPPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "report/finding.h"

/* What is wrong with a suppression: no rule, no reason, or nothing there that it suppresses. For standard error. */
struct suppress_note {
    const char *file;
    uint32_t line, column;
    const char *text;
};

struct suppress_notes {
    VEC(struct suppress_note) list; /* in the arena; in the order of the files, then of lines */
};

/* Marks the findings of FILE that its TEXT suppresses, and appends to NOTES. Reasons and notes live in ARENA. */
void report_suppress_text(struct finding_report *report, struct arena *arena, const char *file, const char *text,
                          size_t length, struct suppress_notes *notes);
/* The same for each of FILES, read from disk; a file that cannot be read suppresses nothing. Give every source file of
 * the program, so that suppressions without a finding are noticed. Nothing is said of rules that are
 * switched off. */
void report_suppress(struct finding_report *report, struct arena *arena, const char *const *files, uint32_t count,
                     struct suppress_notes *notes);

#endif
