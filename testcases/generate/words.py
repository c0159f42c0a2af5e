"""Short ways to write the trees of model.py: constants, tests and calls as drivers spell them."""

from model import Addr, Assign, Bin, Call, Do, Field, Name, Not, Num

NULL = Num("NULL", 0)
FALSE = Num("FALSE", 0)
TRUE = Num("TRUE", 1)
SUCCESS = Num("STATUS_SUCCESS", 0)

FAILURES = {
    "STATUS_UNSUCCESSFUL": -0x3FFFFFFF,
    "STATUS_INSUFFICIENT_RESOURCES": -0x3FFFFF66,
    "STATUS_INVALID_PARAMETER": -0x3FFFFFF3,
    "STATUS_INVALID_USER_BUFFER": -0x3FFFFF18,
    "STATUS_ACCESS_VIOLATION": -0x3FFFFFFB,
}


def failure(name="STATUS_INSUFFICIENT_RESOURCES"):
    return Num(name, FAILURES[name])


def num(value):
    return Num(str(value), value)


def word(text):
    """A constant whose value nobody asks for: an enumerator or a flag."""
    return Num(text, 1)


def succeeded(expr):
    return Call("NT_SUCCESS", [expr])


def failed(expr):
    return Not(succeeded(expr))


def is_null(expr, rng):
    return Not(expr) if rng.random() < 0.5 else Bin("==", expr, NULL)


def not_null(expr, rng):
    return expr if rng.random() < 0.4 else Bin("!=", expr, NULL)


def negated(expr):
    """The opposite test, spelled as a person would."""
    if isinstance(expr, Not):
        return expr.base
    if isinstance(expr, Bin) and expr.op in ("==", "!="):
        return Bin("!=" if expr.op == "==" else "==", expr.left, expr.right)
    return Not(expr)


def call(name, *args, role=""):
    return Do(Call(name, list(args)), role=role)


def let(target, name, *args, role=""):
    return Assign(target, Call(name, list(args)), role=role)


def arrow(base, name):
    return Field(Name(base), name, True)


def dot(base, name):
    return Field(Name(base), name, False)


def address_of(name):
    return Addr(Name(name))
