// clean: each round of a loop builds a new MDL behind a pointer that moves now and then.
#include <wdm.h>

typedef struct _RUN {
    PVOID Buffer;
    PMDL Mdl;
} RUN;

VOID look_up(PVOID context, ULONG remaining, LONGLONG *disk, ULONG *count);

VOID prepare_ok(PIRP irp, LONGLONG cached, PVOID sector, RUN *runs, ULONG remaining, ULONG first)
{
    RUN *run = runs;
    LONGLONG disk = 0;
    ULONG count = 0;

    while (TRUE) {
        look_up(irp, remaining, &disk, &count);
        if (disk == cached) {
            if (disk == cached && sector != NULL)
                run -= 1;
            if (first == 0 && remaining >= 2352) {
                if (count <= remaining) {
                }
                run->Mdl = IoAllocateMdl(run->Buffer, PAGE_SIZE, FALSE, FALSE, NULL);
                if (run->Mdl == NULL)
                    ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
            }
        }
    }
}
