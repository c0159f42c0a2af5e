// The release routine of a context unlocks before it unmaps: wrong whatever its callers did.
#include <wdm.h>

typedef struct _CAPTURE {
    PMDL Mdl;
    PVOID Address;
} CAPTURE;

static void capture_release_bad(CAPTURE *capture)
{
    MmUnlockPages(capture->Mdl);                        // expect: MDL002
    MmUnmapLockedPages(capture->Address, capture->Mdl); // step: MDL002
    IoFreeMdl(capture->Mdl);
}

static void capture_release_ok(CAPTURE *capture)
{
    MmUnmapLockedPages(capture->Address, capture->Mdl);
    MmUnlockPages(capture->Mdl);
    IoFreeMdl(capture->Mdl);
}

void on_cleanup(CAPTURE *first, CAPTURE *second)
{
    capture_release_bad(first);
    capture_release_ok(second);
}
