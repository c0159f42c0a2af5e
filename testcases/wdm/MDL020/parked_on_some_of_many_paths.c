// A helper with many ways through parks the request's MDL on half of them: wherever it is, it is not lost. One that drops it loses it.
#include <wdm.h>

typedef struct _PARK {
    PMDL kept;
    ULONG flushed, counted, logged, woken;
} PARK;

static void park(PIRP irp, PARK *place, ULONG flags)
{
    if (flags & 1) {
        place->kept = irp->MdlAddress;
        irp->MdlAddress = NULL;
    }
    if (flags & 2)
        place->flushed = 1;
    if (flags & 4)
        place->counted = 1;
    if (flags & 8)
        place->logged = 1;
    if (flags & 16)
        place->woken = 1;
}

NTSTATUS park_ok(PIRP irp, PVOID buffer, ULONG length, ULONG flags)
{
    PARK place = {0};
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->MdlAddress = mdl;
    park(irp, &place, flags);
    IoFreeMdl(place.kept ? place.kept : irp->MdlAddress);
    irp->MdlAddress = NULL;
    return STATUS_SUCCESS;
}

static void drop(PIRP irp, ULONG flags)
{
    if (flags & 1)
        irp->MdlAddress = NULL;
}

NTSTATUS drop_bad(PIRP irp, PVOID buffer, ULONG length, ULONG flags)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL); // expect: MDL020

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->MdlAddress = mdl;
    drop(irp, flags);
    if (irp->MdlAddress)
        IoFreeMdl(irp->MdlAddress);
    irp->MdlAddress = NULL;
    return STATUS_SUCCESS;
}
