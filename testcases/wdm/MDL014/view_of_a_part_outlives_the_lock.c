// The view of a partial MDL is a view of its source's pages: it is good until these are unlocked or freed, whatever becomes of the partial MDL.
#include <wdm.h>

void fill(PUCHAR view, ULONG bytes);

static PUCHAR part_view(PMDL source, PMDL part, ULONG bytes)
{
    IoBuildPartialMdl(source, part, MmGetMdlVirtualAddress(source), bytes);
    return MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
}

void unlocked_in_between_bad(PMDL source, PMDL part, ULONG bytes)
{
    PUCHAR view = part_view(source, part, bytes);

    MmUnlockPages(source);
    if (view != NULL)
        fill(view, bytes); // expect: MDL014
    MmPrepareMdlForReuse(part);
}

void unlocked_afterwards_ok(PMDL source, PMDL part, ULONG bytes)
{
    PUCHAR view = part_view(source, part, bytes);

    if (view != NULL)
        fill(view, bytes);
    MmPrepareMdlForReuse(part);
    MmUnlockPages(source);
}

/* Pages that were allocated for the source go the same way. */
void freed_in_between_bad(PMDL source, PMDL part, ULONG bytes)
{
    PUCHAR view = part_view(source, part, bytes);

    MmFreePagesFromMdl(source);
    ExFreePool(source);
    if (view != NULL)
        view[bytes - 1] = 0; // expect: MDL014
}

/* Built again over another source, it has nothing to do with the first one any more. */
void other_source_ok(PMDL first, PMDL second, PMDL part, ULONG bytes)
{
    PUCHAR view = part_view(first, part, bytes);

    if (view != NULL)
        fill(view, bytes);
    MmPrepareMdlForReuse(part);
    view = part_view(second, part, bytes);
    MmUnlockPages(first);
    if (view != NULL)
        fill(view, bytes);
    MmPrepareMdlForReuse(part);
    MmUnlockPages(second);
}

/* In pieces, each with the same partial MDL. */
void pieces_ok(PMDL source, PMDL part, ULONG bytes)
{
    ULONG done;

    for (done = 0; done < bytes; done += PAGE_SIZE) {
        PUCHAR view;

        IoBuildPartialMdl(source, part, (PUCHAR)MmGetMdlVirtualAddress(source) + done, PAGE_SIZE);
        view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
        if (view != NULL)
            fill(view, PAGE_SIZE);
        MmPrepareMdlForReuse(part);
    }
    MmUnlockPages(source);
}

/* Over nonpaged pool the pages stay when the source goes. */
void pool_ok(PMDL source, PMDL part, ULONG bytes)
{
    PUCHAR view;

    MmBuildMdlForNonPagedPool(source);
    view = part_view(source, part, bytes);
    IoFreeMdl(source);
    if (view != NULL)
        fill(view, bytes);
    IoFreeMdl(part);
}
