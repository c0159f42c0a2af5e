// clean: the address goes to the caller or into the context: its end is somebody else's task.
#include <wdm.h>

typedef struct _FILE_CONTEXT {
    PMDL Mdl;
    PVOID UserView;
    BOOLEAN Mapped;
} FILE_CONTEXT;

NTSTATUS open_view_ok(FILE_CONTEXT *context)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        context->UserView = MmMapLockedPagesSpecifyCache(context->Mdl, UserMode, MmCached, NULL, FALSE,
                                                         NormalPagePriority);
        context->Mapped = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        context->UserView = NULL;
    }
    return status;
}

void close_view_ok(FILE_CONTEXT *context)
{
    if (context->Mapped) {
        MmUnmapLockedPages(context->UserView, context->Mdl);
        context->Mapped = FALSE;
    }
}

PVOID give_view_ok(PMDL locked)
{
    PVOID view = NULL;

    __try {
        view = MmMapLockedPagesSpecifyCache(locked, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        view = NULL;
    }
    return view;
}
