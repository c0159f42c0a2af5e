// clean: braces, defaults, enum classes, constants, auto and decltype, range-for: state that they set is known.
#include "wdk/d3dkmddi_iommu.h"

enum class Stage : UCHAR { None, Allocated, Locked = 4 };

struct Slot {
    PMDL mdl = nullptr;
    Stage stage{Stage::None};
    ULONG tags[2] = {1, 2};
};

struct Plain {
    PMDL mdl;
    struct {
        PVOID address;
        bool isMapped;
    } view;
};

constexpr ULONG SlotCount = 2;
constexpr bool Verbose = false;

static void close(Slot &slot)
{
    switch (slot.stage) {
    case Stage::Locked: MmUnlockPages(slot.mdl); [[fallthrough]];
    case Stage::Allocated: IoFreeMdl(slot.mdl); [[fallthrough]];
    case Stage::None: break;
    }
    slot = {};
}

static bool pin(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return false;
    }
    return true;
}

void stages_ok(PVOID buffer)
{
    Slot slot;
    slot.mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (slot.mdl)
        slot.stage = Stage::Allocated;
    if (slot.stage == Stage::Allocated && pin(slot.mdl))
        slot.stage = Stage::Locked;
    close(slot);
}

void never_filled_ok()
{
    Slot slot{}, other = {}, third;
    Plain plain = {}, copy{plain};
    if (slot.mdl || other.mdl || third.mdl || plain.mdl || copy.view.isMapped)
        MmUnlockPages(plain.mdl);
    close(slot);
}

void array_ok(PVOID buffer)
{
    Slot slots[SlotCount];
    for (auto &slot : slots) {
        slot.mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
        if (slot.mdl != nullptr)
            slot.stage = Stage::Allocated;
    }
    for (Slot &slot : slots)
        close(slot);
}

void casts_ok(PVOID buffer)
{
    auto opaque = reinterpret_cast<ULONG_PTR>(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr));
    decltype(opaque) same = opaque;
    if constexpr (Verbose)
        IoFreeMdl(nullptr);
    if (same)
        IoFreeMdl(reinterpret_cast<PMDL>(same));
}

void conditional_reference_ok(PVOID buffer, bool first)
{
    PMDL a = nullptr, b = nullptr;
    PMDL &chosen = first ? a : b;
    chosen = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    if (a)
        IoFreeMdl(a);
    if (b)
        IoFreeMdl(b);
}
