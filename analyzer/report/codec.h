/*
 * codec.h - a report as bytes, so that a scan of which nothing changed can give it again.
 */
#ifndef MDLGUARD_REPORT_CODEC_H
#define MDLGUARD_REPORT_CODEC_H

#include "base/arena.h"
#include "base/blob.h"
#include "report/finding.h"
#include "report/suppress.h"

/* Appends findings, gaps, counts and NOTES. Root, version and rules are not among them. */
void report_encode(const struct finding_report *report, const struct suppress_notes *notes, struct strbuf *out);
/* Fills what report_encode wrote; everything in ARENA. IN says whether it was all right. */
void report_decode(struct blob_reader *in, struct arena *arena, struct finding_report *report,
                   struct suppress_notes *notes);
/* Likewise for the report's rules. */
void report_encode_rules(const struct finding_report *report, struct strbuf *out);
void report_decode_rules(struct blob_reader *in, struct arena *arena, struct finding_report *report);

#endif
