/*
 * workers.h - numbered jobs, done by worker processes.
 *
 * Each job runs in a process that may crash, hang or run out of memory: that costs the job, is told to the caller, and nothing else. The
 * parent hands out the numbers one by one, so it always knows which job a dead worker had. Workers live as long as their jobs succeed;
 * after a failure the next job gets a new process.
 */
#ifndef MDLGUARD_CLI_WORKERS_H
#define MDLGUARD_CLI_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/strbuf.h"

struct workers_request {
    const uint32_t *jobs; /* their numbers, in the order they are started */
    uint32_t job_count;
    uint32_t worker_count;    /* 0: one a core */
    uint32_t timeout_seconds; /* for one job; 0: none */
    uint32_t memory_mib;      /* address space of a worker; 0: no limit. Not enforced in builds with AddressSanitizer */
    bool is_verbose;          /* workers keep standard error */
    /* In a worker: does JOB and appends its result to OUT, or fills ERROR. */
    enum mg_status (*run)(void *context, uint32_t job, struct strbuf *out, struct mg_error *error);
    /* In the parent, once for each job, in the order they end. RESULT may be taken by swapping; ERROR is filled unless STATUS is MG_OK. */
    void (*done)(void *context, uint32_t job, enum mg_status status, struct strbuf *result,
                 const struct mg_error *error);
    void *context;
};

/* Runs all jobs. MG_IO when not even one worker could be started. The process must have no other threads. */
enum mg_status workers_run(const struct workers_request *request, struct mg_error *error);

#endif
