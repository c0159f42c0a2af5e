/*
 * wrap_iospace.c - the wrapper of MmAllocateMdlForIoSpace, which not every system and import library has: for drivers that call it.
 */
#define MDLGUARD_SHIM_NO_MACROS
#include "mdlguard/shim.h"

#include "wrap.h"

NTKERNELAPI NTSTATUS NTAPI MmAllocateMdlForIoSpace(PVOID PhysicalAddressList, SIZE_T NumberOfEntries, PMDL *NewMdl);

NTSTATUS NTAPI MdlGuardMmAllocateMdlForIoSpace(PVOID arg0, SIZE_T arg1, PMDL *arg2)
{
    const char *File = NULL;
    ULONG Line = 0;

    ENTER(MmAllocateMdlForIoSpace);
    NTSTATUS result = MmAllocateMdlForIoSpace(arg0, arg1, arg2);
    LEAVE(MmAllocateMdlForIoSpace, result);
    return result;
}
