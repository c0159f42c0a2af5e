/*
 * translate.h - moves values and regions between an analysis and a summary. Private to summary.c, apply.c, and those that follow functions
 * one after the other (between.c).
 */
#ifndef MDLGUARD_ENGINE_TRANSLATE_H
#define MDLGUARD_ENGINE_TRANSLATE_H

#include "engine/summary.h"

/* From an analysis into a summary under construction. */
struct exporter {
    struct analysis *an;
    struct summary *summary;
    struct arena *arena;  /* the summary's */
    uint32_t *values, *regions; /* analysis id -> summary index; 0: not yet */
};

void exporter_init(struct exporter *self, struct analysis *an, struct summary *summary, struct arena *arena);
value_id export_value(struct exporter *self, value_id value);
region_id export_region(struct exporter *self, region_id region);
/* Gives the objects of EXITS their names in the summary, before anything else is exported (alike.c). */
void export_alike(struct exporter *self, const struct function_exits *exits);

/* From a summary into the analysis of a caller, for one call in one state. Entry values read the caller's store as it was at the call. A record that
 * is passed or returned by value is the caller's own: the callee's names for its members are translated to the place that was passed or assigned. */
struct importer {
    struct analysis *an;
    const struct summary *summary;
    struct state *entry; /* the caller's state at the call; reading may add what it read */
    const struct ir_instr *instr;
    const value_id *args;
    uint32_t arg_count;
    region_id result;   /* where a returned record goes; 0: nowhere */
    bool is_sequel;     /* not a call: the function runs on its own after what the trace tells (between.c) */
    bool is_run;        /* no call of the source's: a routine runs the function (run.h) */
    bool is_relaxed;    /* follow cases whatever their conditions say: others may have made them true meanwhile */
    value_id *values;   /* summary index -> analysis id; 0: not yet */
    region_id *regions;
};

void importer_init(struct importer *self, struct analysis *an, const struct summary *summary, struct state *entry,
                   const struct ir_instr *instr, const value_id *args, uint32_t arg_count);
value_id import_value(struct importer *self, value_id value);
/* C, a case of the importer's summary, in STATE: appends what follows to *out, nothing when the case is impossible there. */
void summary_follow(struct importer *importer, const struct summary_case *c, const struct state *state, struct successors *out);
region_id import_region(struct importer *self, region_id region);

#endif
