/* Memory of a program, locked and mapped back into it. */
#ifndef BUFFER_H
#define BUFFER_H

#include <ntddk.h>

NTSTATUS BufferLock(PVOID Memory, ULONG Length, PMDL *Mdl);
VOID BufferUnmap(PVOID Address, PMDL Mdl);

#endif
