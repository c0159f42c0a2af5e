/*
 * wrap.h - how a wrapper brackets the real call. Its parameters are named arg0, arg1, ..., File and Line, and the value result.
 */
#ifndef MDLGUARD_SHIM_WRAP_H
#define MDLGUARD_SHIM_WRAP_H

#include "mdlguard_routines.h"
#include "platform.h"

/* Declares `call`. */
#define ENTER(name) ENTER_AS(MG_ROUTINE_##name, MG_ENTRY_##name, 0, 0) /* pasted here: the name may be a macro */
/* The routine is one of handles. */
#define ENTER_HANDLE(name) ENTER_AS(MG_ROUTINE_##name, MG_ENTRY_##name, 1, 0)
/* The token that the routine makes or takes is one of WHERE. */
#define ENTER_SCOPE(name, where) ENTER_AS(MG_ROUTINE_##name, MG_ENTRY_##name, 0, (ULONG_PTR)(where))

#define ENTER_AS(number, fill, is_of_handles, where)                                                                   \
    struct mg_call call = {0};                                                                                         \
    call.routine = (number);                                                                                           \
    call.is_handle = is_of_handles;                                                                                    \
    call.scope = where;                                                                                                \
    fill(call.slots);                                                                                                  \
    mdlguard_platform_enter(&call, File, Line)

#define LEAVE(name, value)                                                                                             \
    MG_EXIT_##name(call.slots);                                                                                        \
    mdlguard_platform_leave(&call, (LONG_PTR)(value))

#endif
