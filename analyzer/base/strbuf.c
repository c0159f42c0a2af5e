/*
 * strbuf.c - the byte buffer, and reading and replacing of whole files.
 */
#include "base/strbuf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

/* What an empty buffer points to; never written, because capacity 0 forces growth first. */
static const char empty_text[1] = "";

void strbuf_init(struct strbuf *self)
{
    *self = (struct strbuf){.data = (char *)empty_text};
}

void strbuf_release(struct strbuf *self)
{
    if (self->capacity)
        free(self->data);
    strbuf_init(self);
}

void strbuf_clear(struct strbuf *self)
{
    self->length = 0;
    if (self->capacity)
        self->data[0] = '\0';
}

/* Room for LENGTH more bytes and the NUL. */
static void strbuf_reserve(struct strbuf *self, size_t length)
{
    if (length > SIZE_MAX / 2 - self->length - 1)
        arena_die(SIZE_MAX);
    size_t needed = self->length + length + 1;
    if (needed <= self->capacity)
        return;
    size_t capacity = self->capacity ? self->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    char *data = realloc(self->capacity ? self->data : NULL, capacity);
    if (!data)
        arena_die(capacity);
    self->data = data;
    self->capacity = capacity;
}

void strbuf_keep(struct strbuf *self, const void *from, size_t length)
{
    assert(self->capacity && (const char *)from >= self->data && (const char *)from + length <= self->data + self->length);
    memmove(self->data, from, length);
    self->length = length;
    self->data[length] = '\0';
}

void strbuf_add(struct strbuf *self, const void *data, size_t length)
{
    if (!length)
        return;
    strbuf_reserve(self, length);
    memcpy(self->data + self->length, data, length);
    self->length += length;
    self->data[self->length] = '\0';
}

void strbuf_adds(struct strbuf *self, const char *text)
{
    strbuf_add(self, text, strlen(text));
}

void strbuf_addc(struct strbuf *self, char c)
{
    strbuf_add(self, &c, 1);
}

void strbuf_vaddf(struct strbuf *self, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    if (length <= 0)
        return;
    strbuf_reserve(self, (size_t)length);
    vsnprintf(self->data + self->length, (size_t)length + 1, format, args);
    self->length += (size_t)length;
}

void strbuf_addf(struct strbuf *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_vaddf(self, format, args);
    va_end(args);
}

char *strbuf_detach(struct strbuf *self)
{
    strbuf_reserve(self, 0);
    self->data[self->length] = '\0';
    char *data = self->data;
    strbuf_init(self);
    return data;
}

static enum mg_status read_error(const char *path, int reason, struct mg_error *error)
{
    return mg_fail(error, MG_IO, path, 0, 0, "cannot read: %s", strerror(reason));
}

enum mg_status strbuf_read_file(struct strbuf *self, const char *path, struct mg_error *error)
{
    size_t before = self->length;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return read_error(path, errno, error);
    enum mg_status status = MG_OK;
    for (;;) {
        strbuf_reserve(self, 64 * 1024);
        ssize_t got = read(fd, self->data + self->length, 64 * 1024);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = read_error(path, errno, error);
        if (got <= 0)
            break;
        self->length += (size_t)got;
    }
    if (status != MG_OK)
        self->length = before;
    self->data[self->length] = '\0';
    close(fd);
    return status;
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t done = write(fd, data, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        data += done;
        length -= (size_t)done;
    }
    return 0;
}

/* mkstemp makes files that only their owner may read; the result gets the mode of the file it replaces, else that of
   a new file. */
static int set_mode(int fd, const char *path)
{
    struct stat there;
    if (stat(path, &there) == 0)
        return fchmod(fd, there.st_mode & 0777);
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(fd, 0666 & ~mask);
}

/* Fills and closes FD. Returns 0, or the errno of what failed. */
static int fill_file(int fd, const char *path, const struct strbuf *text)
{
    int reason = 0;
    if (write_all(fd, text->data, text->length) < 0 || set_mode(fd, path) < 0)
        reason = errno;
    if (close(fd) < 0 && !reason)
        reason = errno;
    return reason;
}

/* Devices and pipes (/dev/full, /dev/stdout) cannot be replaced: they are written in place. Returns 0 or an errno. */
static int write_special(const char *path, const struct strbuf *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int reason = write_all(fd, text->data, text->length) < 0 ? errno : 0;
    if (close(fd) < 0 && !reason)
        reason = errno;
    return reason;
}

/* Writes TEXT beside PATH and moves it there. Returns 0 or an errno. */
static int replace_file(const char *path, const struct strbuf *text)
{
    struct strbuf temporary;
    strbuf_init(&temporary);
    strbuf_addf(&temporary, "%s.XXXXXX", path);
    int fd = mkstemp(temporary.data);
    int reason = fd < 0 ? errno : fill_file(fd, path, text);
    if (!reason && rename(temporary.data, path) < 0)
        reason = errno;
    if (reason && fd >= 0)
        unlink(temporary.data);
    strbuf_release(&temporary);
    return reason;
}

enum mg_status strbuf_write_file(const struct strbuf *self, const char *path, struct mg_error *error)
{
    struct stat there;
    bool special = stat(path, &there) == 0 && !S_ISREG(there.st_mode);
    int reason = special ? write_special(path, self) : replace_file(path, self);
    if (reason)
        return mg_fail(error, MG_IO, path, 0, 0, "cannot write: %s", strerror(reason));
    return MG_OK;
}
