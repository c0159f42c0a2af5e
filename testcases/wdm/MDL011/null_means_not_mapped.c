// A NULL address is the only sign of "not mapped"; one path unmaps and keeps the address.
#include <wdm.h>

typedef struct _EXT {
    PDEVICE_OBJECT Self;
    FAST_MUTEX Lock;
    PMDL CommonMdl;
    PUCHAR CommonUser;
    PUCHAR CommonKernel;
} EXT, *PEXT;

NTSTATUS HwArm(PEXT Ext);

static VOID CommonUnmapUser(PEXT Ext)
{
    if (Ext->CommonUser) {
        MmUnmapLockedPages(Ext->CommonUser, Ext->CommonMdl);
        Ext->CommonUser = NULL;
    }
}

static VOID CommonRelease(PEXT Ext)
{
    CommonUnmapUser(Ext);
    if (Ext->CommonMdl) {
        IoFreeMdl(Ext->CommonMdl);
        Ext->CommonMdl = NULL;
    }
}

static NTSTATUS CommonCreate(PEXT Ext, PVOID Pool, ULONG Size)
{
    Ext->CommonUser = NULL;
    Ext->CommonKernel = Pool;
    Ext->CommonMdl = IoAllocateMdl(Pool, Size, FALSE, FALSE, NULL);
    if (!Ext->CommonMdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(Ext->CommonMdl);
    __try {
        Ext->CommonUser = MmMapLockedPagesSpecifyCache(Ext->CommonMdl, UserMode, MmCached, NULL, FALSE,
                                                       NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Ext->CommonUser = NULL;
    }
    return STATUS_SUCCESS;
}

NTSTATUS CommonCycle_ok(PEXT Ext, PVOID Pool, ULONG Size)
{
    NTSTATUS status = CommonCreate(Ext, Pool, Size);

    if (!NT_SUCCESS(status))
        return status;
    status = HwArm(Ext);
    if (status == STATUS_DEVICE_BUSY)
        CommonUnmapUser(Ext);
    CommonRelease(Ext);
    return status;
}

NTSTATUS CommonCycle_bad(PEXT Ext, PVOID Pool, ULONG Size)
{
    NTSTATUS status = CommonCreate(Ext, Pool, Size);

    if (!NT_SUCCESS(status))
        return status;
    if (Ext->CommonUser == NULL) {
        CommonRelease(Ext);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = HwArm(Ext);
    if (status == STATUS_DEVICE_BUSY && Ext->CommonUser != NULL)
        MmUnmapLockedPages(Ext->CommonUser, Ext->CommonMdl);
    CommonRelease(Ext); // expect: MDL011
    return status;
}
