/*
 * store_left.c - knows the store's file again that mdlguard closed, so that it need not be looked through for damage each time.
 *
 * Beside the store stands a file with its size and time as they were. The time is set back a little when the store is closed: whatever
 * changes the file afterwards gives it another one, however soon. A journal that is still there says that somebody did not come to
 * closing it. What is read of the store carries hashes of its own all the same (store_extract.c).
 */
#include "store/store_int.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/arena.h"
#include "base/inputs.h"
#include "base/strbuf.h"

#define SET_BACK_SECONDS 2

static char *beside(struct arena *arena, const char *path, const char *suffix)
{
    return arena_printf(arena, "%s%s", path, suffix);
}

/* What the file beside the store has to say. NULL when the store is not there or has a journal. */
static const char *describe(struct arena *arena, const char *path)
{
    struct input_look look;
    input_look(&look, beside(arena, path, "-wal")); /* who only reads may leave an empty one */
    if (look.is_there && look.size > 0)
        return NULL;
    input_look(&look, path);
    return look.is_there ? arena_printf(arena, "%llu %lld\n", (unsigned long long)look.size, (long long)look.mtime_ns)
                         : NULL;
}

static bool says(struct arena *arena, const char *path, const char *text)
{
    struct strbuf there;
    strbuf_init(&there);
    bool is_same = text && strbuf_read_file(&there, beside(arena, path, STORE_LEFT_SUFFIX), NULL) == MG_OK &&
                   strcmp(there.data, text) == 0;
    strbuf_release(&there);
    return is_same;
}

bool store_is_as_left(const struct store *self)
{
    struct arena arena;
    arena_init(&arena);
    bool is_same = says(&arena, self->path, describe(&arena, self->path));
    arena_release(&arena);
    return is_same;
}

void store_leave(const struct store *self)
{
    struct arena arena;
    struct strbuf text;
    arena_init(&arena);
    strbuf_init(&text);
    const char *now = describe(&arena, self->path);
    if (now && !says(&arena, self->path, now)) {
        struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - SET_BACK_SECONDS}};
        if (utimensat(AT_FDCWD, self->path, times, 0) == 0 && (now = describe(&arena, self->path))) {
            strbuf_adds(&text, now);
            strbuf_write_file(&text, beside(&arena, self->path, STORE_LEFT_SUFFIX), NULL); /* else it is looked through */
        }
    }
    strbuf_release(&text);
    arena_release(&arena);
}
