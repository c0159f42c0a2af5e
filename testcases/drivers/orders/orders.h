/*
 * orders.h - what the files of this sample share: one buffer with a user mapping, in the forms that drivers give it.
 */
#ifndef ORDERS_H
#define ORDERS_H

#include <wdm.h>

#define ORDERS_TAG 'drOM'

/* A client's buffer, pinned, and the second address under which another process sees it. */
typedef struct _OR_VIEW {
    PMDL Mdl;
    PVOID UserVa;
    ULONG Bytes;
} OR_VIEW, *POR_VIEW;

/* hardware.c of a real driver; never seen here. */
NTSTATUS OrProgramDevice(PVOID Address, ULONG Bytes);
NTSTATUS OrWaitDevice(ULONG Milliseconds);

/* across_make.c */
NTSTATUS OrViewPin(POR_VIEW View, PVOID Buffer, ULONG Bytes);
NTSTATUS OrViewMap(POR_VIEW View);
NTSTATUS OrViewAllocate(POR_VIEW View, ULONG Bytes);
NTSTATUS OrViewDescribe(POR_VIEW View, PVOID Pool, ULONG Bytes);

/* across_break.c */
VOID OrViewUnmap(POR_VIEW View);
VOID OrViewUnpin(POR_VIEW View);
VOID OrViewFree(POR_VIEW View);
VOID OrViewFreePages(POR_VIEW View);

#endif
