"""What generated programs call besides the routines of MDLs: the outside world, pool, memory and exceptions."""

from machine import Mdl, Token, Undefined
from values import Cell, Outside, Struct
from words import FAILURES

COUNTS = (0, 1, 2, 3, 4, 5)  # what a number from outside may be


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

    def call_IoAllocateIrp(self, *_):
        if not self.choose(2):
            return 0
        irp = Struct("IRP", {"MdlAddress": Cell(0)})
        self.outside.append(irp)  # no rule speaks of an IRP that is lost
        return irp

    @staticmethod
    def irp(value):
        if not isinstance(value, Struct):
            raise Undefined("no IRP")
        return value

    def call_IoFreeIrp(self, value):
        irp = self.irp(value)
        mdl = irp.get("MdlAddress")
        irp.freed = True
        if isinstance(mdl, Mdl):
            self.machine.drop(mdl)

    def call_IoSetCompletionRoutine(self, irp, function, context, *_):
        self.irp(irp).set("done", (function, context))

    def call_IoCallDriver(self, device, irp):
        """The IRP is completed at once. Whoever sends it cannot tell, and may not count on it."""
        function, context = self.irp(irp).get("done")
        self.call_function(self.functions[function.name], [device, irp, context])
        return (0x103, FAILURES["STATUS_UNSUCCESSFUL"])[self.choose(2)]

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
