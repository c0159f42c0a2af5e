"""Runs one path of a program: statements, SEH, calls, expressions. What routines do to MDLs is the machine's."""

import model as m
from machine import Machine, Mdl, NullToken, Raised, Token, Undefined
from outside import COUNTS, Routines
from values import UNSET, Array, Cell, Frame, FunctionValue, Outside, Pointer, Struct

MAX_STEPS = 1500


class Abandoned(Exception):
    """Too many paths or steps to know the truth."""


# What leaves a statement other than by its end.
class BreakSignal(Exception):
    pass


class ContinueSignal(Exception):
    pass


class LeaveSignal(Exception):
    pass


class GotoSignal(Exception):
    def __init__(self, label):
        super().__init__(label)
        self.label = label


class ReturnSignal(Exception):
    def __init__(self, value):
        super().__init__()
        self.value = value


class Runner(Routines):
    """One path through the program."""

    def __init__(self, program, prefix):
        self.program = program
        self.functions = {f.name: f for f in program.functions}
        self.externs = {e.name: e.result for e in program.externs}
        self.globals = {t.name: self.table(t) for t in program.tables}
        self.prefix = prefix
        self.taken = []
        self.steps = 0
        self.frames = []
        self.entered = set()  # ids of functions that were run
        self.ran = set()  # ids of statements
        self.outside = []  # cells that live on after the program
        self.machine = Machine(self.choose, self.where, self.tokens)
        self.handlers = {
            m.Do: lambda s: self.value(s.expr),
            m.Assign: lambda s: self.assign(s),
            m.Decl: self.declare,
            m.If: lambda s: self.block(s.then if self.test(s.cond) else s.orelse),
            m.While: self.run_while,
            m.DoWhile: self.run_do,
            m.For: self.run_for,
            m.Block: lambda s: self.block(s.body),
            m.Switch: self.run_switch,
            m.TryExcept: self.run_except,
            m.TryFinally: self.run_finally,
            m.Label: lambda s: None,
        }
        self.signals = {m.Leave: LeaveSignal, m.Break: BreakSignal, m.Continue: ContinueSignal}

    # -- the path -----------------------------------------------------------------------------------------------------

    def choose(self, size):
        depth = len(self.taken)
        choice = self.prefix[depth] if depth < len(self.prefix) else 0
        self.taken.append((choice, size))
        return choice

    def where(self):
        return tuple(frame.statement for frame in self.frames if frame.statement)

    def run(self):
        root = self.program.root()
        arguments = [self.argument(p) for p in root.params]
        raised, result = False, None
        try:
            result = self.call_function(root, arguments)
        except Raised:
            raised = True
        self.frames.clear()
        self.machine.leaks(self.reachable([result] + self.outside), raised)
        return self.machine.violations

    def argument(self, param):
        """What the caller of the program passes. A count and a flag are chosen when they are first read."""
        if param.kind == "out":
            self.outside.append(Cell(0))
            return Pointer(self.outside[-1])
        if param.kind == "struct":
            self.outside.append(self.fresh(param.ctype.removesuffix(" *"), False).value)
            return self.outside[-1]
        if param.kind in ("bool", "count"):
            return lambda: self.choose(2) if param.kind == "bool" else COUNTS[self.choose(len(COUNTS))]
        return Outside(param.name)

    def tokens(self):
        """The mappings whose tokens somebody still has."""
        cells = [cell for frame in self.frames for cell in frame.cells.values()]
        return self.walk(cells + self.outside)[1]

    def reachable(self, roots):
        """The MDLs that can be got at from the roots; a token that can be is noted on its MDL."""
        mdls, mappings = self.walk(roots)
        for mapping in mappings:
            mapping.mdl.tokens_escaped = True
        return mdls

    @staticmethod
    def walk(roots):
        """The MDLs and the mappings that can be got at."""
        seen, found, mappings, todo = set(), set(), set(), list(roots)
        while todo:
            value = todo.pop()
            if isinstance(value, (int, type(None))) or value is UNSET or id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, Mdl):
                found.add(value)
                todo.append(value.next)
            elif isinstance(value, Token):
                mappings |= {value.mapping} if value.mapping else set()
            elif isinstance(value, Cell):
                todo.append(value.value)
            elif isinstance(value, Pointer):
                todo.append(value.cell)
            elif isinstance(value, Array):
                todo.extend(value.cells)
            elif isinstance(value, Struct) and not value.freed:
                todo.extend(value.cells.values())
        return found, mappings

    @staticmethod
    def table(table):
        return Cell(Struct(table.record, {name: Cell(FunctionValue(target)) for _, name, target in table.entries}))

    # -- statements ---------------------------------------------------------------------------------------------------

    def block(self, body):
        frame, depth = self.frames[-1], len(self.frames[-1].objects)
        try:
            self.sequence(body)
        finally:
            if len(frame.objects) > depth:
                self.destroy(frame, depth)

    def sequence(self, body):
        position = 0
        while position < len(body):
            try:
                self.statement(body[position])
                position += 1
            except GotoSignal as jump:
                position = next(
                    (i for i, s in enumerate(body) if isinstance(s, m.Label) and s.name == jump.label), None
                )
                if position is None:
                    raise

    def statement(self, statement):
        self.steps += 1
        self.ran.add(id(statement))
        if self.steps > MAX_STEPS:
            raise Abandoned("too many steps")
        self.frames[-1].statement = statement
        kind = type(statement)
        if kind is m.Return:
            raise ReturnSignal(None if statement.value is None else self.value(statement.value))
        if kind is m.Goto:
            raise GotoSignal(statement.label)
        if kind in self.signals:
            raise self.signals[kind]
        self.handlers[kind](statement)

    def assign(self, statement):
        value = self.value(statement.value)
        if isinstance(statement.target, m.Field) and statement.target.name == "Next":
            self.link(self.value(statement.target.base), value)
            return
        if isinstance(statement.target, m.Deref) and statement.target.cast:
            self.machine.use(self.value(statement.target.base))
            return
        self.place(statement.target).value = value

    def link(self, mdl, value):
        mdl = self.machine.checked(mdl)
        if self.machine.alive(mdl):
            mdl.next = value
        if isinstance(value, Mdl):
            value.linked = True

    def declare(self, s):
        frame = self.frames[-1]
        cell = frame.cells[s.name] = Cell()
        if s.length:
            cell.value = Array([self.fresh(s.ctype, s.zero) for _ in range(s.length)])
            return
        cell.value = self.fresh(s.ctype, s.zero).value
        if s.init is not None:
            cell.value = self.value(s.init)
        elif s.args is not None:
            self.construct(cell.value, s.args)

    def fresh(self, ctype, zero):
        """A new cell of the type: structures hold their members, and {0} or a class's members are set."""
        record = self.program.record(ctype)
        if record is None and not ctype.startswith("DXGKARGCB_"):
            return Cell(0 if zero else UNSET)
        struct = Struct(ctype)
        if record is None and zero:
            struct.cells = {"pMdl": Cell(0), "hMemoryHandle": Cell(0)}
        for member in record.members if record else []:
            struct.cells[member.name] = self.member(member, zero)
        return Cell(struct)

    def member(self, member, zero):
        if member.length:
            return Cell(Array([self.fresh(member.ctype, zero) for _ in range(member.length)]))
        return self.fresh(member.ctype, zero)

    def run_while(self, s):
        while self.test_at(s, s.cond):
            if not self.turn(s.body):
                break

    def run_do(self, s):
        while self.turn(s.body) and self.test_at(s, s.cond):
            pass

    def run_for(self, s):
        cell = self.place(s.variable)
        cell.value = self.value(s.start)
        while self.test_at(s, s.cond):
            if not self.turn(s.body):
                break
            cell.value = (cell.get() + s.step) & 0xFFFFFFFF

    def turn(self, body):
        """One round of a loop; False when it was left."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Abandoned("too many steps")
        try:
            self.block(body)
        except BreakSignal:
            return False
        except ContinueSignal:
            pass
        return True

    def test_at(self, statement, cond):
        self.frames[-1].statement = statement
        return self.test(cond)

    def run_switch(self, s):
        value = self.value(s.value)
        start = next((i for i, c in enumerate(s.cases) if c.value is not None and self.value(c.value) == value), None)
        if start is None:
            start = next((i for i, c in enumerate(s.cases) if c.value is None), len(s.cases))
        try:
            for case in s.cases[start:]:
                self.block(case.body)
        except BreakSignal:
            pass

    def guarded(self, s):
        """The body of a __try: under a handler that takes everything, an access to address 0 is an exception like another."""
        self.machine.guards += s.filter is None
        try:
            self.block(s.body)
        finally:
            self.machine.guards -= s.filter is None

    def run_except(self, s):
        depth = len(self.frames)
        try:
            self.guarded(s)
            return
        except LeaveSignal:
            return
        except Raised:
            del self.frames[depth:]
            self.frames[-1].statement = s
            if s.filter is not None and not self.test(s.filter):
                raise
        self.block(s.handler)

    def run_finally(self, s):
        frame, depth, pending = self.frames[-1], len(self.frames), None
        try:
            self.block(s.body)
        except LeaveSignal:
            pass
        except (Raised, ReturnSignal, GotoSignal, BreakSignal, ContinueSignal) as signal:
            pending = signal
        del self.frames[depth:]
        before, frame.abnormal = frame.abnormal, pending is not None
        self.block(s.final)
        frame.abnormal = before
        if pending is not None:
            raise pending

    # -- calls --------------------------------------------------------------------------------------------------------

    def call_function(self, function, arguments):
        if len(self.frames) > 50:
            raise Abandoned("recursion")
        cells = {p.name: Cell(a) for p, a in zip(function.params, arguments)}
        return self.run_body(function, cells)

    def run_body(self, function, cells):
        self.entered.add(id(function))
        self.frames.append(Frame(function, cells))
        depth = len(self.frames)
        result = None
        try:
            self.block(function.body)
        except ReturnSignal as signal:
            result = signal.value
        del self.frames[depth - 1 :]
        return result

    def construct(self, struct, arguments):
        self.call_method(struct, struct.record, [self.value(a) for a in arguments])
        self.frames[-1].objects.append(struct)

    def destroy(self, frame, depth):
        """Runs the destructors of the objects declared since, last one first."""
        del self.frames[self.frames.index(frame) + 1 :]
        while len(frame.objects) > depth:
            struct = frame.objects.pop()
            self.call_method(struct, "~" + struct.record, [])

    def call_method(self, struct, name, arguments):
        function = next((f for f in self.program.functions if f.owner == struct.record and f.name == name), None)
        if function is None:
            return None
        cells = {p.name: Cell(a) for p, a in zip(function.params, arguments)}
        cells["this"] = Cell(struct)
        return self.run_body(function, cells)

    def call(self, expr):
        if not isinstance(expr.callee, str):
            return self.call_through(expr)
        name, arguments = expr.callee, expr.args
        if name in self.functions:
            return self.call_function(self.functions[name], [self.value(a) for a in arguments])
        if name in self.externs:
            return self.ask(self.externs[name], [self.value(a) for a in arguments])
        builtin = getattr(self, "call_" + name, None)
        values = [self.value(a) for a in arguments]
        return builtin(*values) if builtin else getattr(self.machine, name)(*values)

    def call_through(self, expr):
        """A call through a pointer in a structure: dxgkrnl's, or a function of the program."""
        values = [self.value(a) for a in expr.args]
        if expr.callee.name.startswith("DxgkCb"):
            return getattr(self.machine, expr.callee.name)(*values)
        struct = self.struct_of(expr.callee)
        if expr.callee.name not in struct.cells:
            return self.call_method(struct, expr.callee.name, values)
        return self.call_function(self.functions[struct.get(expr.callee.name).name], values)

    # -- expressions --------------------------------------------------------------------------------------------------

    def test(self, expr):
        value = self.value(expr)
        return not (value == 0 or isinstance(value, NullToken))

    def value(self, expr):
        kind = type(expr)
        if kind is m.Num:
            return expr.value
        if kind is m.Name:
            return self.name(expr)
        if kind is m.Call:
            return self.call(expr)
        if kind is m.Not:
            return int(not self.test(expr.base))
        if kind is m.Bin:
            return self.binary(expr)
        if kind is m.Cond:
            return self.value(expr.yes if self.test(expr.test) else expr.no)
        if kind is m.Addr:
            return self.address(expr.base)
        if kind is m.Field:
            return self.member_value(expr)
        if kind is m.Deref and expr.cast:
            self.machine.use(self.value(expr.base))
            return 0
        cell = self.place(expr)
        if kind is m.PostDec:
            value = cell.get()
            cell.value = (value - 1) & 0xFFFFFFFF
            return value
        return cell.get()

    def name(self, expr):
        if expr.name in self.functions:
            return FunctionValue(expr.name)
        if self.program.record(expr.name):
            return Outside(expr.name)
        cell = self.place(expr)
        value = cell.get()
        if callable(value):
            value = cell.value = value()
        return value

    def member_value(self, expr):
        base = self.value(expr.base)
        if isinstance(base, Mdl):
            return self.mdl_member(base, expr.name)
        if isinstance(base, Outside):
            return Outside(expr.name)
        return self.place(expr).get()

    def mdl_member(self, mdl, name):
        if name == "Next":
            return mdl.next if self.machine.alive(mdl) else 0
        if name == "MdlFlags":
            return self.machine.flags(mdl)
        mapped = mdl.mapped("system")
        return Token(mapped[0], mdl) if mapped else 0

    def address(self, expr):
        cell = self.place(expr)
        return cell.value if isinstance(cell.value, Struct) else Pointer(cell)

    def struct_of(self, expr):
        """The structure that a member expression is about."""
        base = self.value(expr.base)
        if isinstance(base, Pointer):
            base = base.cell.get()
        if not isinstance(base, Struct):
            raise Undefined("member of no structure")
        return base

    def place(self, expr):
        """The cell that an expression names."""
        if isinstance(expr, m.Name):
            cells = self.frames[-1].cells
            if expr.name in cells:
                return cells[expr.name]
            if expr.name in self.globals:
                return self.globals[expr.name]
            if "this" not in cells:
                raise Undefined("no such name: " + expr.name)
            return self.struct_of(m.Field(m.Name("this"), expr.name)).cell(expr.name)
        if isinstance(expr, m.Field):
            return self.struct_of(expr).cell(expr.name)
        if isinstance(expr, m.Index):
            array, index = self.value(expr.base), self.value(expr.index)
            if not isinstance(array, Array) or index >= len(array.cells):
                raise Undefined("out of bounds")
            return array.cells[index]
        if isinstance(expr, m.PostDec):
            return self.place(expr.base)
        pointer = self.value(expr.base)
        if not isinstance(pointer, Pointer):
            raise Undefined("dereferenced what is no pointer")
        return pointer.cell

    def binary(self, expr):
        if expr.op == "&&":
            return int(self.test(expr.left) and self.test(expr.right))
        if expr.op == "||":
            return int(self.test(expr.left) or self.test(expr.right))
        left, right = (0 if isinstance(v, NullToken) else v for v in (self.value(expr.left), self.value(expr.right)))
        if expr.op in ("==", "!="):
            same = left is right or (isinstance(left, int) and isinstance(right, int) and left == right)
            if isinstance(left, Token) and isinstance(right, Token):
                same = left.mapping is right.mapping
            return int(same == (expr.op == "=="))
        if not isinstance(left, int):
            return left  # an offset into what an address points to
        return ARITHMETIC[expr.op](left, right)


ARITHMETIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
}
