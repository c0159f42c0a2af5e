/*
 * mdlguard_host.h - the machine that driver code runs on when there is no Windows: what a test does with it. For code compiled for the host
 * (mdlguard-host-cc), which sees Windows' own headers; the routines of the memory manager themselves are called by their names.
 *
 * Physical memory is a memfd. Every mapping is a real mapping of its pages; ending it makes the address fault. A page that is freed is the first
 * to be given out again. The GPU reaches memory through an IOMMU whose device addresses are physical ones, as dxgkrnl sets it up for isolation.
 *
 * All functions are to be called from one thread, unless they say otherwise.
 */
#ifndef MDLGUARD_HOST_H
#define MDLGUARD_HOST_H

/* The calling convention: that of driver code. */
#ifndef MDLGUARD_HOST_CALL
#define MDLGUARD_HOST_CALL
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define MDLGUARD_HOST_RULES 8 /* violations of a run that are kept by name */

/* What happened in a run. */
struct mdlguard_host_result {
    unsigned violations, bug_checks, device_faults, damages;
    unsigned points;         /* places where a fault could have been injected */
    unsigned is_injected;    /* one was */
    unsigned events;         /* calls that the tracker saw, since mdlguard_host_begin */
    char rules[MDLGUARD_HOST_RULES][8];   /* "MDL102"; "" behind the last */
    char files[MDLGUARD_HOST_RULES][160]; /* of the primary location */
    unsigned lines[MDLGUARD_HOST_RULES];
    char bug_check[160];     /* why the run ended; "" when it ended by itself */
};

enum mdlguard_host_flags {
    MDLGUARD_HOST_QUIET = 1,    /* prints nothing */
    MDLGUARD_HOST_GO_ON = 2,    /* a violation does not end the run */
    MDLGUARD_HOST_NO_LEAKS = 4, /* what is left at the end is not looked at */
};

typedef MDLGUARD_HOST_CALL void mdlguard_host_function(void *context);

/* Runs RUN(CONTEXT) on a new machine, in a process of its own, and says what happened. False: no process could be made. */
MDLGUARD_HOST_CALL int mdlguard_host_run(mdlguard_host_function *run, void *context, unsigned flags, struct mdlguard_host_result *result);

/* ---- faults that are injected; in effect for the next run ---- */

/* The N-th call that can fail (1-based) fails; 0: none. */
MDLGUARD_HOST_CALL void mdlguard_host_fail_nth(unsigned n);
/* The N-th call of ROUTINE fails. The text is kept. */
MDLGUARD_HOST_CALL void mdlguard_host_fail_routine(const char *routine, unsigned n);
/* Each call that can fail does with a probability of 1 in ONE_IN. The seed is printed; 0 takes one from the clock. */
MDLGUARD_HOST_CALL void mdlguard_host_fail_random(unsigned long long seed, unsigned one_in);

/* Runs RUN once as it is, and then once for each point where a fault can be injected, that one failing. RESULT gets the first run that is not clean, or the
 * last; *FAILED (may be NULL) the point, 0 for the plain run. Returns the number of runs that were not clean. */
MDLGUARD_HOST_CALL unsigned mdlguard_shim_sweep(mdlguard_host_function *run, void *context, unsigned flags, struct mdlguard_host_result *result,
                             unsigned *failed);

/* Runs RUN with every combination of outcomes of its points: all fail or succeed, mdlguard_host_choose gives each number. At most LIMIT runs. RESULT
 * gets the first run that is not clean, else the first. Returns the number of runs that were not clean. */
MDLGUARD_HOST_CALL unsigned mdlguard_shim_explore(mdlguard_host_function *run, void *context, unsigned flags, unsigned limit,
                                                  struct mdlguard_host_result *result);

/* For testcases/run_host.py: sweeps RUN and writes a line a run: "run FUNCTION SCENARIO POINT EVENTS DEATH", DEATH "!" after a bug check and "-" else, then the
 * rule and the line of each violation. */
MDLGUARD_HOST_CALL void mdlguard_host_report_sweep(int function, int scenario, mdlguard_host_function *run, void *context);
/* For testcases/generate/host.py: explores RUN and writes such a line a run, with 0 for the scenario. */
MDLGUARD_HOST_CALL void mdlguard_host_report_paths(int function, unsigned limit, mdlguard_host_function *run, void *context);
/* Events are counted from here, and a sweep's faults begin. */
MDLGUARD_HOST_CALL void mdlguard_host_begin(void);

/* ---- memory of a process and of others, inside a run ---- */

/* A committed range of the process; NULL when memory is out. */
MDLGUARD_HOST_CALL void *mdlguard_host_user_range(unsigned long long bytes);
/* The process gives it back, whether it is locked or not; what is locked stays until it is unlocked. */
MDLGUARD_HOST_CALL void mdlguard_host_user_free(void *range);
/* An address at which nothing is. */
MDLGUARD_HOST_CALL void *mdlguard_host_bad_range(void);
/* Somebody else takes a page: "another process". Returns where it sees it. */
MDLGUARD_HOST_CALL void *mdlguard_host_other_page(const char *owner);
/* Is the page as its owner left it (filled with the byte that mdlguard_host_other_page gave it)? */
MDLGUARD_HOST_CALL int mdlguard_host_other_is_intact(const void *page);
/* The driver gets MDL from its owner: the I/O manager, with a request. */
MDLGUARD_HOST_CALL void mdlguard_host_lend(void *mdl);
/* Memory whose MDLs and handles are not lost when the run ends: contexts, results. */
MDLGUARD_HOST_CALL void mdlguard_host_root(const void *memory, unsigned long long bytes);
/* RUN(CONTEXT) is what the rest of the system does while the driver waits for an object. NULL: nothing. */
MDLGUARD_HOST_CALL void mdlguard_host_on_wait(mdlguard_host_function *run, void *context);
/* A point where a stub of the test's may fail: true, it has to. */
MDLGUARD_HOST_CALL int mdlguard_host_point(const char *name);
/* A point with more ways than two: a number below WAYS; 0 unless every way is explored. */
MDLGUARD_HOST_CALL unsigned mdlguard_host_choose(unsigned ways);

/* ---- the device ---- */

/* A display adapter's callbacks (struct _DXGKRNL_INTERFACE), as dxgkrnl hands them to DxgkDdiStartDevice. */
MDLGUARD_HOST_CALL void mdlguard_host_adapter(void *dxgkrnl_interface);
/* A DMA adapter (struct _DMA_ADAPTER), as IoGetDmaAdapter gives it for a device description of VERSION 1 to 3: its table ends with that version's members.
 * NULL when memory is out. */
MDLGUARD_HOST_CALL void *mdlguard_host_dma_adapter(unsigned version);
/* Where the device finds byte OFFSET of what HANDLE maps. */
MDLGUARD_HOST_CALL unsigned long long mdlguard_host_device_address(void *handle, unsigned long long offset);
/* The device reads or writes memory through the IOMMU. False: it faulted, and nothing from there on was touched. */
MDLGUARD_HOST_CALL int mdlguard_host_device_write(unsigned long long address, const void *data, unsigned long long bytes);
MDLGUARD_HOST_CALL int mdlguard_host_device_read(unsigned long long address, void *data, unsigned long long bytes);

#ifdef __cplusplus
}
#endif

#endif
