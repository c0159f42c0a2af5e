// A list is of one kind or another, never of both, as whoever sets the bits knows: nothing in the function that gives it back says so.
#include <wdm.h>

typedef struct _NET_BUFFER_LIST { struct _NET_BUFFER_LIST *Next; PMDL Mdl; ULONG Flags; } NET_BUFFER_LIST, *PNET_BUFFER_LIST;
VOID NdisFreeMdl(PMDL mdl);
void copy(PVOID to, PVOID from);

#define LIST_HEADER 1
#define LIST_INJECTED 2

void give_back_ok(PNET_BUFFER_LIST list, PVOID to)
{
    if (list->Flags & LIST_HEADER)
        NdisFreeMdl(list->Mdl);
    if (list->Flags & LIST_INJECTED) {
        PVOID address = MmGetSystemAddressForMdlSafe(list->Mdl, NormalPagePriority); // false: MDL005 — that two bits are never set together is not known

        if (address != NULL)
            copy(to, address);
        NdisFreeMdl(list->Mdl);
    }
}

/* One bit twice is another matter. */
void give_back_bad(PNET_BUFFER_LIST list, PVOID to)
{
    if (list->Flags & LIST_HEADER)
        NdisFreeMdl(list->Mdl);
    if (list->Flags & LIST_HEADER) {
        PVOID address = MmGetSystemAddressForMdlSafe(list->Mdl, NormalPagePriority); // expect: MDL005

        if (address != NULL)
            copy(to, address);
    }
}
