"""The resources in the life of an MDL: how each is acquired, tested, used and released, as drivers write it.

A chain is a list of stages that belong together: descriptor, pages, mappings. Shapes (shapes.py) put the code of the
stages into an order of statements; they know nothing of MDLs.
"""

import model as m
from words import (FALSE, NULL, SUCCESS, TRUE, address_of, arrow, call, dot, failure, let, not_null, num, succeeded, word)


class Stage:
    """One resource. `suffix` tells the slots of two MDLs in one function apart."""

    name = "Work"
    slot = ""  # what holds the resource, if it can be told by NULL
    ctype = ""
    sets_status = False
    raises = False

    def __init__(self, scope, suffix=""):
        self.scope, self.suffix, self.rng = scope, suffix, scope.rng

    def moved(self, scope):
        """The same stage with its slots elsewhere."""
        stage = m.copy.copy(self)
        stage.scope = scope
        return stage

    # What shapes ask for.

    def acquire(self, raw=False):
        """The statements that acquire it. raw: an exception may leave them."""
        raise NotImplementedError

    def ok(self):
        """The test after acquire(), or None if it cannot fail."""
        return not_null(self.product(), self.rng) if self.slot else succeeded(self.status())

    def after(self):
        """Statements once it is known to have succeeded."""
        return []

    def release(self):
        return []

    def clear(self):
        return [m.Assign(self.product(), NULL, role="clear")] if self.slot else []

    def held(self):
        """A test whether the resource is held, by its slot alone; None if there is no slot."""
        return not_null(self.product(), self.rng) if self.slot else None

    def held_by_flags(self):
        """The same by what the memory manager notes in the MDL."""
        return None

    def uses(self):
        return []

    # Names.

    def product(self):
        return self.scope.at(self.slot + self.suffix, self.ctype)

    def mdl(self):
        return self.scope.at("Mdl" + self.suffix, "PMDL")

    def status(self):
        return self.scope.local("Status", "NTSTATUS")

    def key(self):
        return self.name + self.suffix


class Work(Stage):
    """A step of the device that may fail and leaves nothing behind."""

    name, sets_status = "Work", True

    def __init__(self, scope, suffix=""):
        super().__init__(scope, suffix)
        self.routine = self.rng.choice(["DeviceStart", "DeviceProgram", "DeviceWait"])

    def acquire(self, raw=False):
        return [let(self.status(), self.routine, m.Name("Device"), role="work")]


class IoMdl(Stage):
    """IoAllocateMdl."""

    name, slot, ctype = "Mdl", "Mdl", "PMDL"

    def acquire(self, raw=False):
        return [
            let(self.product(), "IoAllocateMdl", m.Name("Buffer"), m.Name("Length"), FALSE, FALSE, NULL, role="acquire")
        ]

    def release(self):
        return [call("IoFreeMdl", self.mdl(), role="release")]

    def uses(self):
        size = self.scope.local("Size", "ULONG")
        return [let(size, "MmGetMdlByteCount", self.mdl(), role="use")]


class NonpagedMdl(IoMdl):
    """IoAllocateMdl and MmBuildMdlForNonPagedPool."""

    def after(self):
        return [call("MmBuildMdlForNonPagedPool", self.mdl())]


class PartialMdl(IoMdl):
    """A partial MDL over the MDL of the stages before it."""

    def after(self):
        source = self.scope.at("Mdl", "PMDL")
        return [call("IoBuildPartialMdl", source, self.mdl(), m.Name("Buffer"), m.Name("Length"))]


class PagesMdl(IoMdl):
    """MmAllocatePagesForMdlEx."""

    name = "Pages"

    def __init__(self, scope, suffix=""):
        super().__init__(scope, suffix)
        self.tagged = self.rng.random() < 0.3

    def acquire(self, raw=False):
        limit, flags = m.Name("Limit"), word("MM_ALLOCATE_FULLY_REQUIRED")
        arguments = [limit, limit, limit, m.Name("Length"), word("MmCached"), flags]
        return [let(self.product(), "MmAllocatePagesForMdlEx", *arguments, role="acquire")]

    def release(self):
        free = call("ExFreePoolWithTag", self.mdl(), word("0"), role="release") if self.tagged else \
            call("ExFreePool", self.mdl(), role="release")
        return [call("MmFreePagesFromMdl", self.mdl(), role="release"), free]


def code_filter(rng, is_mapping=False):
    """What an __except asks before it takes an exception: mostly nothing, sometimes whether it is the one that is expected. A mapping may also
    raise for lack of resources, as the host's does."""
    if rng.random() < 0.85:
        return None
    code = m.Call("GetExceptionCode")
    expected = m.Bin("==", code, failure("STATUS_ACCESS_VIOLATION"))
    if rng.random() < 0.3 or is_mapping:
        expected = m.Bin("||", expected, m.Bin("==", code, failure("STATUS_INSUFFICIENT_RESOURCES")))
    return m.Cond(expected, m.Num("EXCEPTION_EXECUTE_HANDLER", 1), m.Num("EXCEPTION_CONTINUE_SEARCH", 0))


class Lock(Stage):
    """MmProbeAndLockPages, in a __try of its own unless the shape has one."""

    name, sets_status, raises = "Lock", True, True

    def acquire(self, raw=False):
        probe = call("MmProbeAndLockPages", self.mdl(), word("KernelMode"), word("IoWriteAccess"), role="acquire")
        if raw:
            return [probe]
        handler = [m.Assign(self.status(), m.Call("GetExceptionCode"), role="flag")]
        if self.rng.random() < 0.2:
            handler[0].value = failure("STATUS_INVALID_USER_BUFFER")
        return [m.Assign(self.status(), SUCCESS), m.TryExcept([probe], handler, code_filter(self.rng))]

    def release(self):
        return [call("MmUnlockPages", self.mdl(), role="release")]

    def held_by_flags(self):
        return m.Bin("&", m.Field(self.mdl(), "MdlFlags"), m.Num("MDL_PAGES_LOCKED", 2))


class View(Stage):
    """A mapping to system space. `explicit`: it is unmapped and not left to what releases the pages."""

    name, slot, ctype = "View", "View", "PUCHAR"

    def __init__(self, scope, suffix="", safe=True, explicit=True, can_fail=True):
        super().__init__(scope, suffix)
        self.safe, self.explicit, self.can_fail = safe, explicit, can_fail

    def acquire(self, raw=False):
        priority = word("NormalPagePriority")
        if self.safe:
            return [let(self.product(), "MmGetSystemAddressForMdlSafe", self.mdl(), priority, role="acquire")]
        arguments = [self.mdl(), m.Num("KernelMode", 0), word("MmCached"), NULL, FALSE, priority]
        return [let(self.product(), "MmMapLockedPagesSpecifyCache", *arguments, role="acquire")]

    def ok(self):
        return super().ok() if self.can_fail else None

    def release(self):
        return [call("MmUnmapLockedPages", self.product(), self.mdl(), role="release")] if self.explicit else []

    def held_by_flags(self):
        return m.Bin("&", m.Field(self.mdl(), "MdlFlags"), m.Num("MDL_MAPPED_TO_SYSTEM_VA", 1))

    def uses(self):
        return [use_of(self.product(), self.rng)]


class UserView(Stage):
    """A mapping to user space."""

    name, slot, ctype, raises, sets_status = "User", "User", "PVOID", True, True

    def acquire(self, raw=False):
        arguments = [self.mdl(), m.Num("UserMode", 1), word("MmCached"), NULL, FALSE, word("NormalPagePriority")]
        mapped = let(self.product(), "MmMapLockedPagesSpecifyCache", *arguments, role="acquire")
        if raw:
            return [mapped]
        handler = [m.Assign(self.status(), m.Call("GetExceptionCode"), role="flag")]
        if self.rng.random() < 0.3:
            handler.insert(0, m.Assign(self.product(), NULL, role="clear"))
        return [m.Assign(self.status(), SUCCESS), m.TryExcept([mapped], handler, code_filter(self.rng, is_mapping=True))]

    def ok(self):
        return succeeded(self.status())

    def release(self):
        return [call("MmUnmapLockedPages", self.product(), self.mdl(), role="release")]


class ReservedView(Stage):
    """A mapping into a range that the device reserved before."""

    name, slot, ctype = "Reserved", "Window", "PUCHAR"

    def acquire(self, raw=False):
        arguments = [self.range(), word("'dlgM'"), self.mdl(), word("MmCached")]
        return [let(self.product(), "MmMapLockedPagesWithReservedMapping", *arguments, role="acquire")]

    def release(self):
        return [call("MmUnmapReservedMapping", self.range(), word("'dlgM'"), self.mdl(), role="release")]

    def range(self):
        """A range holds one mapping at a time."""
        return m.Name("Range" + self.suffix)

    def uses(self):
        return [use_of(self.product(), self.rng)]


class Iommu(Stage):
    """A mapping to the IOMMU through dxgkrnl, known by its handle."""

    name, slot, ctype, sets_status = "Iommu", "Handle", "HANDLE", True

    def acquire(self, raw=False):
        map_args = self.scope.local("Map" + self.suffix, "DXGKARGCB_MAPMDLTOIOMMU")
        routine = m.Field(m.Name("Dxgk"), "DxgkCbMapMdlToIoMmu")
        mapped = m.Call(routine, [arrow("Dxgk", "DeviceHandle"), m.Addr(map_args)])
        return [
            m.Assign(dot(map_args.name, "pMdl"), self.mdl()),
            m.Assign(self.status(), mapped, role="acquire"),
        ]

    def ok(self):
        return succeeded(self.status())

    def after(self):
        return [m.Assign(self.product(), dot("Map" + self.suffix, "hMemoryHandle"))]

    def release(self):
        return unmap_by_handle(self.scope, self.product(), "DxgkCbUnmapMdlFromIoMmu", "UNMAPMDLFROMIOMMU", self.suffix)


class DxgkPages(Stage):
    """Pages, descriptor and IOMMU mapping in one, from dxgkrnl."""

    name, slot, ctype, sets_status = "DxgkPages", "Handle", "HANDLE", True

    def acquire(self, raw=False):
        allocation = self.scope.local("Allocation" + self.suffix, "DXGKARGCB_ALLOCATEPAGESFORMDL")
        routine = m.Field(m.Name("Dxgk"), "DxgkCbAllocatePagesForMdl")
        made = m.Call(routine, [arrow("Dxgk", "DeviceHandle"), m.Addr(allocation)])
        return [
            m.Assign(dot(allocation.name, "TotalBytes"), m.Name("Length")),
            m.Assign(self.status(), made, role="acquire"),
        ]

    def ok(self):
        return succeeded(self.status())

    def after(self):
        return [m.Assign(self.product(), dot("Allocation" + self.suffix, "hMemoryHandle"))]

    def release(self):
        return unmap_by_handle(self.scope, self.product(), "DxgkCbFreePagesFromMdl", "FREEPAGESFROMMDL", "F" + self.suffix)


def unmap_by_handle(scope, handle, routine, record, suffix):
    args = scope.local("Unmap" + suffix, "DXGKARGCB_" + record)
    call_it = m.Call(m.Field(m.Name("Dxgk"), routine), [arrow("Dxgk", "DeviceHandle"), address_of(args.name)])
    return [m.Assign(dot(args.name, "hMemoryHandle"), handle), m.Do(call_it, role="release")]


def use_of(address, rng):
    """A statement that touches the memory behind an address."""
    kind = rng.randrange(4)
    if kind == 0:
        return m.Assign(m.Deref(address, "volatile ULONG"), num(1), role="use")
    if kind == 1:
        return call("RtlZeroMemory", address, m.Name("Length"), role="use")
    if kind == 2:
        return call("RtlCopyMemory", address, m.Name("Buffer"), m.Name("Length"), role="use")
    return call("RtlCopyMemory", m.Name("Buffer"), address, m.Name("Length"), role="use")


# ---------------------------------------------------------------------------------------------------------------------
# Chains
# ---------------------------------------------------------------------------------------------------------------------


def chain_of_locked(scope, suffix):
    rng, stages = scope.rng, [IoMdl(scope, suffix), Lock(scope, suffix)]
    kind = rng.randrange(6)
    if kind < 4:
        stages.append(View(scope, suffix, safe=kind < 2, explicit=rng.random() < 0.5))
    elif kind == 4:
        stages.append(ReservedView(scope, suffix))
    return stages + device_views(scope, suffix)


def chain_of_nonpaged(scope, suffix):
    rng, stages = scope.rng, [NonpagedMdl(scope, suffix)]
    if rng.random() < 0.4:
        stages.append(View(scope, suffix, explicit=False, can_fail=rng.random() < 0.5))
    return stages + (device_views(scope, suffix) or [UserView(scope, suffix)])


def chain_of_pages(scope, suffix):
    rng, stages = scope.rng, [PagesMdl(scope, suffix)]
    if rng.random() < 0.7:
        stages.append(View(scope, suffix, safe=rng.random() < 0.5, explicit=rng.random() < 0.5))
    return stages + device_views(scope, suffix)


def chain_of_dxgk(scope, suffix):
    return [DxgkPages(scope, suffix)]


def device_views(scope, suffix):
    rng, stages = scope.rng, []
    if rng.random() < 0.35:
        stages.append(UserView(scope, suffix))
    if rng.random() < 0.4:
        stages.append(Iommu(scope, suffix))
    rng.shuffle(stages)
    return stages


def partial_over(scope, suffix):
    return [PartialMdl(scope, suffix), View(scope, suffix, explicit=False)]


CHAINS = (chain_of_locked,) * 5 + (chain_of_nonpaged,) * 2 + (chain_of_pages,) * 3 + (chain_of_dxgk,)


def life_cycle(scope, most=7):
    """The stages of one driver function: one MDL, sometimes two, with steps of the device in between."""
    rng = scope.rng
    kind = rng.choice(CHAINS)
    stages = kind(scope, "")
    if kind is chain_of_locked and len(stages) == 2 and rng.random() < 0.5:
        stages += partial_over(scope, "2")
    elif len(stages) < 4 and rng.random() < 0.35:
        stages += rng.choice(CHAINS)(scope, "2")
    stages = stages[:most]
    for number in range(rng.randrange(3)):
        if len(stages) < most:
            stages.insert(rng.randrange(1, len(stages) + 1), Work(scope, str(number + 1)))
    return stages


def life_cycle_of_wholes(scope, most=7):
    """The same without partial MDLs and what is made of them."""
    stages = life_cycle(scope, most)
    partial = {s.suffix for s in stages if isinstance(s, PartialMdl)}
    return [s for s in stages if isinstance(s, Work) or s.suffix not in partial]


__all__ = ["Stage", "Work", "IoMdl", "Lock", "View", "UserView", "life_cycle", "use_of", "TRUE"]
