// A list is of one kind or another, never of both: whoever sets one of the bits that are the driver's has cleared the others, all over the driver.
#include <wdm.h>

typedef struct _NET_BUFFER_LIST { struct _NET_BUFFER_LIST *Next; PMDL Mdl; ULONG Flags; } NET_BUFFER_LIST, *PNET_BUFFER_LIST;
PMDL NdisAllocateMdl(PVOID handle, PVOID address, ULONG bytes);
VOID NdisFreeMdl(PMDL mdl);
void copy(PVOID to, PVOID from);
void indicate(PNET_BUFFER_LIST list);

#define LIST_OWN 0x0000F000
#define LIST_HEADER 0x00001000
#define LIST_INJECTED 0x00002000
#define LIST_TAGGED 0x00004000
#define LIST_CLEAR(list) ((list)->Flags &= ~LIST_OWN)
#define LIST_SET(list, flag) ((list)->Flags |= ((flag) & LIST_OWN))

void inject(PVOID handle, PNET_BUFFER_LIST list, PVOID data, ULONG bytes)
{
    list->Mdl = NdisAllocateMdl(handle, data, bytes);
    if (list->Mdl == NULL)
        return;
    LIST_CLEAR(list);
    LIST_SET(list, LIST_INJECTED);
    indicate(list);
}

void with_header(PVOID handle, PNET_BUFFER_LIST list, PVOID header, ULONG bytes)
{
    list->Mdl = NdisAllocateMdl(handle, header, bytes);
    if (list->Mdl == NULL)
        return;
    LIST_CLEAR(list);
    if (bytes > 0)
        LIST_SET(list, LIST_HEADER);
    if (bytes > 14)
        LIST_SET(list, LIST_TAGGED);
    indicate(list);
}

void give_back_ok(PNET_BUFFER_LIST list, PVOID to)
{
    if (list->Flags & LIST_HEADER)
        NdisFreeMdl(list->Mdl);
    if (list->Flags & LIST_INJECTED) {
        PVOID address = MmGetSystemAddressForMdlSafe(list->Mdl, NormalPagePriority);

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

/* A list with a header may be tagged besides. */
void tagged_bad(PNET_BUFFER_LIST list, PVOID to)
{
    if (list->Flags & LIST_HEADER)
        NdisFreeMdl(list->Mdl);
    if (list->Flags & LIST_TAGGED) {
        PVOID address = MmGetSystemAddressForMdlSafe(list->Mdl, NormalPagePriority); // expect: MDL005

        if (address != NULL)
            copy(to, address);
    }
}

/* A bit that is set out of sight. */
void unseen_bad(PNET_BUFFER_LIST list, PVOID to)
{
    if (list->Flags & LIST_HEADER)
        NdisFreeMdl(list->Mdl);
    if (list->Flags & 0x8000) {
        PVOID address = MmGetSystemAddressForMdlSafe(list->Mdl, NormalPagePriority); // expect: MDL005

        if (address != NULL)
            copy(to, address);
    }
}
