// MmGetMdlByteCount is a read of the descriptor, and the descriptor is gone.
#include <wdm.h>

typedef struct _REQUEST {
    PMDL Mdl;
    ULONG_PTR Transferred;
} REQUEST;

void finish_request_bad(REQUEST *request)
{
    MmUnlockPages(request->Mdl);
    IoFreeMdl(request->Mdl); // step: MDL005
    request->Transferred = MmGetMdlByteCount(request->Mdl); // expect: MDL005
    request->Mdl = NULL;
}

void finish_request_ok(REQUEST *request)
{
    request->Transferred = MmGetMdlByteCount(request->Mdl);
    MmUnlockPages(request->Mdl);
    IoFreeMdl(request->Mdl);
    request->Mdl = NULL;
}
