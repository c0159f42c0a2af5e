// Library calls and register accesses touch what they are given: the address of a mapping is good for them until the unlock, and not after it.
#include <wdm.h>
#include <string.h>

void fill_ok(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        memset(address, 1, 16);
    MmUnlockPages(mdl);
}

void fill_bad(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        memset(address, 1, 16); // expect: MDL014
}

void clear_ok(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        RtlZeroMemory(address, 16);
    MmUnlockPages(mdl);
}

void clear_bad(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        RtlZeroMemory(address, 16); // expect: MDL014
}

void copy_ok(PMDL mdl, const UCHAR *from)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        memcpy(address, from, 16);
    MmUnlockPages(mdl);
}

void copy_bad(PMDL mdl, const UCHAR *from)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        memcpy(address, from, 16); // expect: MDL014
}

void move_ok(PMDL mdl, PUCHAR to)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        RtlMoveMemory(to, address, 16);
    MmUnlockPages(mdl);
}

void move_bad(PMDL mdl, PUCHAR to)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        RtlMoveMemory(to, address, 16); // expect: MDL014
}

void length_ok(PMDL mdl, SIZE_T *bytes)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        *bytes = strlen((const char *)address);
    MmUnlockPages(mdl);
}

void length_bad(PMDL mdl, SIZE_T *bytes)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        *bytes = strlen((const char *)address); // expect: MDL014
}

void compare_ok(PMDL mdl, const UCHAR *with, int *result)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        *result = memcmp(address, with, 16);
    MmUnlockPages(mdl);
}

void compare_bad(PMDL mdl, const UCHAR *with, int *result)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        *result = memcmp(address, with, 16); // expect: MDL014
}

void read_register_ok(PMDL mdl, ULONG *value)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        *value = READ_REGISTER_ULONG((PULONG)address);
    MmUnlockPages(mdl);
}

void read_register_bad(PMDL mdl, ULONG *value)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        *value = READ_REGISTER_ULONG((PULONG)address); // expect: MDL014
}

void write_register_ok(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        WRITE_REGISTER_ULONG((PULONG)address, 1);
    MmUnlockPages(mdl);
}

void write_register_bad(PMDL mdl)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        WRITE_REGISTER_ULONG((PULONG)address, 1); // expect: MDL014
}

void read_registers_ok(PMDL mdl, PULONG to)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        READ_REGISTER_BUFFER_ULONG((PULONG)address, to, 4);
    MmUnlockPages(mdl);
}

void read_registers_bad(PMDL mdl, PULONG to)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        READ_REGISTER_BUFFER_ULONG((PULONG)address, to, 4); // expect: MDL014
}

void write_registers_ok(PMDL mdl, PULONG from)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        WRITE_REGISTER_BUFFER_ULONG((PULONG)address, from, 4);
    MmUnlockPages(mdl);
}

void write_registers_bad(PMDL mdl, PULONG from)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        WRITE_REGISTER_BUFFER_ULONG((PULONG)address, from, 4); // expect: MDL014
}

void read_port_ok(PMDL mdl, PUCHAR port)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        READ_PORT_BUFFER_UCHAR(port, address, 16);
    MmUnlockPages(mdl);
}

void read_port_bad(PMDL mdl, PUCHAR port)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        READ_PORT_BUFFER_UCHAR(port, address, 16); // expect: MDL014
}

void write_port_ok(PMDL mdl, PUCHAR port)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (address != NULL)
        WRITE_PORT_BUFFER_UCHAR(port, address, 16);
    MmUnlockPages(mdl);
}

void write_port_bad(PMDL mdl, PUCHAR port)
{
    PUCHAR address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    MmUnlockPages(mdl);
    if (address != NULL)
        WRITE_PORT_BUFFER_UCHAR(port, address, 16); // expect: MDL014
}
