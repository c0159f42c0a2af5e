/*
 * mgo.h - files of extracted units (X.mgo): what `mdlguard extract` writes and `mdlguard link` reads.
 *
 *   envelope (base/blob.h) of: number of units; for each its arguments and its extract (extract.h)
 *
 * One source file may be several units, compiled with other arguments each. The bytes depend on the sources, the arguments and the build of
 * mdlguard only.
 */
#ifndef MDLGUARD_CLI_MGO_H
#define MDLGUARD_CLI_MGO_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "cli/pipeline.h"
#include "project/project.h"

/* EXTRACTS: one for each of PROJECT's units. */
enum mg_status mgo_write(const char *path, const struct project *project, const struct strbuf *extracts,
                         struct mg_error *error);

/* A unit from an .mgo file. */
struct mgo_unit {
    struct project_unit unit;
    struct strbuf extract; /* owned */
};

struct mgo_units {
    VEC(struct mgo_unit) list; /* owned (heap) */
};

/* Appends the units in the file PATH to OUT. MG_USAGE: it is no such file, is damaged, or another build of mdlguard wrote it. */
enum mg_status mgo_read(const char *path, struct arena *arena, struct mgo_units *out, struct mg_error *error);
void mgo_release(struct mgo_units *self);

#endif
