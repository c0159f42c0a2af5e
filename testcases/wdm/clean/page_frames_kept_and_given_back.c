// clean: a driver that keeps page frames instead of their MDL gives them back through an MDL that it fills in itself.
#include <ntifs.h>

struct frames {
    MDL Mdl;
    PFN_NUMBER Frames[16];
};

VOID give_back_ok(struct frames *frames, ULONG count)
{
    PMDL mdl = &frames->Mdl;

    mdl->Next = NULL;
    mdl->Size = (SHORT)(sizeof(MDL) + sizeof(PFN_NUMBER) * count);
    mdl->MdlFlags = MDL_PAGES_LOCKED;
    mdl->Process = NULL;
    mdl->MappedSystemVa = NULL;
    mdl->StartVa = NULL;
    mdl->ByteCount = count << PAGE_SHIFT;
    mdl->ByteOffset = 0;
    MmFreePagesFromMdl(mdl);
    RtlZeroMemory(mdl, sizeof(*mdl));
}
