// The teardown helper ends the view; the statistics behind it are read through the old address.
#include <wdm.h>

typedef struct _STREAM {
    PMDL Mdl;
    PULONG View;
} STREAM;

static void stream_stop(STREAM *stream)
{
    MmUnmapLockedPages(stream->View, stream->Mdl);
    MmUnlockPages(stream->Mdl);
    IoFreeMdl(stream->Mdl);
    stream->Mdl = NULL;
}

ULONG stream_close_bad(STREAM *stream)
{
    stream_stop(stream);
    return stream->View[1]; // expect: MDL014
}

ULONG stream_close_ok(STREAM *stream)
{
    ULONG count = stream->View[1];

    stream_stop(stream);
    stream->View = NULL;
    return count;
}
