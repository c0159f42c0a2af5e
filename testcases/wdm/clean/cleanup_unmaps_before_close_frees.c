// clean: Open maps, Cleanup unmaps in the process of the handle, Close frees: the order of the callbacks makes it right.
#include <wdm.h>

typedef struct _FILE_VIEW {
    PMDL Mdl;
    PVOID Address;
} FILE_VIEW, *PFILE_VIEW;

NTSTATUS open_view(PFILE_VIEW view)
{
    __try {
        view->Address = MmMapLockedPagesSpecifyCache(view->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

VOID cleanup_view(PFILE_VIEW view)
{
    if (view->Address != NULL)
        MmUnmapLockedPages(view->Address, view->Mdl);
    view->Address = NULL;
}

VOID close_view(PFILE_VIEW view)
{
    MmUnlockPages(view->Mdl);
    IoFreeMdl(view->Mdl);
}
