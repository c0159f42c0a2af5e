/*
 * diagnostics.h - findings as LSP shows them.
 */
#ifndef MDLGUARD_LSP_DIAGNOSTICS_H
#define MDLGUARD_LSP_DIAGNOSTICS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/strbuf.h"
#include "lsp/documents.h"
#include "report/finding.h"

/* What was agreed on with the editor at its start. */
struct diagnostics_options {
    bool is_utf8;     /* columns count bytes; else UTF-16 code units */
    bool has_related; /* the editor shows relatedInformation; else the path is appended to the message */
};

/*
 * The report's findings that are not suppressed: an object of file paths, each an array of Diagnostic objects in the
 * report's order. Columns are computed from the documents' texts, and from the disk for files that are not open. The
 * caller releases the object.
 */
json_t *diagnostics_from_report(const struct finding_report *report, const struct documents *documents,
                                const struct diagnostics_options *options);

/* Appends a textDocument/publishDiagnostics for the file at PATH to OUT: LIST (taken over) with the version of the open
 * document. */
void diagnostics_publish(struct strbuf *out, const struct documents *documents, const char *path, json_t *list);

#endif
