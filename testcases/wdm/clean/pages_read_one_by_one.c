// clean: a read loop locks, maps and copies one page after another, with a helper that has many ways out.
#include <wdm.h>

typedef struct _READER {
    HANDLE Section;
    ULONG Mode;
    PVOID Window;
    PMDL Spare;
} READER;

NTSTATUS next_window(READER *reader, LARGE_INTEGER at, PVOID *window);

static ULONG read_page(READER *reader, LARGE_INTEGER at, PUCHAR out, ULONG length)
{
    ULONG offset = (ULONG)(at.QuadPart & (PAGE_SIZE - 1)), done = 0;
    ULONG part = length < PAGE_SIZE - offset ? length : PAGE_SIZE - offset;
    PVOID window = NULL, view;
    PMDL mdl;

    if (reader->Mode == 0 || part == 0)
        return 0;
    if (!NT_SUCCESS(next_window(reader, at, &window)))
        return 0;
    mdl = IoAllocateMdl(window, PAGE_SIZE, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return 0;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (view != NULL) {
            RtlCopyMemory(out, (PUCHAR)view + offset, part);
            done = part;
        }
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        done = 0;
    }
    IoFreeMdl(mdl);
    return done;
}

NTSTATUS read_all(READER *reader, LARGE_INTEGER at, PUCHAR out, ULONG *length)
{
    ULONG total = 0;

    while (total < *length) {
        ULONG part = read_page(reader, at, out + total, *length - total);

        if (part == 0) {
            if (reader->Mode == 1)
                break;
            part = PAGE_SIZE - (ULONG)(at.QuadPart & (PAGE_SIZE - 1));
            if (part > *length - total)
                part = *length - total;
            RtlZeroMemory(out + total, part);
        }
        at.QuadPart += part;
        total += part;
    }
    *length = total;
    return total > 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
