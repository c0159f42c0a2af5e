// RELEASE_MDL and SAFE_UNMAP test and clear what they are given; one macro forgets to clear.
#include <wdm.h>

#define SAFE_UNMAP(_va, _mdl)               \
    do {                                    \
        if ((_va) != NULL) {                \
            MmUnmapLockedPages((_va), (_mdl)); \
            (_va) = NULL;                   \
        }                                   \
    } while (0)

#define UNMAP_IF(_va, _mdl) if (_va) MmUnmapLockedPages(_va, _mdl)

#define RELEASE_MDL(_mdl)                           \
    {                                               \
        if (_mdl) {                                 \
            if ((_mdl)->MdlFlags & MDL_PAGES_LOCKED) \
                MmUnlockPages(_mdl);                \
            IoFreeMdl(_mdl);                        \
            _mdl = NULL;                            \
        }                                           \
    }

typedef struct _GRAB {
    PMDL Mdl;
    PVOID Va;
} GRAB, *PGRAB;

NTSTATUS GrabFrame(PVOID Va, ULONG Bytes);

FORCEINLINE PMDL GrabLock(PVOID Buffer, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl != NULL) {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            RELEASE_MDL(mdl);
        }
    }
    return mdl;
}

static __inline PVOID GrabMap(PMDL Mdl)
{
    return MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
}

NTSTATUS Grab_ok(PGRAB Grab, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    Grab->Va = NULL;
    Grab->Mdl = GrabLock(Buffer, Bytes);
    if (Grab->Mdl == NULL)
        return status;
    Grab->Va = GrabMap(Grab->Mdl);
    if (Grab->Va != NULL)
        status = GrabFrame(Grab->Va, Bytes);
    if (!NT_SUCCESS(status))
        SAFE_UNMAP(Grab->Va, Grab->Mdl);
    SAFE_UNMAP(Grab->Va, Grab->Mdl);
    RELEASE_MDL(Grab->Mdl);
    RELEASE_MDL(Grab->Mdl);
    return status;
}

NTSTATUS Grab_bad(PGRAB Grab, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    Grab->Va = NULL;
    Grab->Mdl = GrabLock(Buffer, Bytes);
    if (Grab->Mdl == NULL)
        return status;
    Grab->Va = GrabMap(Grab->Mdl);
    if (Grab->Va != NULL)
        status = GrabFrame(Grab->Va, Bytes);
    if (!NT_SUCCESS(status))
        UNMAP_IF(Grab->Va, Grab->Mdl);
    UNMAP_IF(Grab->Va, Grab->Mdl); // expect: MDL011 "Grab->Va"
    RELEASE_MDL(Grab->Mdl);
    return status;
}
