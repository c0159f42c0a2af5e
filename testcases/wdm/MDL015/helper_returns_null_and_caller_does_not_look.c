// The helper reports failure with NULL; one of its callers ignores it.
#include <wdm.h>

static PUCHAR bytes_of(PIRP irp, PULONG length)
{
    if (irp->MdlAddress == NULL) {
        *length = 0;
        return NULL;
    }
    *length = MmGetMdlByteCount(irp->MdlAddress);
    return MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
}

UCHAR first_byte_bad(PIRP irp)
{
    ULONG length;
    PUCHAR bytes = bytes_of(irp, &length);

    if (length == 0)
        return 0;
    return bytes[0]; // expect: MDL015
}

UCHAR first_byte_ok(PIRP irp)
{
    ULONG length;
    PUCHAR bytes = bytes_of(irp, &length);

    if (bytes == NULL || length == 0)
        return 0;
    return bytes[0];
}
