/*
 * causes.h - findings of one cause become one finding: the first, with the others as its alternatives.
 *
 * Of a rule that reports what follows from a mistake (finding_rule.is_consequence), each place where something follows is a finding of the engine:
 * every use of an address that nobody compared with NULL. The person who reads them has one mistake to mend.
 */
#ifndef MDLGUARD_REPORT_CAUSES_H
#define MDLGUARD_REPORT_CAUSES_H

#include "base/arena.h"
#include "report/finding.h"

/*
 * Joins findings of SELF, which is sorted and stays so. Two are of one cause when rule, function and message are the same, and so is every event of
 * their paths but the last, through the same calls. Findings without an event before the last, and suppressed ones, stay on their own. New arrays
 * live in ARENA.
 */
void finding_join_causes(struct finding_report *self, struct arena *arena);

#endif
