/*
 * kernel.c - the few other kernel routines that driver code of the tests calls: IRPs, exceptions, interrupt levels, memory blocks.
 */
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define IRP_BYTES 208 /* struct _IRP of 64-bit Windows, without stack locations */
#define STACK_LOCATION_BYTES 72
#define STATUS_DATATYPE_MISALIGNMENT 0x80000002u
#define EVENT_BYTES 24 /* struct _KEVENT, with its SignalState at */
#define EVENT_STATE 4

/* ---- memory: driver code calls these by other names than the host's own (see mdlguard-host-cc) ---- */

HOST_API void *mdlguard_ms_memcpy(void *to, const void *from, uint64_t bytes)
{
    return memcpy(to, from, bytes);
}

HOST_API void *mdlguard_ms_memmove(void *to, const void *from, uint64_t bytes)
{
    return memmove(to, from, bytes);
}

HOST_API void *mdlguard_ms_memset(void *to, int value, uint64_t bytes)
{
    return memset(to, value, bytes);
}

HOST_API int mdlguard_ms_memcmp(const void *a, const void *b, uint64_t bytes)
{
    return memcmp(a, b, bytes);
}

HOST_API uint64_t mdlguard_ms_strlen(const char *text)
{
    return strlen(text);
}

HOST_API int mdlguard_ms_strcmp(const char *a, const char *b)
{
    return strcmp(a, b);
}

HOST_API uint64_t RtlCompareMemory(const void *a, const void *b, uint64_t bytes)
{
    const unsigned char *x = a, *y = b;
    uint64_t n = 0;

    while (n < bytes && x[n] == y[n])
        n++;
    return n;
}

/* ---- C++ ---- */

HOST_API void *host_new(uint64_t bytes) __asm__("_Znwy");
HOST_API void host_delete(void *block) __asm__("_ZdlPv");
HOST_API void host_delete_sized(void *block, uint64_t bytes) __asm__("_ZdlPvy");

/* Never NULL: a `new` without more is taken to succeed. */
HOST_API void *host_new(uint64_t bytes)
{
    return block_allocate(host_machine(), SPACE_POOL, bytes, "an object");
}

HOST_API void host_delete(void *block)
{
    if (block)
        block_free(host_machine(), block);
}

HOST_API void host_delete_sized(void *block, uint64_t bytes)
{
    (void)bytes;
    host_delete(block);
}

HOST_API void __cxa_pure_virtual(void)
{
    host_bug_check(0x1e, "a member function without a body was called", 0);
}

/* ---- memory of the process ---- */

/* The addresses have to be the process's; whether pages are there, reading says. */
static void probe(const char *routine, const char *first, uint64_t bytes, uint32_t alignment)
{
    if ((uintptr_t)first & (alignment - 1))
        host_raise(STATUS_DATATYPE_MISALIGNMENT);
    if (space_of(host_machine(), first) != SPACE_USER || space_of(host_machine(), first + bytes - 1) != SPACE_USER ||
        host_fails(host_machine(), routine))
        host_raise(STATUS_ACCESS_VIOLATION);
}

/* The process may give its memory back as soon as it was probed. */
static void maybe_lose(const char *what, const void *address)
{
    struct host *self = host_machine();
    const char *start;
    uint64_t bytes;

    if (space_range(self, address, &start, &bytes) && host_fails(self, what))
        block_free(self, (void *)(uintptr_t)start);
}

HOST_API void ProbeForRead(const void *address, uint64_t bytes, uint32_t alignment)
{
    if (!bytes)
        return;
    probe("ProbeForRead", address, bytes, alignment);
    maybe_lose("ProbeForRead: access to the buffer", address);
}

/* Touches each page. */
HOST_API void ProbeForWrite(void *address, uint64_t bytes, uint32_t alignment)
{
    if (!bytes)
        return;
    probe("ProbeForWrite", address, bytes, alignment);
    for (uint64_t at = 0; at < bytes; at += HOST_PAGE - ((uintptr_t)address + at) % HOST_PAGE) {
        volatile char *byte = (volatile char *)address + at;

        *byte = *byte;
    }
    maybe_lose("ProbeForWrite: access to the buffer", address);
}

HOST_API int8_t ExGetPreviousMode(void)
{
    return 1; /* UserMode: a request of a process */
}

/* ---- exceptions and levels ---- */

HOST_API void ExRaiseStatus(int32_t status)
{
    host_raise((uint32_t)status);
}

HOST_API uint8_t KeGetCurrentIrql(void)
{
    return (uint8_t)host_machine()->irql;
}

HOST_API void KeBugCheckEx(uint32_t code, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    (void)b;
    (void)c;
    (void)d;
    host_bug_check(code, "KeBugCheckEx", a);
}

/* ---- events: what the driver waits for has happened ---- */

HOST_API void KeInitializeEvent(void *event, int type, uint8_t state)
{
    (void)type;
    memset(event, 0, EVENT_BYTES);
    *((char *)event + EVENT_STATE) = (char)state;
}

HOST_API int32_t KeSetEvent(void *event, int32_t increment, uint8_t waits)
{
    char *state = (char *)event + EVENT_STATE, before = *state;

    (void)increment;
    (void)waits;
    *state = 1;
    return before;
}

HOST_API void KeClearEvent(void *event)
{
    *((char *)event + EVENT_STATE) = 0;
}

HOST_API int32_t KeWaitForSingleObject(void *object, int reason, int8_t mode, uint8_t is_alertable, const int64_t *timeout)
{
    struct host *self = host_machine();

    (void)object;
    (void)reason;
    (void)mode;
    (void)is_alertable;
    (void)timeout;
    if (self->on_wait)
        self->on_wait(self->on_wait_context);
    return STATUS_SUCCESS;
}

HOST_API void mdlguard_host_on_wait(mdlguard_host_function *run, void *context)
{
    host_machine()->on_wait = run;
    host_machine()->on_wait_context = context;
}

/* ---- IRPs ---- */

/* CurrentStackLocation is in the union behind Tail.Overlay: offset 184 of 64-bit Windows. */
#define IRP_STACK_OFFSET 184

HOST_API void *IoAllocateIrp(int8_t stack_size, uint8_t charge_quota)
{
    struct host *self = host_machine();
    uint64_t bytes = IRP_BYTES + (uint64_t)(stack_size > 0 ? stack_size : 1) * STACK_LOCATION_BYTES;
    char *irp = host_fails(self, "IoAllocateIrp") ? NULL : block_allocate(self, SPACE_POOL, bytes, "an IRP"), *stack;

    (void)charge_quota;
    if (!irp)
        return NULL;
    memset(irp, 0, bytes);
    stack = irp + bytes; /* one behind the last location */
    memcpy(irp + IRP_STACK_OFFSET, &stack, sizeof(stack));
    return irp;
}

HOST_API void IoFreeIrp(void *irp)
{
    block_free(host_machine(), irp);
}

HOST_API void IofCompleteRequest(void *irp, int8_t boost)
{
    (void)irp;
    (void)boost;
}

/* Only the format: what the arguments are is between the driver and its compiler. */
HOST_API uint32_t DbgPrint(const char *format, ...)
{
    host_print("DbgPrint: %s", format);
    return STATUS_SUCCESS;
}
