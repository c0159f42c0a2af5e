// The last word is written through an address that MmUnlockPages has already taken away.
#include <wdm.h>

NTSTATUS finish_packet_bad(PMDL mdl, ULONG sequence)
{
    PULONG packet;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    packet = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (packet == NULL) {
        MmUnlockPages(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    packet[1] = sequence;
    MmUnlockPages(mdl); // step: MDL014
    packet[0] = 1;      // expect: MDL014
    return STATUS_SUCCESS;
}

NTSTATUS finish_packet_ok(PMDL mdl, ULONG sequence)
{
    PULONG packet;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    packet = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (packet != NULL) {
        packet[1] = sequence;
        packet[0] = 1;
    }
    MmUnlockPages(mdl);
    return packet != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
