/*
 * times.h - where a scan's processor time went: reading the units apart from the engine, and the functions that took most. For eyes only: times
 * differ from run to run, so that they are in no report and not in the store.
 */
#ifndef MDLGUARD_CLI_TIMES_H
#define MDLGUARD_CLI_TIMES_H

#include <stdio.h>

#include "cli/pipeline.h"

/* Processor time of this process so far, in seconds, without its children's. */
double times_own(void);

/* Two lines on OUT. The workers must have ended: what they took is that of the process's children. OWN_READING is what reading took in this
 * process: loading libclang, above all. */
void times_print(const struct pipeline_program *program, const struct engine_result *engine, double own_reading, FILE *out);

#endif
