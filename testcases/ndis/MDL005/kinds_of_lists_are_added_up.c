// One function adds a kind to a list that has one already: what gives both back frees the MDL and uses it.
#include <wdm.h>

typedef struct _NET_BUFFER_LIST { struct _NET_BUFFER_LIST *Next; PMDL Mdl; ULONG Flags; } NET_BUFFER_LIST, *PNET_BUFFER_LIST;
VOID NdisFreeMdl(PMDL mdl);
void copy(PVOID to, PVOID from);
void indicate(PNET_BUFFER_LIST list);

#define LIST_OWN 0x0000F000
#define LIST_HEADER 0x00001000
#define LIST_INJECTED 0x00002000
#define LIST_TAGGED 0x00004000

void inject(PNET_BUFFER_LIST list)
{
    list->Flags &= ~LIST_OWN;
    list->Flags |= LIST_INJECTED;
    indicate(list);
}

/* Between clearing and setting, somebody else has had the list. */
void with_header(PNET_BUFFER_LIST list)
{
    list->Flags &= ~LIST_OWN;
    inject(list);
    list->Flags |= LIST_HEADER;
    indicate(list);
}

/* And here all of it was overwritten. */
void again(PNET_BUFFER_LIST list, const NET_BUFFER_LIST *other)
{
    list->Flags &= ~LIST_OWN;
    *list = *other;
    list->Flags |= LIST_TAGGED;
    indicate(list);
}

void tagged_bad(PNET_BUFFER_LIST list, PVOID to)
{
    if (list->Flags & LIST_TAGGED)
        NdisFreeMdl(list->Mdl);
    if (list->Flags & LIST_INJECTED) {
        PVOID address = MmGetSystemAddressForMdlSafe(list->Mdl, NormalPagePriority); // expect: MDL005

        if (address != NULL)
            copy(to, address);
    }
}

void give_back_bad(PNET_BUFFER_LIST list, PVOID to)
{
    if (list->Flags & LIST_HEADER)
        NdisFreeMdl(list->Mdl);
    if (list->Flags & LIST_INJECTED) {
        PVOID address = MmGetSystemAddressForMdlSafe(list->Mdl, NormalPagePriority); // expect: MDL005

        if (address != NULL)
            copy(to, address);
    }
}
