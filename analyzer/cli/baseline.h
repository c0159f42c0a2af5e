/*
 * baseline.h - an earlier SARIF report: what is in it does not fail the run.
 */
#ifndef MDLGUARD_CLI_BASELINE_H
#define MDLGUARD_CLI_BASELINE_H

#include "base/status.h"
#include "report/finding.h"

/*
 * Marks the findings of REPORT whose rule and fingerprint (mdlguard/v1) are among the results of the SARIF file at PATH. A fingerprint
 * that the baseline has N times covers N findings, the first in the report's order. MG_USAGE, located, when PATH is no SARIF report.
 */
enum mg_status baseline_apply(const char *path, struct finding_report *report, struct mg_error *error);

#endif
