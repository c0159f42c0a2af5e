// The buffer of a WaveRT stream: unmapped before its pages are freed, by the port that allocated them.
#include "wdk/d3dkmddi_iommu.h"

struct IPortWaveRTStream {
    virtual PMDL AllocatePagesForMdl(PHYSICAL_ADDRESS HighAddress, SIZE_T TotalBytes) = 0;
    virtual PVOID MapAllocatedPages(PMDL Mdl, MEMORY_CACHING_TYPE CacheType) = 0;
    virtual VOID UnmapAllocatedPages(PVOID BaseAddress, PMDL Mdl) = 0;
    virtual VOID FreePagesFromMdl(PMDL Mdl) = 0;
};

struct Stream {
    IPortWaveRTStream *port;
    PMDL mdl;
    PVOID address;
};

NTSTATUS test_bad(Stream *stream, SIZE_T bytes)
{
    PHYSICAL_ADDRESS high;
    high.QuadPart = 0xffffffff;

    stream->mdl = stream->port->AllocatePagesForMdl(high, bytes);
    if (!stream->mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    stream->address = stream->port->MapAllocatedPages(stream->mdl, MmCached);
    stream->port->FreePagesFromMdl(stream->mdl); // expect: MDL003
    return STATUS_SUCCESS;
}

NTSTATUS test_ok(Stream *stream, SIZE_T bytes)
{
    PHYSICAL_ADDRESS high;
    high.QuadPart = 0xffffffff;

    stream->mdl = stream->port->AllocatePagesForMdl(high, bytes);
    if (!stream->mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    stream->address = stream->port->MapAllocatedPages(stream->mdl, MmCached);
    if (stream->address)
        stream->port->UnmapAllocatedPages(stream->address, stream->mdl);
    stream->port->FreePagesFromMdl(stream->mdl);
    return STATUS_SUCCESS;
}

NTSTATUS twice_bad(Stream *stream)
{
    stream->port->FreePagesFromMdl(stream->mdl);
    ExFreePool(stream->mdl); // expect: MDL006
    return STATUS_SUCCESS;
}

NTSTATUS unmapped_twice_bad(Stream *stream)
{
    stream->port->UnmapAllocatedPages(stream->address, stream->mdl);
    stream->port->UnmapAllocatedPages(stream->address, stream->mdl); // expect: MDL011
    return STATUS_SUCCESS;
}
