// The callee's own mistake is reported in the callee, once, and not again at each call of it.
#include <ntddk.h>

static PMDL g_mdl;

NTSTATUS read_image(PVOID to, ULONG length);

static NTSTATUS load_bad(PULONG map, ULONG count)
{
    PHYSICAL_ADDRESS low = {0}, high = {0}, skip = {0};
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    PUCHAR image;
    ULONG i, j;

    high.QuadPart = -1;
    g_mdl = MmAllocatePagesForMdl(low, high, skip, 1 << 20); // step: MDL023
    if (!g_mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    image = MmMapLockedPagesSpecifyCache(g_mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (image) {
        status = read_image(image, 1 << 20); // expect: MDL033
        if (NT_SUCCESS(status)) {
            for (i = 0; i < count; i++) {
                for (j = 0; j < 16; j++) {
                    if (map[i] & (1u << j))
                        image[i] ^= (UCHAR)j;
                    else if (map[i] == j)
                        break;
                }
                if (image[i] != 0xce)
                    break;
            }
        }
        MmUnmapLockedPages(image, g_mdl);
    }
    ExFreePool(g_mdl); // expect: MDL023
    return status;
}

NTSTATUS start_ok(PULONG map, ULONG count)
{
    NTSTATUS status = load_bad(map, count);
    if (!NT_SUCCESS(status))
        return status;
    return load_bad(map, 3);
}
