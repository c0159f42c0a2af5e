/*
 * confirm.h - findings and what was seen at run time, held against each other.
 */
#ifndef MDLGUARD_CLI_CONFIRM_H
#define MDLGUARD_CLI_CONFIRM_H

#include "base/arena.h"
#include "cli/trace.h"
#include "project/project.h"
#include "report/finding.h"

/*
 * Marks the findings of REPORT that a violation of TRACE confirms, suppressed and baselined ones too, and adds the violations that no finding explains as
 * sightings. Their files are those of PROJECT where one has the same name. Texts live in ARENA.
 *
 * A violation confirms a finding of the same rule whose primary location is the violation's; when there is none, findings of the rule
 * that have the violation's place as an event of their path (the call that is wrong may stand in a helper, and a leak is known by where the thing was made).
 */
void confirm_findings(const struct trace *trace, const struct project *project, struct arena *arena, struct finding_report *report);

#endif
