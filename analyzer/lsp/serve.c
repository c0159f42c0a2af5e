/*
 * serve.c - the loop: waits for the editor and for the running analysis, and starts an analysis when the editor has
 * paused.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lsp/frame.h"
#include "lsp/server.h"

/* An analysis that says nothing for this long beyond one unit's timeout is given up. */
#define PATIENCE_MS (300 * 1000)

struct loop {
    struct server server;
    struct frame_reader reader;
    int input, output, pause_ms;
    int64_t last_message, last_news; /* milliseconds of a clock that never goes back */
    bool is_broken;                  /* a stream cannot be used any more */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Writes what the server has to say. */
static void loop_flush(struct loop *self)
{
    const struct strbuf *out = &self->server.out;
    size_t done = 0;

    while (done < out->length && !self->is_broken) {
        ssize_t written = write(self->output, out->data + done, out->length - done);

        if (written > 0)
            done += (size_t)written;
        else if (written < 0 && errno != EINTR)
            self->is_broken = true; /* nobody reads: the editor is gone */
    }
    strbuf_clear(&self->server.out);
}

static void loop_handle_messages(struct loop *self)
{
    enum frame_result result;
    struct mg_error error;
    const char *body;
    size_t length;

    while ((result = frame_reader_next(&self->reader, &body, &length, &error)) != FRAME_MORE) {
        if (result == FRAME_MESSAGE)
            server_handle(&self->server, body, length);
        else
            server_refuse(&self->server, error.text);
        loop_flush(self);
    }
}

static void loop_read(struct loop *self)
{
    char bytes[65536];
    ssize_t length = read(self->input, bytes, sizeof(bytes));

    if (length < 0 && errno == EINTR)
        return;
    if (length <= 0) {
        self->is_broken = true;
        return;
    }
    self->last_message = now_ms();
    frame_reader_feed(&self->reader, bytes, (size_t)length);
    loop_handle_messages(self);
}

/* Is there an analysis to be started after the pause? */
static bool loop_is_waiting(const struct loop *self)
{
    return self->server.phase == SERVER_RUNNING && session_is_waiting(&self->server.session);
}

/* How long poll may wait; -1: for ever. */
static int loop_patience(const struct loop *self)
{
    const struct session *session = &self->server.session;
    int64_t until;

    if (loop_is_waiting(self))
        until = self->last_message + self->pause_ms;
    else if (session_descriptor(session) >= 0)
        until = self->last_news + PATIENCE_MS + session->options->command_line->timeout_seconds * INT64_C(1000);
    else
        return -1;
    int64_t left = until - now_ms();
    return left > 0 ? (int)left : 0;
}

/* Poll's time is up: either the editor has paused, or an analysis hangs. */
static void loop_on_silence(struct loop *self)
{
    struct session *session = &self->server.session;

    if (loop_is_waiting(self)) {
        session_start(session);
        self->last_news = now_ms();
    } else if (session_descriptor(session) >= 0) {
        session_give_up(session);
    }
    loop_flush(self);
}

static void loop_step(struct loop *self)
{
    struct pollfd sources[2] = {{.fd = self->input, .events = POLLIN},
                                {.fd = session_descriptor(&self->server.session), .events = POLLIN}};
    int ready = poll(sources, 2, loop_patience(self));

    if (ready < 0 && errno != EINTR)
        self->is_broken = true;
    if (ready == 0)
        loop_on_silence(self);
    if (ready > 0 && sources[1].revents) {
        session_receive(&self->server.session);
        self->last_news = now_ms();
        loop_flush(self);
    }
    if (ready > 0 && sources[0].revents)
        loop_read(self);
}

int serve(int input, int output, int pause_ms, const struct session_options *options)
{
    struct loop self = {.input = input, .output = output, .pause_ms = pause_ms};

    signal(SIGPIPE, SIG_IGN);
    server_init(&self.server, options);
    frame_reader_init(&self.reader);
    while (!self.is_broken && self.server.phase != SERVER_GONE)
        loop_step(&self);
    if (self.is_broken && !frame_reader_is_between(&self.reader))
        fprintf(stderr, "mdlguard: the language client went away in the middle of a message\n");
    /* A client that shut the server down and closed the stream instead of saying exit has said enough. */
    bool is_clean = self.server.was_shut || self.server.phase == SERVER_SHUT;
    frame_reader_release(&self.reader);
    server_release(&self.server);
    return is_clean ? 0 : 1;
}
