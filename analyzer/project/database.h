/*
 * database.h - reading a compile_commands.json.
 */
#ifndef MDLGUARD_PROJECT_DATABASE_H
#define MDLGUARD_PROJECT_DATABASE_H

#include "base/arena.h"
#include "base/status.h"
#include "project/project.h"

/* Adds a unit for every entry of the database at PATH (absolute) to OUT, in the file's order, duplicates too. MG_INPUT, located, when it
 * cannot be read, is no JSON, has an entry without a file or a command, or has no entries. */
enum mg_status database_read(const char *path, struct arena *arena, struct project *out, struct mg_error *error);

#endif
