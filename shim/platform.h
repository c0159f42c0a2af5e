/*
 * platform.h - what the wrappers (wrap.c) need from what is below them: a tracker that is running, and the callers' stack.
 *
 * Two make it: driver.c in a Windows kernel, host/platform.c on Linux. Both sides follow the calling convention of driver code.
 */
#ifndef MDLGUARD_SHIM_PLATFORM_H
#define MDLGUARD_SHIM_PLATFORM_H

#include "tracker.h"

#ifndef MDLGUARD_HOST_CALL
#define MDLGUARD_HOST_CALL
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Fills CALL's place (FILE may be NULL: then the one that mdlguard_platform_here noted last in this thread), and checks the call. */
MDLGUARD_HOST_CALL void mdlguard_platform_enter(struct mg_call *call, const char *file, unsigned line);
MDLGUARD_HOST_CALL void mdlguard_platform_leave(struct mg_call *call, long long result);
/* The next call through an interface table in this thread stands here. */
MDLGUARD_HOST_CALL void mdlguard_platform_here(const char *file, unsigned line);
MDLGUARD_HOST_CALL void mdlguard_platform_forget(const void *mdl);
/* MDL is to be freed: by IoFreeMdl, or with TAG by ExFreePool when IS_POOL. True: the platform frees it, later, so that its address is not given out
 * to somebody whose calls are not seen while the tracker takes it for freed. */
MDLGUARD_HOST_CALL int mdlguard_platform_keep(void *mdl, int is_pool, unsigned tag);

#ifdef __cplusplus
}
#endif

#endif
