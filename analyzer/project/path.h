/*
 * path.h - paths as the project names them: absolute, with '/' between the parts, without "." and ".." parts.
 *
 * Databases made on Windows are read here too, so a drive letter ("C:/…") counts as absolute and '\' separates parts.
 */
#ifndef MDLGUARD_PROJECT_PATH_H
#define MDLGUARD_PROJECT_PATH_H

#include <stdbool.h>

#include "base/arena.h"

bool path_is_absolute(const char *path);
/* The part behind the last separator: "cl.exe" of "C:\bin\cl.exe". Points into PATH. */
const char *path_name(const char *path);
/* ".c" of "src/ring.c", "" when there is none. Points into PATH. */
const char *path_extension(const char *path);
/* The folder that normalised PATH is in; "/" for "/". */
const char *path_parent(struct arena *arena, const char *path);
/* FOLDER "/" NAME. */
const char *path_join(struct arena *arena, const char *folder, const char *name);
/* Is normalised PATH the folder FOLDER itself, or below it? */
bool path_is_below(const char *path, const char *folder);
/* PATH without FOLDER in front when it is below it, else PATH. Points into PATH. */
const char *path_relative(const char *path, const char *folder);
/* The longest folder that both normalised paths are at or below. */
const char *path_common(struct arena *arena, const char *a, const char *b);
/* The current folder. */
const char *path_current(struct arena *arena);
bool path_is_file(const char *path);
bool path_is_folder(const char *path);

#endif
