"""The abstract program: a tree of statements that the emitter prints as C, the interpreter runs and the mutators change.

It is C with the parts left out that no life cycle of an MDL needs. A body is a plain list of statements; expressions are
small trees. Every statement has a role, by which mutators find it, and gets the line on which the emitter printed it.
"""

import copy
from dataclasses import dataclass, field, fields

# ---------------------------------------------------------------------------------------------------------------------
# Expressions
# ---------------------------------------------------------------------------------------------------------------------


class Expr:
    """Base of all expressions."""


@dataclass
class Name(Expr):
    name: str


@dataclass
class Num(Expr):
    """A constant: how it is spelled, and its value."""

    text: str
    value: int


@dataclass
class Field(Expr):
    base: Expr
    name: str
    arrow: bool = True


@dataclass
class Index(Expr):
    base: Expr
    index: Expr


@dataclass
class Deref(Expr):
    """*base; with a cast it is an access to memory: *(volatile ULONG *)base."""

    base: Expr
    cast: str = ""


@dataclass
class Addr(Expr):
    base: Expr


@dataclass
class Not(Expr):
    base: Expr


@dataclass
class Bin(Expr):
    op: str
    left: Expr
    right: Expr


@dataclass
class Cond(Expr):
    """test ? yes : no"""

    test: Expr
    yes: Expr
    no: Expr


@dataclass
class PostDec(Expr):
    base: Expr


@dataclass
class Call(Expr):
    """callee is the name of a routine, or an expression that yields a function pointer."""

    callee: object
    args: list = field(default_factory=list)


# ---------------------------------------------------------------------------------------------------------------------
# Statements
# ---------------------------------------------------------------------------------------------------------------------


@dataclass
class Stmt:
    """Base of all statements. Roles: acquire, release, flag, clear, check, use, work, jump, or none."""

    role: str = field(default="", kw_only=True)
    line: int = field(default=0, kw_only=True, compare=False)

    def bodies(self):
        """The lists of statements inside this one."""
        return []


@dataclass
class Do(Stmt):
    """An expression evaluated for its effect."""

    expr: Expr


@dataclass
class Assign(Stmt):
    target: Expr
    value: Expr


@dataclass
class Decl(Stmt):
    """A local variable: length > 0 makes it an array, zero gives it the initialiser {0}; args are a constructor's."""

    ctype: str
    name: str
    init: Expr = None
    length: int = 0
    zero: bool = False
    args: list = None


@dataclass
class If(Stmt):
    cond: Expr
    then: list
    orelse: list = field(default_factory=list)

    def bodies(self):
        return [self.then, self.orelse] if self.orelse else [self.then]


@dataclass
class While(Stmt):
    cond: Expr
    body: list

    def bodies(self):
        return [self.body]


@dataclass
class DoWhile(Stmt):
    body: list
    cond: Expr

    def bodies(self):
        return [self.body]


@dataclass
class For(Stmt):
    """for (variable = start; cond; variable++) body; step -1 counts down."""

    variable: Expr
    start: Expr
    cond: Expr
    body: list
    step: int = 1

    def bodies(self):
        return [self.body]


@dataclass
class Block(Stmt):
    body: list

    def bodies(self):
        return [self.body]


@dataclass
class Case:
    """One case of a switch: value None is default. Without a break it falls into the next one."""

    value: Expr
    body: list


@dataclass
class Switch(Stmt):
    value: Expr
    cases: list

    def bodies(self):
        return [case.body for case in self.cases]


@dataclass
class TryExcept(Stmt):
    body: list
    handler: list
    filter: Expr = None  # None: EXCEPTION_EXECUTE_HANDLER

    def bodies(self):
        return [self.body, self.handler]


@dataclass
class TryFinally(Stmt):
    body: list
    final: list

    def bodies(self):
        return [self.body, self.final]


@dataclass
class Leave(Stmt):
    pass


@dataclass
class Break(Stmt):
    pass


@dataclass
class Continue(Stmt):
    pass


@dataclass
class Goto(Stmt):
    label: str


@dataclass
class Label(Stmt):
    name: str


@dataclass
class Return(Stmt):
    value: Expr = None


# ---------------------------------------------------------------------------------------------------------------------
# Declarations
# ---------------------------------------------------------------------------------------------------------------------


@dataclass
class Param:
    """kind is what the interpreter passes to the first function: see interp.Runner.argument."""

    ctype: str
    name: str
    kind: str = "opaque"


@dataclass
class Function:
    name: str
    ctype: str
    params: list
    body: list
    static: bool = True
    unit: int = 0  # which file of the program
    owner: str = ""  # the class of a member function
    first: int = 0  # lines, set by the emitter
    last: int = 0


@dataclass
class Member:
    ctype: str
    name: str
    length: int = 0


@dataclass
class Record:
    name: str
    members: list
    tag: str = ""  # the name of a class in C++: its constructor and destructor are functions of the program


@dataclass
class Table:
    """A constant structure of function pointers: members are (type of pointer, member, function)."""

    record: str
    name: str
    entries: list
    static: bool = True


@dataclass
class Extern:
    """A function of the outside world; result is status, bool, count or void."""

    name: str
    result: str


@dataclass
class Program:
    """One driver function with all that belongs to it. functions[-1] is the one that is called."""

    name: str
    idiom: str
    functions: list
    records: list = field(default_factory=list)
    externs: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    mutations: list = field(default_factory=list)
    cxx: bool = False

    def root(self):
        return self.functions[-1]

    def function(self, name):
        return next((f for f in self.functions if f.name == name), None)

    def record(self, name):
        return next((r for r in self.records if r.name == name), None)


# ---------------------------------------------------------------------------------------------------------------------
# Walking
# ---------------------------------------------------------------------------------------------------------------------


def statements(body):
    """All (list, index) places of a body, outermost first."""
    for i, statement in enumerate(body):
        yield body, i
        for inner in statement.bodies():
            yield from statements(inner)


def expressions(expr):
    """An expression and everything inside it."""
    if not isinstance(expr, Expr):
        return
    yield expr
    for item in fields(expr):
        value = getattr(expr, item.name)
        for inner in value if isinstance(value, list) else [value]:
            yield from expressions(inner)


def own_expressions(statement):
    """The expressions of a statement, without those of the statements inside it."""
    for item in fields(statement):
        value = getattr(statement, item.name)
        for inner in value if isinstance(value, list) else [value]:
            yield from expressions(inner)


def calls(statement):
    """The names of the routines that a statement itself calls; of a member, the member's name."""
    for expr in own_expressions(statement):
        if isinstance(expr, Call):
            yield expr.callee if isinstance(expr.callee, str) else getattr(expr.callee, "name", "")


def clone(tree):
    """A copy in which nothing is shared, not even what was shared inside the tree."""
    if isinstance(tree, list):
        return [clone(item) for item in tree]
    if isinstance(tree, (Expr, Stmt, Case)):
        twin = copy.copy(tree)
        for item in fields(tree):
            setattr(twin, item.name, clone(getattr(tree, item.name)))
        return twin
    return tree
