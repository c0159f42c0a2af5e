/*
 * dispmini.h - classes of the display miniport.
 *
 * The GPU reaches system memory through the IOMMU and then through an aperture table of its own (Gart). Memory becomes
 * visible to it in this order, and is taken back in the opposite one:
 *
 *   pages are there (locked, allocated or nonpaged pool) -> Adapter::MapMdl -> Gart::Insert -> the GPU may use it
 *
 * dxgkrnl remembers the MDL behind the handle that MapMdl got and looks at it again in UnmapMdl. So an MDL, and the
 * pages behind it, must stay as they are until UnmapMdl has returned.
 *
 * Objects live in zeroed nonpaged pool and have no constructors or destructors: Init, Create and Free or Destroy say
 * when things happen. What fails leaves nothing behind.
 */
#pragma once

#include <wdk/dispmprt_min.h>

#ifndef MdlMappingNoExecute
#define MdlMappingNoExecute 0x40000000 /* not in every version of the headers */
#endif

namespace mini {

constexpr ULONG PoolTag = 'inmD';
constexpr ULONG GartEntries = 4096;
constexpr SIZE_T MaximumAllocation = 8 * 1024 * 1024;

/* Register file of the GPU, memory resource 0. */
struct Registers {
    ULONG Identity;
    ULONG Control;
    ULONG EngineStatus;
    ULONG GartFlush;
    ULONGLONG FenceAddress;      /* where the engine writes the number of the last command it finished */
    ULONGLONG FillAddress;       /* a page that FillStart fills with FillPattern */
    ULONG FillPattern;
    ULONG FillStart;
    ULONGLONG SaveFront;         /* a page for the shader registers of the preempted context */
    ULONGLONG SaveBack;          /* a page for its other registers */
    ULONGLONG Gart[GartEntries]; /* bus address of a page, bit 0: valid */
};

constexpr ULONG ControlReset = 1u << 0;
constexpr ULONG ControlRun = 1u << 1;
constexpr ULONG EngineReady = 1u << 0;
constexpr ULONG FillBusy = 1u << 1;
constexpr ULONGLONG GartValid = 1;

/* What the user-mode display driver says of an allocation. */
enum class Backing : ULONG {
    None = 0,
    User = 1,  /* memory of the creating process */
    Pages = 2, /* pages of ours */
};

struct AllocationRequest {
    Backing Kind;
    ULONG Reserved;
    ULONGLONG UserAddress; /* Backing::User: begins a page */
    ULONGLONG Length;      /* a multiple of the page size */
};

/* A mapping to the IOMMU. Handle has a meaning only while Mapped is set: no value of a handle says "none". */
struct IommuView {
    HANDLE Handle;
    bool Mapped;
};

/* Entries [First, First + Count) of the aperture; Count 0 is none. */
struct GartRange {
    ULONG First;
    ULONG Count;
};

/* The aperture table. Its memory is the device's; the pages that it points to are the caller's concern. */
class Gart {
public:
    void Init(Registers *registers);

    /* Points free entries at the pages of mdl, which is mapped to the IOMMU. On failure range is none. */
    NTSTATUS Insert(PMDL mdl, GartRange &range);

    /* The GPU cannot reach the pages any more when this returns. None is allowed. */
    void Remove(GartRange &range);

private:
    bool FindFree(ULONG count, ULONG &first) const;
    void Write(ULONG entry, ULONGLONG value);
    void Flush();

    Registers *m_registers;
    FAST_MUTEX m_lock; /* guards m_used and the entries */
    bool m_used[GartEntries];
};

/* One page of nonpaged pool that the engine reports its progress in. */
class FencePage {
public:
    NTSTATUS Create();
    void Free(); /* the GPU does not see the page any more */
    PMDL Mdl() const { return m_mdl; }
    ULONG Value() const { return *m_value; }

private:
    volatile ULONG *m_value;
    PMDL m_mdl;
};

/* Pages outside of pool, not mapped anywhere. */
class PageBlock {
public:
    NTSTATUS Create(SIZE_T length);
    void Free(); /* the GPU does not see the pages any more; a block not created is allowed */
    PMDL Mdl() const { return m_mdl; }

private:
    PMDL m_mdl;
};

class Adapter;

/* An allocation of dxgkrnl's, backed by system memory. */
class Allocation {
public:
    void Init(Adapter &adapter);

    /* Makes the memory and shows it to the GPU, or does nothing. In the process that creates the allocation. */
    NTSTATUS Create(const AllocationRequest &request);

    /* Undoes a Create that succeeded. In any process. */
    void Destroy();

private:
    NTSTATUS CreateFromUser(PVOID address, ULONG length);
    NTSTATUS CreateFromPages(SIZE_T length);
    NTSTATUS Pin(PVOID address, ULONG length);
    void Unpin();

    Adapter *m_adapter;
    Backing m_backing; /* None until Create has succeeded */
    PMDL m_mdl;        /* Backing::User */
    PageBlock m_pages; /* Backing::Pages */
    IommuView m_view;
    GartRange m_range;
};

/* A GPU context. While it lives the adapter's save pages are visible to the GPU. */
struct Context {
    Adapter *Owner;
    IommuView Front;
    IommuView Back;
};

class Adapter {
public:
    void Init(PDEVICE_OBJECT physicalDeviceObject);
    NTSTATUS Start(const DXGKRNL_INTERFACE &dxgk);
    void Stop();

    NTSTATUS CreateAllocations(DXGKARG_CREATEALLOCATION &request);
    void DestroyAllocations(const DXGKARG_DESTROYALLOCATION &request);
    NTSTATUS CreateContext(HANDLE &result);
    void DestroyContext(Context &context);

    /* PASSIVE_LEVEL. The pages of mdl are there already. On failure view is not mapped. */
    NTSTATUS MapMdl(PMDL mdl, IommuView &view);
    NTSTATUS MapMdl(const PageBlock &pages, IommuView &view);

    /* PASSIVE_LEVEL, and the GPU does not use the pages. A view that is not mapped is allowed. */
    void UnmapMdl(IommuView &view);

    Gart &Aperture() { return m_gart; }

private:
    NTSTATUS MapRegisters();
    void UnmapRegisters();
    NTSTATUS StartFence();
    void StopFence();
    NTSTATUS CreateSavePages();
    NTSTATUS SelfTest();
    bool FillPage(ULONGLONG address, ULONG pattern);
    bool WaitForEngine(ULONG mask, ULONG value);

    DXGKRNL_INTERFACE m_Interface;
    HANDLE m_hAdapter; /* m_Interface.DeviceHandle, which the callbacks want */
    PDEVICE_OBJECT m_pdo;
    Registers *m_registers;
    Gart m_gart;
    FencePage m_fence;
    IommuView m_fenceView;
    PageBlock m_saveFront;
    PageBlock m_saveBack;
    Context *m_context; /* the one context that the hardware has */
};

/* Zeroed nonpaged pool. */
void *Allocate(SIZE_T length);
void Free(void *memory);

/* Where the GPU finds the first page of mdl, once that is mapped to the IOMMU, which maps one to one. */
ULONGLONG AddressOfFirstPage(PMDL mdl);

/* Writes an address register in two halves. */
void WriteAddress(ULONGLONG *address, ULONGLONG value);

/* The priority of system mappings; the flag is not a value of the headers' enumeration. */
inline MM_PAGE_PRIORITY MapPriority()
{
    return static_cast<MM_PAGE_PRIORITY>(NormalPagePriority | MdlMappingNoExecute);
}

} // namespace mini
