// clean: returned, stored in an out parameter, a context or a list: somebody else will free it.
#include <wdm.h>

typedef struct _BUFFER {
    LIST_ENTRY Link;
    PMDL Mdl;
} BUFFER;

static PMDL g_spare_mdl;

void queue_for_device(PMDL mdl);

PMDL make_ok(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl != NULL)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

NTSTATUS make_out_ok(PVOID pool, ULONG length, PMDL *result)
{
    *result = make_ok(pool, length);
    return *result != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS keep_ok(PLIST_ENTRY list, PVOID pool, ULONG length)
{
    BUFFER *buffer = ExAllocatePoolWithTag(NonPagedPool, sizeof(*buffer), 'fuBM');

    if (buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer->Mdl = make_ok(pool, length);
    if (buffer->Mdl == NULL) {
        ExFreePoolWithTag(buffer, 'fuBM');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    InsertTailList(list, &buffer->Link);
    return STATUS_SUCCESS;
}

void spare_ok(PVOID pool, ULONG length)
{
    PMDL mdl = make_ok(pool, length);

    if (g_spare_mdl == NULL)
        g_spare_mdl = mdl;
    else if (mdl != NULL)
        queue_for_device(mdl);
}

NTSTATUS attach_ok(PIRP irp, PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, irp);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    return STATUS_SUCCESS;
}
