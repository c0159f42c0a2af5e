// A worker goes on to the next request, and nothing but a variable of its own still holds the MDL of the one before: that one must not be freed twice.
#include <wdm.h>

struct request { struct request *next; PMDL mdl; ULONG flags; };

void serve_ok(struct request *request, ULONG options)
{
    while (request) {
        PMDL mdl = request->mdl;

        request->mdl = NULL;
        if (options & request->flags)
            request->flags = 0;
        request = request->next;
        if (mdl)
            IoFreeMdl(mdl);
    }
}

void serve_bad(struct request *request, ULONG options)
{
    PMDL mdl = request->mdl;

    request->mdl = NULL;
    if (mdl == NULL)
        return;
    if (options & request->flags)
        request->flags = 0;
    request = request->next;
    IoFreeMdl(mdl);
    if (options & 1)
        options = 0;
    if (request != NULL)
        request->flags |= options;
    IoFreeMdl(mdl); // expect: MDL006
}
