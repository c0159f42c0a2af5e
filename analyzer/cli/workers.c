/*
 * workers.c - the parent's loop over its workers, and the workers' loop over their jobs.
 *
 * Each worker is connected by one socket pair. Down it go job numbers (four bytes), up come replies: a header, then the job's result or the
 * bytes of its mg_error. Both ends are the same program on the same machine, so that structs travel as they are.
 */
#include "cli/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif

#define MOST_WORKERS 1024
#define EXIT_OUT_OF_MEMORY 3 /* arena_die */
#define NO_DEADLINE UINT64_MAX

struct reply {
    uint32_t status; /* enum mg_status */
    uint32_t unused;
    uint64_t length; /* of what follows */
};

struct worker {
    pid_t pid;
    int fd; /* -1: the slot is empty */
    bool is_busy;
    uint32_t job;
    uint64_t deadline;
    struct strbuf in;
};

struct crew {
    const struct workers_request *request;
    struct worker *workers;
    uint32_t worker_count;
    uint32_t next_job; /* index into request->jobs */
    uint32_t busy_count;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool send_all(int fd, const void *data, size_t length)
{
    const char *at = data;
    while (length) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* ---- in the worker ---- */

static void limit_resources(const struct workers_request *request)
{
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
#ifndef HAS_ADDRESS_SANITIZER /* it reserves terabytes of addresses */
    if (request->memory_mib) {
        rlim_t bytes = (rlim_t)request->memory_mib << 20;
        struct rlimit limit = {bytes, bytes};
        setrlimit(RLIMIT_AS, &limit);
    }
#else
    (void)request;
#endif
}

/* The parent's streams are not the worker's: a protocol or a report may run over them. */
static void detach_streams(const struct workers_request *request)
{
    int null = open("/dev/null", O_RDWR);
    if (null < 0)
        return;
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (!request->is_verbose)
        dup2(null, STDERR_FILENO);
    if (null > STDERR_FILENO)
        close(null);
}

#ifdef MDLGUARD_COVERAGE
void __gcov_dump(void);
#endif

static _Noreturn void leave(int status)
{
#ifdef MDLGUARD_COVERAGE
    __gcov_dump();
#endif
    _exit(status); /* no exit handlers: they are the parent's */
}

/* Does one job after the other until the parent closes the socket, or the first failure. */
static _Noreturn void work(const struct workers_request *request, int fd)
{
    uint32_t job;
    struct strbuf out;
    strbuf_init(&out);
    while (recv(fd, &job, sizeof(job), MSG_WAITALL) == (ssize_t)sizeof(job)) {
        struct mg_error error = {0};
        strbuf_clear(&out);
        enum mg_status status = request->run(request->context, job, &out, &error);
        struct reply reply = {.status = (uint32_t)status, .length = status == MG_OK ? out.length : sizeof(error)};
        const void *body = status == MG_OK ? (const void *)out.data : &error;
        if (!send_all(fd, &reply, sizeof(reply)) || !send_all(fd, body, reply.length) || status != MG_OK)
            break;
    }
    strbuf_release(&out);
    leave(0);
}

/* ---- in the parent ---- */

static _Noreturn void become_worker(struct crew *self, int fd, pid_t parent)
{
    for (uint32_t i = 0; i < self->worker_count; i++)
        if (self->workers[i].fd >= 0)
            close(self->workers[i].fd);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent)
        leave(0); /* it died before the line above */
    detach_streams(self->request);
    limit_resources(self->request);
    work(self->request, fd);
}

static bool worker_start(struct crew *self, struct worker *worker)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    fflush(NULL); /* else the worker would have a copy of what is buffered */
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        close(ends[0]);
        become_worker(self, ends[1], parent);
    }
    int reason = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = reason;
        return false;
    }
    worker->pid = pid;
    worker->fd = ends[0];
    worker->is_busy = false;
    strbuf_clear(&worker->in);
    return true;
}

/* Closes the slot; how its process ended is in the result (as of waitpid). */
static int worker_end(struct worker *self, bool is_killed)
{
    int how = 0;
    if (is_killed)
        kill(self->pid, SIGKILL);
    close(self->fd);
    self->fd = -1;
    while (waitpid(self->pid, &how, 0) < 0 && errno == EINTR)
        ;
    return how;
}

static void job_done(struct crew *self, struct worker *worker, enum mg_status status, struct strbuf *result,
                     const struct mg_error *error)
{
    worker->is_busy = false;
    self->busy_count--;
    self->request->done(self->request->context, worker->job, status, result, error);
}

static void job_failed(struct crew *self, struct worker *worker, const char *text)
{
    struct mg_error error;
    struct strbuf nothing;
    strbuf_init(&nothing);
    enum mg_status status = mg_fail(&error, MG_INPUT, NULL, 0, 0, "%s", text);
    job_done(self, worker, status, &nothing, &error);
    strbuf_release(&nothing);
}

/* The worker's process is gone while it had a job: says why. */
static void worker_died(struct crew *self, struct worker *worker)
{
    int how = worker_end(worker, false);
    uint32_t limit = self->request->memory_mib;
    char text[256];
    bool is_memory = WIFEXITED(how) && WEXITSTATUS(how) == EXIT_OUT_OF_MEMORY;
    if (is_memory)
        snprintf(text, sizeof(text), "not analysed: more than %u MiB of memory are needed (see --memory)", limit);
    else if (WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT && limit)
        snprintf(text, sizeof(text),
                 "not analysed: the worker gave up; perhaps it needs more than %u MiB of memory (see --memory)", limit);
    else if (WIFSIGNALED(how))
        snprintf(text, sizeof(text), "not analysed: the worker crashed (signal %d, %s)", WTERMSIG(how),
                 strsignal(WTERMSIG(how)));
    else
        snprintf(text, sizeof(text), "not analysed: the worker ended without a result (status %d)", WEXITSTATUS(how));
    job_failed(self, worker, text);
}

static void worker_late(struct crew *self, struct worker *worker)
{
    char text[128];
    worker_end(worker, true);
    snprintf(text, sizeof(text), "not analysed: took longer than %u seconds (see --timeout)",
             self->request->timeout_seconds);
    job_failed(self, worker, text);
}

/* Handles a reply when all of it has come. */
static void worker_reply(struct crew *self, struct worker *worker)
{
    struct reply reply;
    if (worker->in.length < sizeof(reply))
        return;
    memcpy(&reply, worker->in.data, sizeof(reply));
    if (worker->in.length - sizeof(reply) < reply.length)
        return;
    const char *body = worker->in.data + sizeof(reply);
    struct mg_error error = {0};
    if (reply.status != MG_OK) {
        memcpy(&error, body, reply.length < sizeof(error) ? reply.length : sizeof(error));
        worker_end(worker, false);
        job_done(self, worker, (enum mg_status)reply.status, &worker->in, &error);
        return;
    }
    struct strbuf result;
    strbuf_init(&result);
    strbuf_add(&result, body, reply.length);
    strbuf_clear(&worker->in);
    job_done(self, worker, MG_OK, &result, &error);
    strbuf_release(&result);
}

static void worker_read(struct crew *self, struct worker *worker)
{
    char buffer[65536];
    ssize_t got = recv(worker->fd, buffer, sizeof(buffer), 0);
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) {
        worker_died(self, worker);
        return;
    }
    strbuf_add(&worker->in, buffer, (size_t)got);
    worker_reply(self, worker);
}

/* Gives the worker the next job, in a new process where there is none. False when none could be started. */
static bool worker_assign(struct crew *self, struct worker *worker)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (worker->fd < 0 && !worker_start(self, worker))
            return false;
        worker->job = self->request->jobs[self->next_job];
        if (send_all(worker->fd, &worker->job, sizeof(worker->job))) {
            uint64_t seconds = self->request->timeout_seconds;
            worker->deadline = seconds ? now_ms() + seconds * 1000 : NO_DEADLINE;
            worker->is_busy = true;
            self->next_job++;
            self->busy_count++;
            return true;
        }
        worker_end(worker, true); /* it died idle */
    }
    return false;
}

static void assign_all(struct crew *self)
{
    for (uint32_t i = 0; i < self->worker_count && self->next_job < self->request->job_count; i++)
        if (!self->workers[i].is_busy && !worker_assign(self, &self->workers[i]))
            return;
}

/* Waits for news of a busy worker, or for the first deadline, and handles what came. */
static void await(struct crew *self, struct pollfd *polls)
{
    uint64_t first = NO_DEADLINE;
    for (uint32_t i = 0; i < self->worker_count; i++) {
        const struct worker *worker = &self->workers[i];
        polls[i] = (struct pollfd){.fd = worker->is_busy ? worker->fd : -1, .events = POLLIN};
        if (worker->is_busy && worker->deadline < first)
            first = worker->deadline;
    }
    uint64_t now = now_ms();
    int wait = first == NO_DEADLINE ? -1 : first <= now ? 0 : (int)(first - now);
    int ready = poll(polls, self->worker_count, wait);
    now = now_ms();
    for (uint32_t i = 0; i < self->worker_count; i++) {
        struct worker *worker = &self->workers[i];
        if (ready > 0 && polls[i].revents)
            worker_read(self, worker);
        else if (worker->is_busy && worker->deadline <= now)
            worker_late(self, worker);
    }
}

static uint32_t choose_worker_count(const struct workers_request *request)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t count = request->worker_count ? request->worker_count : cores > 0 ? (uint32_t)cores : 1;
    if (count > MOST_WORKERS)
        count = MOST_WORKERS;
    return count < request->job_count ? count : request->job_count;
}

enum mg_status workers_run(const struct workers_request *request, struct mg_error *error)
{
    struct crew self = {.request = request, .worker_count = choose_worker_count(request)};
    if (self.worker_count == 0)
        return MG_OK;
    enum mg_status status = MG_OK;
    self.workers = calloc(self.worker_count, sizeof(*self.workers));
    struct pollfd *polls = calloc(self.worker_count, sizeof(*polls));
    if (!self.workers || !polls) {
        status = mg_fail(error, MG_IO, NULL, 0, 0, "out of memory for %u workers", self.worker_count);
        goto out;
    }
    for (uint32_t i = 0; i < self.worker_count; i++) {
        self.workers[i].fd = -1;
        strbuf_init(&self.workers[i].in);
    }
    while (self.next_job < request->job_count || self.busy_count) {
        assign_all(&self);
        if (self.busy_count == 0) {
            status = mg_fail(error, MG_IO, NULL, 0, 0, "no worker process could be started: %s", strerror(errno));
            break;
        }
        await(&self, polls);
    }
    for (uint32_t i = 0; i < self.worker_count; i++) {
        if (self.workers[i].fd >= 0)
            worker_end(&self.workers[i], self.workers[i].is_busy);
        strbuf_release(&self.workers[i].in);
    }
out:
    free(polls);
    free(self.workers);
    return status;
}
