/*
 * field.h - what entry points leave behind in memory that outlives them: mappings, locked pages and objects that a context keeps for another callback.
 *
 * Everything is said in the terms of the summary of the entry that leaves it (summary.h), so that it can be brought to any place by an importer. A
 * place that keeps something is known by record and member, whatever the instance: elements of arrays and lists are all the same.
 */
#ifndef MDLGUARD_ENGINE_FIELD_H
#define MDLGUARD_ENGINE_FIELD_H

#include "engine/entry.h"
#include "engine/translate.h"

/* Graver ones first: one finding for an object. */
enum left_kind { LEFT_MAPPED, LEFT_LOCKED, LEFT_OBJECT };

/* A place that keeps a mapping's token, or the object. */
struct holder {
    region_id region; /* of the summary */
    bool is_token;
};

struct left {
    uint32_t entry;      /* entries->list */
    uint32_t case_index; /* of its summary */
    enum left_kind kind;
    enum ruleset_mapping mapping; /* MAPPED */
    bool is_explicit;             /* MAPPED: asked for by name */
    value_id token;               /* MAPPED; else 0 */
    value_id object;
    VEC(struct holder) holders; /* the program's places that keep the token or the object; in the run's arena */
};

struct lefts {
    VEC(struct left) list; /* grouped by entry and case */
};

/* A function played on its own: its summary, with values of ANALYSIS for what it finds on entry. */
struct player {
    struct importer importer;
    struct ir_instr call;
};

/* SUMMARY starts in *ENTRY. Its parameters hold what they held on entry of the analysed function (SAME), or unknown values. */
void player_init(struct player *self, struct analysis *an, const struct summary *summary, struct state *entry,
                 bool same);

struct field_key field_key_of(const struct summary *summary, region_id region);
/* Where VALUE of SUMMARY, or what it is an offset from, was in memory on entry; 0: nowhere. */
region_id field_origin(const struct summary *summary, value_id value);

/* Appends what entry INDEX leaves. */
void lefts_collect(struct lefts *self, struct entries *entries, uint32_t index);

#endif
