// clean: MdlFlags tell what has been done to an MDL that comes from elsewhere.
#include <wdm.h>

void release_any(PMDL mdl)
{
    if (mdl == NULL)
        return;
    if ((mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0 && (mdl->MdlFlags & MDL_PARTIAL) == 0)
        MmUnmapLockedPages(mdl->MappedSystemVa, mdl);
    if (mdl->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

void release_chain(PMDL head)
{
    PMDL next;

    while (head != NULL) {
        next = head->Next;
        if (head->MdlFlags & MDL_PAGES_LOCKED)
            MmUnlockPages(head);
        IoFreeMdl(head);
        head = next;
    }
}

NTSTATUS lock_if_needed(PVOID buffer, ULONG length, BOOLEAN pool)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (pool) {
        MmBuildMdlForNonPagedPool(mdl);
    } else {
        __try {
            MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(mdl);
            return GetExceptionCode();
        }
    }
    release_any(mdl);
    return STATUS_SUCCESS;
}
