"""What a running program holds: cells, structures, pointers, and things of the outside world."""

from dataclasses import dataclass, field

import model as m
from machine import Undefined

UNSET = object()


@dataclass(eq=False)
class Cell:
    """A place that holds a value."""

    value: object = UNSET

    def get(self):
        if self.value is UNSET:
            raise Undefined("read before it is set")
        return self.value


@dataclass(eq=False)
class Struct:
    """A structure, an object of a class, or a block of pool."""

    record: str
    cells: dict = field(default_factory=dict)
    freed: bool = False

    def cell(self, name):
        if self.freed:
            raise Undefined("memory used after it was freed")
        return self.cells.setdefault(name, Cell())

    def get(self, name):
        return self.cell(name).get()

    def set(self, name, value):
        self.cell(name).value = value


@dataclass(eq=False)
class Pointer:
    """Points to a cell."""

    cell: Cell


@dataclass(eq=False)
class Array:
    cells: list


@dataclass(eq=False)
class Outside:
    """Something of the outside world that is only handed on."""

    name: str = ""


@dataclass
class FunctionValue:
    name: str


@dataclass(eq=False)
class Frame:
    function: m.Function
    cells: dict
    statement: m.Stmt = None
    abnormal: bool = False
    objects: list = field(default_factory=list)  # C++: (scope depth, object) to destroy
