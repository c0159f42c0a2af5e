/*
 * times.h - where a scan's processor time went: reading the units apart from the engine, and the functions that took most. For eyes only: times
 * differ from run to run, so that they are in no report and not in the store.
 */
#ifndef MDLGUARD_CLI_TIMES_H
#define MDLGUARD_CLI_TIMES_H

#include <stdio.h>

#include "cli/pipeline.h"

/* Two lines on OUT. The workers must have ended: what they took is that of the process's children. */
void times_print(const struct pipeline_program *program, const struct engine_result *engine, FILE *out);

#endif
