"""Where the values of a life cycle live (locals, members of a context, elements of an array), and how bodies become functions.

A body is written with names alone; `assemble` finds out which of them are inputs that have to be parameters and which are
locals that have to be declared.
"""

import model as m
from words import NULL, num

# Names that come from the caller: type, and what the interpreter passes to the first function.
INPUTS = {
    "Device": ("PVOID", "opaque"),
    "Buffer": ("PVOID", "opaque"),
    "Length": ("ULONG", "opaque"),
    "Range": ("PVOID", "opaque"),
    "Range2": ("PVOID", "opaque"),
    "List": ("PVOID", "opaque"),
    "Target": ("PDEVICE_OBJECT", "opaque"),
    "Dxgk": ("DXGKRNL_INTERFACE *", "opaque"),
    "Limit": ("PHYSICAL_ADDRESS", "opaque"),
    "WantsIt": ("BOOLEAN", "bool"),
    "Count": ("ULONG", "count"),
}

POINTERS = ("PMDL", "PUCHAR", "PVOID", "HANDLE", "PIRP")


class Scope:
    """The names of one program: their types, and how a slot of a life cycle is written."""

    def __init__(self, rng, types=None, place=None):
        self.rng = rng
        self.types = types if types is not None else {"Status": "NTSTATUS"}
        self.place = place or m.Name
        self.slots = []  # in the order of their first use
        self.initialise = True

    def at(self, slot, ctype):
        """The expression for a slot, whose type is noted."""
        self.types[slot] = ctype
        if slot not in self.slots:
            self.slots.append(slot)
        return self.place(slot)

    def local(self, name, ctype):
        """A variable that is local wherever the slots are."""
        self.types[name] = ctype
        return m.Name(name)

    def within(self, place):
        """The same names, with the slots elsewhere."""
        scope = Scope(self.rng, self.types, place)
        scope.initialise = self.initialise
        return scope


def members_of(base, is_pointer):
    """A place function: the slots are members of the structure `base`."""
    return lambda slot: m.Field(m.Name(base), slot, is_pointer)


def elements_of(index="i", base=None, is_pointer=False):
    """A place function: each slot is an array, indexed by a variable."""
    def place(slot):
        array = m.Field(m.Name(base), slot + "s", is_pointer) if base else m.Name(slot + "s")
        return m.Index(array, m.Name(index))
    return place


def names_in(body):
    """All names that a body speaks of, in the order of their appearance."""
    found = {}
    for place, i in m.statements(body):
        for expr in m.own_expressions(place[i]):
            if isinstance(expr, m.Name):
                found.setdefault(expr.name)
        if isinstance(place[i], m.Switch):
            for case in place[i].cases:
                for expr in m.expressions(case.value):
                    if isinstance(expr, m.Name):
                        found.setdefault(expr.name)
    return list(found)


def assemble(scope, name, ctype, body, params=(), arrays=None, **options):
    """A function with this body: inputs become parameters, everything else that has a type is declared."""
    arrays = arrays or {}
    given = [p.name for p in params]
    declared = {s.name for s in body if isinstance(s, m.Decl)}
    inputs, decls = [], []
    for used in names_in(body):
        if used in given or used in declared:
            continue
        if used in INPUTS:
            inputs.append(m.Param(INPUTS[used][0], used, INPUTS[used][1]))
        elif used in arrays:
            decls.append(m.Decl(arrays[used][0], used, length=arrays[used][1], zero=True))
        elif used in scope.types:
            decls.append(declaration(scope, used))
    return m.Function(name, ctype, list(params) + inputs, decls + body, **options)


def declaration(scope, name):
    ctype = scope.types[name]
    if ctype.startswith("DXGKARGCB_"):
        return m.Decl(ctype, name, zero=True)
    if ctype in POINTERS and scope.initialise:
        return m.Decl(ctype, name, NULL)
    if ctype == "NTSTATUS" and scope.initialise:
        return m.Decl(ctype, name, m.Num("STATUS_SUCCESS", 0))
    if ctype == "BOOLEAN":
        return m.Decl(ctype, name, m.Num("FALSE", 0))
    if ctype == "ULONG" and scope.initialise:
        return m.Decl(ctype, name, num(0))
    return m.Decl(ctype, name)


def call_to(function, *given):
    """A call of an assembled function: the parameters that are not given are inputs of the caller as well."""
    return m.Call(function.name, list(given) + [m.Name(p.name) for p in function.params[len(given):]])
