"""What generated programs call besides the routines of MDLs: the outside world, pool, memory and exceptions."""

from machine import Mdl, Token, Undefined
from values import Outside, Struct
from words import FAILURES

COUNTS = (0, 1, 2, 3, 5)  # what a number from outside may be


class Routines:
    """Part of interp.Runner: each routine is a method call_NAME."""

    def ask(self, result, values):
        """A function of the outside world: any answer, and what it is given is its own from now on."""
        for value in values:
            self.outside.append(value)
            if isinstance(value, Token):
                self.machine.use(value)
        if result == "status":
            return (0, FAILURES["STATUS_UNSUCCESSFUL"])[self.choose(2)]
        if result == "bool":
            return self.choose(2)
        return COUNTS[self.choose(len(COUNTS))] if result == "count" else None

    def call_NT_SUCCESS(self, status):
        return int(status >= 0)

    def call_GetExceptionCode(self):
        return FAILURES["STATUS_ACCESS_VIOLATION"]

    def call_AbnormalTermination(self):
        return int(self.frames[-1].abnormal)

    def call_RtlZeroMemory(self, target, *_):
        if isinstance(target, Struct):
            for name, cell in self.fresh(target.record, True).value.cells.items():
                target.cells[name] = cell
        else:
            self.machine.use(target)

    def call_RtlCopyMemory(self, target, source, *_):
        self.machine.use(target)
        self.machine.use(source)

    def call_MmGetMdlByteCount(self, mdl):
        self.machine.alive(self.machine.checked(mdl))
        return 4096

    def call_ExAllocatePoolWithTag(self, _pool, size, _tag):
        if not self.choose(2):
            return 0
        return self.fresh(size.name, False).value if isinstance(size, Outside) else Outside("pool")

    def call_sizeof(self, record):
        return Outside(record.name)

    def call_MmAllocateMappingAddress(self, *_):
        return Outside("range") if self.choose(2) else 0

    def call_MmFreeMappingAddress(self, *_):
        return None

    def call_ExFreePoolWithTag(self, value, _tag):
        if isinstance(value, Mdl):
            self.machine.free_pool(value)
        elif isinstance(value, Struct):
            if value.freed:
                raise Undefined("pool freed twice")
            value.freed = True
        elif not isinstance(value, Outside):
            raise Undefined("freed what is no pool")

    def call_ExFreePool(self, value):
        self.call_ExFreePoolWithTag(value, None)
