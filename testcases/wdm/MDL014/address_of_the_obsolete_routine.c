// MmGetSystemAddressForMdl stops the machine when it fails: its result needs no check, but ends like any other.
#include <ntddk.h>

#undef MmGetSystemAddressForMdl
PVOID MmGetSystemAddressForMdl(PMDL mdl);

UCHAR first_bad(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdl(mdl);

    address[0] = 1;
    MmUnlockPages(mdl);
    return address[1]; // expect: MDL014
}

UCHAR first_ok(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdl(mdl);
    UCHAR first = address[1];

    MmUnlockPages(mdl);
    return first;
}

/* Over nonpaged pool there is no mapping, whose address one could give back. */
void pool_bad(PMDL mdl)
{
    PUCHAR address;

    MmBuildMdlForNonPagedPool(mdl);
    address = MmGetSystemAddressForMdl(mdl);
    address[0] = 1;
    MmUnmapLockedPages(address, mdl); // expect: MDL011
}

void pool_ok(PMDL mdl)
{
    PUCHAR address;

    MmBuildMdlForNonPagedPool(mdl);
    address = MmGetSystemAddressForMdl(mdl);
    address[0] = 1;
}
