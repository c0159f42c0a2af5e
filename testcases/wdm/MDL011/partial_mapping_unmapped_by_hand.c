// The mapping of a partial MDL ends with MmPrepareMdlForReuse or IoFreeMdl; MmUnmapLockedPages is not allowed.
#include <wdm.h>

void parse(PVOID bytes, ULONG length);

NTSTATUS parse_part_bad(PMDL source, PVOID start, ULONG length)
{
    PVOID bytes;
    PMDL part = IoAllocateMdl(start, length, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(source, part, start, length); // step: MDL011
    bytes = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    if (bytes != NULL) {
        parse(bytes, length);
        MmUnmapLockedPages(bytes, part); // expect: MDL011
    }
    IoFreeMdl(part);
    return STATUS_SUCCESS;
}

NTSTATUS parse_part_ok(PMDL source, PVOID start, ULONG length)
{
    PVOID bytes;
    PMDL part = IoAllocateMdl(start, length, FALSE, FALSE, NULL);

    if (part == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(source, part, start, length);
    bytes = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    if (bytes != NULL)
        parse(bytes, length);
    MmPrepareMdlForReuse(part);
    IoFreeMdl(part);
    return STATUS_SUCCESS;
}
