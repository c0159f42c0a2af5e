/*
 * between_report.h - findings about two entry points, or about something that one leaves for ever: their texts, and one finding for a cause.
 */
#ifndef MDLGUARD_ENGINE_BETWEEN_REPORT_H
#define MDLGUARD_ENGINE_BETWEEN_REPORT_H

#include "engine/field.h"

struct between_finding {
    struct finding finding;
    ir_id event_loc; /* of the wrong event itself, which may lie in a helper that several entries call */
};

struct between_reports {
    struct engine *engine;
    uint32_t first;                      /* findings of the engine's before this one were made inside functions */
    VEC(struct between_finding) waiting; /* about the thing at hand; in the run's arena */
    VEC(struct between_finding) published;
};

void between_reports_init(struct between_reports *self, struct engine *engine);
/* Another thing is looked at: what waits is dropped. */
void between_reports_begin(struct between_reports *self);
/* Moves RESULT's findings, made by a wrong event at EVENT_LOC, to those that wait. */
void between_reports_take(struct between_reports *self, struct engine_result *result, ir_id event_loc);
/* What waits becomes findings of the engine's. */
void between_reports_add(struct between_reports *self);
/* LEFT is never undone: reports it when that breaks a rule, and says whether it does. */
bool between_report_leak(struct between_reports *self, struct entries *entries, const struct left *left);

#endif
