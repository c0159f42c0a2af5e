/*
 * ring.c - the samples that nobody has read yet.
 *
 * The ring is too large for nonpaged pool, so its pages come from MmAllocatePagesForMdlEx and are mapped to system
 * space for as long as it lives. The writer is the DPC, readers run at PASSIVE_LEVEL: the spin lock covers positions
 * and samples.
 */
#include "pcidma.h"

static PUCHAR PdRingSamples(PPD_RING Ring)
{
    return (PUCHAR)(Ring->Header + 1);
}

/* Counts in sample slots; the converter tells how large one is. On success the caller owes a PdRingDestroy. */
NTSTATUS PdRingCreate(PPD_DEVICE Device, PPD_RING Ring)
{
    PHYSICAL_ADDRESS low, high, skip;
    PPD_RING_HEADER header;
    ULONG slotSize;
    PMDL mdl;

    low.QuadPart = 0;
    high.QuadPart = -1;
    skip.QuadPart = 0;
    mdl = MmAllocatePagesForMdlEx(low, high, skip, PD_RING_LENGTH, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    header = (PPD_RING_HEADER)MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, PD_MAP_PRIORITY);
    if (header == NULL) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    /* A card without its converter board reads all ones. */
    slotSize = PdReadRegister(&Device->Registers->SlotSize);
    if (slotSize != sizeof(ULONG)) {
        MmFreePagesFromMdl(mdl); // expect: MDL003
        MmUnmapLockedPages(header, mdl); // step: MDL003
        ExFreePool(mdl);
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }

    header->SlotSize = slotSize;
    header->SlotCount = (PD_RING_LENGTH - sizeof(*header)) / slotSize;
    header->Overruns = 0;
    header->Reserved = 0;

    Ring->Mdl = mdl;
    Ring->Header = header;
    Ring->Length = PD_RING_LENGTH;
    Ring->Capacity = header->SlotCount * slotSize;
    Ring->Head = 0;
    Ring->Used = 0;
    KeInitializeSpinLock(&Ring->Lock);
    return STATUS_SUCCESS;
}

/* The interrupt is disconnected and no handle is open: nobody looks at the samples. A ring never made is left alone. */
VOID PdRingDestroy(PPD_RING Ring)
{
    if (Ring->Mdl == NULL) {
        return;
    }
    MmUnmapLockedPages(Ring->Header, Ring->Mdl);
    MmFreePagesFromMdl(Ring->Mdl);
    ExFreePool(Ring->Mdl);
    Ring->Header = NULL;
    Ring->Mdl = NULL;
}

/* DPC only. When the ring is full the new sample is dropped: readers expect what they get to be without gaps. */
VOID PdRingPut(PPD_RING Ring, ULONG Sample)
{
    KeAcquireSpinLockAtDpcLevel(&Ring->Lock);
    if (Ring->Capacity - Ring->Used < sizeof(Sample)) {
        Ring->Header->Overruns += 1;
    } else {
        *(PULONG)(PdRingSamples(Ring) + Ring->Head) = Sample;
        Ring->Head = (Ring->Head + sizeof(Sample)) % Ring->Capacity;
        Ring->Used += sizeof(Sample);
    }
    KeReleaseSpinLockFromDpcLevel(&Ring->Lock);
}

/*
 * Copies the oldest samples, as many whole ones as fit, and returns the number of bytes. Destination is nonpageable: it
 * is written with the spin lock held.
 */
ULONG PdRingRead(PPD_RING Ring, PVOID Destination, ULONG Length, BOOLEAN Consume)
{
    ULONG tail, count, first;
    KIRQL irql;

    KeAcquireSpinLock(&Ring->Lock, &irql);
    count = Length < Ring->Used ? Length : Ring->Used;
    count -= count % sizeof(ULONG);
    tail = (Ring->Head + Ring->Capacity - Ring->Used) % Ring->Capacity;
    first = Ring->Capacity - tail;
    if (first > count) {
        first = count;
    }
    RtlCopyMemory(Destination, PdRingSamples(Ring) + tail, first);
    RtlCopyMemory((PUCHAR)Destination + first, PdRingSamples(Ring), count - first);
    if (Consume) {
        Ring->Used -= count;
    }
    KeReleaseSpinLock(&Ring->Lock, irql);
    return count;
}

/* The ring as it lies in memory, header first, cut off at Length. Destination is nonpageable. */
VOID PdRingImage(PPD_RING Ring, PVOID Destination, ULONG Length)
{
    KIRQL irql;

    if (Length > Ring->Length) {
        Length = Ring->Length;
    }
    KeAcquireSpinLock(&Ring->Lock, &irql);
    RtlCopyMemory(Destination, Ring->Header, Length);
    KeReleaseSpinLock(&Ring->Lock, irql);
}
