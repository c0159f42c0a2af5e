"""The rules of MDLs, once more and on their own: what each routine demands of the state of an MDL and does to it.

Written from the contract and the documents of the routines, not from the analyzer: a run of one path with concrete
objects. Every routine of Windows that generated programs call is a method named after it. What a routine may do (fail,
succeed, raise) is chosen by `choose`; a rule that is broken is noted with `violate`, after which the object is no longer
judged on this path: what follows from the first mistake is noted as a consequence.
"""

from dataclasses import dataclass, field

RESIDENT = ("locked", "nonpaged", "partial", "allocated", "io-space")
MDL_MAPPED, MDL_LOCKED, MDL_NONPAGED, MDL_PARTIAL = 0x1, 0x2, 0x4, 0x10


class Undefined(Exception):
    """The program does what no rule speaks of (NULL is dereferenced, garbage is read): it is no use as a test."""


class Raised(Exception):
    """An SEH exception."""


@dataclass(eq=False)
class Mdl:
    origin: str  # io, pages, io-space, dxgk
    pages: str
    where: tuple  # the statements, outermost call first, that made it
    live: bool = True
    mappings: list = field(default_factory=list)
    next: object = 0
    linked: bool = False  # was put behind another MDL
    source: object = None  # of a partial MDL
    judged: bool = False  # a rule was broken on it already
    pages_where: tuple = ()  # what locked or released the pages
    tokens_escaped: bool = False
    dropped: tuple = ()  # what freed the IRP that it hung from

    def mapped(self, *kinds):
        return [m for m in self.mappings if m.live and m.kind in kinds]


@dataclass(eq=False)
class Mapping:
    kind: str  # system, user, reserved, iommu
    mdl: Mdl
    where: tuple
    live: bool = True
    range: object = None  # of a reserved mapping: what it lies in
    ended: str = ""  # unmap, unlock, free-pages, free
    ended_where: tuple = ()

    def end(self, how, where):
        self.live, self.ended, self.ended_where = False, how, where


@dataclass(eq=False)
class Token:
    """An address or a handle: of a mapping, of pool behind a nonpaged MDL, or of a mapping that failed."""

    mapping: Mapping = None
    mdl: Mdl = None

    def is_null(self):
        return False


class NullToken(Token):
    """The NULL that a failed mapping returned: it differs from another NULL by what its use means."""

    def is_null(self):
        return True


@dataclass
class Violation:
    rules: frozenset  # one, or more where the contract leaves a choice
    where: tuple
    mdl: Mdl
    consequence: bool = False  # after another violation on the same object, or on a path that proves nothing


# Mappings that nothing but their token can end: losing it is a leak.
LOST = {"iommu": "MDL105", "user": "MDL022"}


class Machine:
    def __init__(self, choose, where, tokens=None):
        self.choose = choose  # choose(n) -> 0..n-1
        self.where = where  # where() -> tuple of statements
        self.tokens = tokens or self.all_mappings  # tokens() -> the mappings whose tokens can be reached
        self.mdls = []
        self.violations = []
        self.guards = 0  # handlers around this point that take every exception

    # -- helpers ------------------------------------------------------------------------------------------------------

    def violate(self, mdl, *rules, at=None):
        self.violations.append(Violation(frozenset(rules), at or self.where(), mdl, mdl.judged))
        mdl.judged = True

    def new(self, origin, pages):
        mdl = Mdl(origin, pages, self.where(), pages_where=self.where())
        self.mdls.append(mdl)
        return mdl

    def map(self, mdl, kind):
        mapping = Mapping(kind, mdl, self.where())
        mdl.mappings.append(mapping)
        return Token(mapping, mdl)

    def checked(self, value):
        """The MDL that is given to a routine."""
        if not isinstance(value, Mdl):
            raise Undefined("no MDL")
        if value.source and value.source.pages not in RESIDENT and value.live:
            raise Undefined("partial MDL outlives its source")
        return value

    def alive(self, mdl, rule="MDL005"):
        if not mdl.live:
            self.violate(mdl, rule)
        return mdl.live

    def end_system(self, mdl, how):
        for mapping in mdl.mapped("system"):
            mapping.end(how, self.where())

    def no_device(self, mdl, rule):
        return not self.first_broken(mdl, (mdl.mapped("iommu"), rule))

    def first_broken(self, mdl, *checks):
        """Reports the first (condition, rule) that holds; True if there is one. The others are its consequences."""
        broken = [(condition, rule) for condition, rule in checks if condition]
        for condition, rule in broken:
            self.violate(mdl, rule, *self.lost(condition))
        return bool(broken)

    def all_mappings(self):
        return [mapping for mdl in self.mdls for mapping in mdl.mappings]

    def lost(self, live):
        """The leak that it is as well, when the only name of a live mapping was overwritten before."""
        if not isinstance(live, list):
            return set()
        tokens = self.tokens()
        return {LOST[m.kind] for m in live if m.kind in LOST and m not in tokens}

    # -- descriptors --------------------------------------------------------------------------------------------------

    def IoAllocateMdl(self, *_):
        return self.new("io", "none") if self.choose(2) else 0

    def IoFreeMdl(self, value):
        mdl = self.checked(value)
        if not self.alive(mdl, "MDL006"):
            return
        self.first_broken(
            mdl,
            (mdl.mapped("iommu"), "MDL101"),
            (mdl.mapped("user", "reserved"), "MDL001"),
            (mdl.pages == "locked", "MDL004"),
            (mdl.origin not in ("io", "io-space"), "MDL009"),
            (mdl.pages == "io-space" and mdl.mapped("system"), "MDL001"),
        )
        self.end_system(mdl, "free")
        mdl.live = False

    def MmAllocatePagesForMdlEx(self, *_):
        return self.new("pages", "allocated") if self.choose(2) else 0

    def MmFreePagesFromMdl(self, value):
        mdl = self.checked(value)
        if not self.alive(mdl):
            return
        self.first_broken(
            mdl,
            (mdl.mapped("iommu"), "MDL103"),
            (mdl.mapped("user", "reserved"), "MDL003"),
            (mdl.origin != "pages", "MDL009"),
            (mdl.pages == "released", "MDL006"),
            (mdl.pages != "allocated", "MDL009"),
        )
        self.end_system(mdl, "free-pages")
        mdl.pages, mdl.pages_where = "released", self.where()

    def free_pool(self, mdl):
        """ExFreePool on an MDL; on anything else it is the interpreter's."""
        if not self.alive(mdl, "MDL006"):
            return
        self.first_broken(
            mdl,
            (mdl.mapped("iommu"), "MDL101"),
            (mdl.mapped("user", "reserved"), "MDL001"),
            (mdl.pages == "locked", "MDL004"),
            (mdl.origin != "pages", "MDL009"),
            (mdl.pages == "allocated", "MDL023"),
        )
        self.end_system(mdl, "free")
        mdl.live = False

    # -- pages --------------------------------------------------------------------------------------------------------

    def MmBuildMdlForNonPagedPool(self, value):
        mdl = self.checked(value)
        if not self.alive(mdl) or not self.no_device(mdl, "MDL104"):
            return
        self.first_broken(mdl, (mdl.pages not in ("none", "released"), "MDL008"))
        mdl.pages, mdl.pages_where = "nonpaged", self.where()

    def IoBuildPartialMdl(self, source, value, *_):
        mdl, source = self.checked(value), self.checked(source)
        if not self.alive(mdl) or not self.alive(source) or not self.no_device(mdl, "MDL104"):
            return
        if source.pages not in RESIDENT:
            self.violate(source, "MDL010")
        self.first_broken(
            mdl,
            (mdl.pages not in ("none", "partial", "released"), "MDL008"),
            (mdl.pages == "partial" and mdl.mapped("system"), "MDL008"),
        )
        mdl.pages, mdl.source, mdl.pages_where = "partial", source, self.where()

    def MmPrepareMdlForReuse(self, value):
        mdl = self.checked(value)
        if not self.alive(mdl):
            return
        if mdl.pages == "partial":
            self.end_system(mdl, "free")
            mdl.pages, mdl.source = "none", None

    def MmProbeAndLockPages(self, value, *_):
        mdl = self.checked(value)
        if not self.alive(mdl) or not self.no_device(mdl, "MDL104"):
            return
        if self.first_broken(mdl, (mdl.pages not in ("none", "released"), "MDL008")):
            return
        if not self.choose(2):
            raise Raised
        mdl.pages, mdl.pages_where = "locked", self.where()

    def MmUnlockPages(self, value):
        mdl = self.checked(value)
        if not self.alive(mdl):
            return
        broken = self.first_broken(
            mdl,
            (mdl.mapped("iommu"), "MDL102"),
            (mdl.mapped("user", "reserved"), "MDL002"),
            (mdl.pages != "locked", "MDL007"),
        )
        if broken and mdl.pages != "locked":
            return
        self.end_system(mdl, "unlock")
        mdl.pages, mdl.pages_where = "released", self.where()

    # -- mappings -----------------------------------------------------------------------------------------------------

    def MmGetSystemAddressForMdlSafe(self, value, *_):
        mdl = self.checked(value)
        if not self.alive(mdl):
            return 0
        if mdl.pages not in RESIDENT:
            self.violate(mdl, "MDL010")
        if mdl.pages == "nonpaged":
            return Token(None, mdl)
        if mdl.mapped("reserved"):
            raise Undefined("system address of an MDL in a reserved range")
        if mdl.mapped("system"):
            return Token(mdl.mapped("system")[0], mdl)
        return self.map(mdl, "system") if self.choose(2) else NullToken(None, mdl)

    def MmMapLockedPagesSpecifyCache(self, value, mode, _cache, _address, bug_check, *_):
        mdl = self.checked(value)
        if not self.alive(mdl):
            return 0
        if mdl.pages not in RESIDENT:
            self.violate(mdl, "MDL010")
        if mode:
            if not self.choose(2):
                raise Raised
            return self.map(mdl, "user")
        self.first_broken(
            mdl, (mdl.pages == "nonpaged", "MDL010"), (mdl.mapped("system", "reserved"), "MDL013")
        )
        if bug_check:
            return self.map(mdl, "system")
        return self.map(mdl, "system") if self.choose(2) else NullToken(None, mdl)

    def MmUnmapLockedPages(self, address, value):
        mdl = self.checked(value)
        mapping = address.mapping if isinstance(address, Token) else None
        if address == 0 or isinstance(address, NullToken):
            self.violate(mdl, "MDL011", "MDL015")
            return
        if not isinstance(address, Token):
            raise Undefined("address of unknown origin unmapped")
        if mapping is None:  # the pool behind a nonpaged MDL
            self.violate(mdl, "MDL011")
        elif mapping.mdl is not mdl:
            self.violate(mdl, *(("MDL012",) if mapping.live else ("MDL012", "MDL011")))
            self.violate(mapping.mdl, "MDL012")
        elif not mapping.live:
            self.unmap_dead(mapping, ("MDL011",))
        elif mapping.kind == "reserved" or (mapping.kind == "system" and mdl.pages == "partial"):
            self.violate(mdl, "MDL011")
        else:
            mapping.end("unmap", self.where())
        if not mdl.live and not mdl.judged:
            self.violate(mdl, "MDL005")

    def unmap_dead(self, mapping, twice):
        """An unmap of what has ended: the fault of the routine that ended it by itself, or of this call."""
        early = {"unlock": "MDL002", "free-pages": "MDL003", "free": "MDL001"}.get(mapping.ended)
        if early:
            self.violate(mapping.mdl, early, at=mapping.ended_where)
        else:
            self.violate(mapping.mdl, *twice)

    def MmMapLockedPagesWithReservedMapping(self, address, _tag, value, *_):
        mdl = self.checked(value)
        if not self.alive(mdl):
            return 0
        self.first_broken(
            mdl,
            (mdl.pages not in RESIDENT or mdl.pages == "nonpaged", "MDL010"),
            (mdl.mapped("system", "reserved"), "MDL013"),
        )
        if any(m.mdl is not mdl for m in self.mapped_in(address)):
            raise Undefined("the range is not empty: bug check 0xDA, 0x107")
        if not self.choose(2):
            return NullToken(None, mdl)
        token = self.map(mdl, "reserved")
        token.mapping.range = address
        return token

    def mapped_in(self, address):
        return [m for mdl in self.mdls for m in mdl.mapped("reserved") if m.range is address]

    def MmUnmapReservedMapping(self, address, _tag, value):
        mdl = self.checked(value)
        if not self.alive(mdl):
            return
        mapped, others = mdl.mapped("reserved"), [m.mdl for m in self.mapped_in(address) if m.mdl is not mdl]
        if others:
            self.violate(mdl, "MDL012")
            self.violate(others[0], "MDL012")
            return
        if not mapped or mapped[0].range is not address:
            self.violate(mdl, "MDL011")
            return
        mapped[0].end("unmap", self.where())

    def DxgkCbMapMdlToIoMmu(self, _adapter, args):
        mdl = self.checked(args.get("pMdl"))
        if not self.alive(mdl):
            return -1
        if mdl.pages not in RESIDENT:
            self.violate(mdl, "MDL107")
        if not self.choose(2):
            args.set("hMemoryHandle", Token(None, mdl))
            return -0x3FFFFF66
        args.set("hMemoryHandle", self.map(mdl, "iommu"))
        return 0

    def DxgkCbUnmapMdlFromIoMmu(self, _adapter, args):
        handle = args.get("hMemoryHandle")
        if handle == 0:
            self.violate(self.nobody(), "MDL106")
            return
        if not isinstance(handle, Token):
            raise Undefined("handle of unknown origin")
        if handle.mapping is None or not handle.mapping.live:
            self.violate(handle.mdl, "MDL106")
            return
        handle.mapping.end("unmap", self.where())

    def DxgkCbAllocatePagesForMdl(self, _adapter, args):
        if not self.choose(2):
            args.set("hMemoryHandle", Token(None, self.nobody()))
            return -0x3FFFFF66
        mdl = self.new("dxgk", "allocated")
        args.set("pMdl", mdl)
        args.set("hMemoryHandle", self.map(mdl, "iommu"))
        return 0

    def DxgkCbFreePagesFromMdl(self, _adapter, args):
        handle = args.get("hMemoryHandle")
        self.DxgkCbUnmapMdlFromIoMmu(_adapter, args)
        if isinstance(handle, Token) and handle.mapping and handle.mdl.origin == "dxgk":
            handle.mdl.live, handle.mdl.pages = False, "released"
        return 0

    def drop(self, mdl):
        """The IRP that it hangs from is freed: nobody else frees it with it."""
        if mdl.live:
            mdl.dropped = self.where()

    def nobody(self):
        """An object that stands for no MDL, for rules that are broken with none at hand."""
        return Mdl("none", "none", self.where(), live=False)

    # -- use ----------------------------------------------------------------------------------------------------------

    def use(self, value):
        """Reads or writes through an address."""
        if isinstance(value, NullToken):
            if self.guards:
                raise Raised  # address 0 is in the user's range: the function is ready for that
            self.violate(value.mdl, "MDL015")
        elif isinstance(value, Token):
            if value.mapping and not value.mapping.live:
                self.violate(value.mdl, "MDL014")
        elif value == 0:
            raise Undefined("NULL dereferenced")

    def flags(self, mdl):
        """MdlFlags as the memory manager keeps them."""
        if not self.alive(mdl):
            return 0
        bits = {"locked": MDL_LOCKED, "nonpaged": MDL_NONPAGED, "partial": MDL_PARTIAL}.get(mdl.pages, 0)
        return bits | (MDL_MAPPED if mdl.mapped("system", "reserved") else 0)

    # -- the end of a path --------------------------------------------------------------------------------------------

    def leaks(self, reachable, raised):
        """What is left of MDLs that nobody can reach any more, the gravest thing of each."""
        for mdl in self.mdls:
            rest = self.left_over(mdl)
            if rest and mdl not in reachable:
                rules, at = rest
                if mdl.dropped:
                    rules, at = ("MDL040", *rules), mdl.dropped
                self.violate(mdl, *rules, at=at)
                self.violations[-1].consequence |= raised or mdl.tokens_escaped

    @staticmethod
    def left_over(mdl):
        if not mdl.live:
            return None
        if mdl.origin == "dxgk":
            return ("MDL023",), mdl.where
        for kinds, rule in (("iommu",), "MDL105"), (("user", "reserved"), "MDL022"):
            mapped = mdl.mapped(*kinds)
            if mapped:
                return (rule,), mapped[0].where
        if mdl.linked:
            return ("MDL024",), mdl.where
        if mdl.pages == "allocated":
            return ("MDL023",), mdl.where
        if mdl.pages == "locked":
            return ("MDL021",), mdl.pages_where
        if mdl.pages == "released" and mdl.origin == "pages":
            return ("MDL009",), mdl.pages_where
        if mdl.pages == "io-space" and mdl.mapped("system"):
            return ("MDL022",), mdl.mapped("system")[0].where
        return ("MDL020",), mdl.where
