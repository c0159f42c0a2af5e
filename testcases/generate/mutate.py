"""Mistakes as people make them, applied to a correct program. Whether one is a defect, the interpreter says afterwards.

A mutator is a function of a random generator and a program: it changes the program and says in words what it did, or
returns None when there is nothing it could change.
"""

import model as m
import resources
from words import FALSE, negated

# A routine and what is confused with it.
CONFUSED = {
    "IoFreeMdl": "ExFreePool",
    "ExFreePool": "IoFreeMdl",
    "MmUnlockPages": "MmFreePagesFromMdl",
    "MmFreePagesFromMdl": "MmUnlockPages",
}
NAMES = {"PUCHAR": ("View", "View2", "Window", "Window2"), "PVOID": ("User", "User2"), "PMDL": ("Mdl", "Mdl2"),
         "HANDLE": ("Handle", "Handle2")}


def places(program, *roles, kind=m.Stmt):
    """All (list, index) of statements with one of the roles (any role, if none is given)."""
    return [
        (place, i)
        for function in program.functions
        for place, i in m.statements(function.body)
        if isinstance(place[i], kind) and (not roles or place[i].role in roles)
    ]


def pick(rng, found):
    return rng.choice(found) if found else None


def drop_release(rng, program):
    at = pick(rng, places(program, "release"))
    if at:
        del at[0][at[1]]
        return "drop a release"
    return None


def duplicate_release(rng, program):
    at = pick(rng, places(program, "release"))
    if not at:
        return None
    place, i = at
    place.insert(rng.randrange(i + 1, len(place) + 1) if not ends_with_jump(place) else i + 1, m.clone(place[i]))
    return "duplicate a release"


def ends_with_jump(place):
    return bool(place) and isinstance(place[-1], (m.Return, m.Goto, m.Break, m.Leave, m.Continue))


def swap_releases(rng, program):
    pairs = []
    for place, i in places(program, "release"):
        others = [j for j in range(i + 1, len(place)) if place[j].role == "release"]
        pairs += [(place, i, j) for j in others[:2]]
    at = pick(rng, pairs)
    if not at:
        return None
    place, i, j = at
    place[i], place[j] = place[j], place[i]
    return "swap two releases"


def swap_blocks(rng, program):
    """Two tests that each release something change places, as do two labels with what is behind them."""
    def releases(s):
        return isinstance(s, m.If) and s.role == "check" and any(p[i].role == "release" for p, i in m.statements(s.then))
    pairs = [(p, i) for p, i in places(program, kind=m.If) if i + 1 < len(p) and releases(p[i]) and releases(p[i + 1])]
    at = pick(rng, pairs)
    if not at:
        return None
    place, i = at
    place[i], place[i + 1] = place[i + 1], place[i]
    return "swap two guarded releases"


def release_too_early(rng, program):
    """A release moves in front of the statement before it."""
    at = pick(rng, [(p, i) for p, i in places(program, "release") if i > 0])
    if not at:
        return None
    place, i = at
    j = rng.randrange(max(0, i - 3), i)
    place.insert(j, place.pop(i))
    return "move a release up"


def unguard_release(rng, program):
    """A release comes out of its condition."""
    at = pick(rng, [(p, i) for p, i in places(program, kind=m.If) if any(s.role == "release" for s in p[i].then)
                    and not ends_with_jump(p[i].then)])
    if not at:
        return None
    place, i = at
    place[i : i + 1] = place[i].then
    return "release without its condition"


def drop_check(rng, program):
    """A test for failure is forgotten."""
    at = pick(rng, [(p, i) for p, i in places(program, "check", kind=m.If) if ends_with_jump(p[i].then)])
    if not at:
        return None
    del at[0][at[1]]
    return "drop a check"


def negate_check(rng, program):
    at = pick(rng, places(program, "check", kind=m.If))
    if not at:
        return None
    statement = at[0][at[1]]
    statement.cond = negated(statement.cond)
    return "negate a check"


def return_early(rng, program):
    """The way out of a failure returns where it should have cleaned up."""
    found = [(p, i) for p, i in places(program, "jump", kind=m.Goto) + places(program, "jump", kind=m.Break)
             + places(program, "jump", kind=m.Leave)]
    found = [(p, i) for p, i in found if function_of(program, p).ctype == "NTSTATUS"]
    at = pick(rng, found)
    if not at:
        return None
    at[0][at[1]] = m.Return(m.Name("Status"), role="jump")
    return "return instead of the jump to the cleanup"


def function_of(program, place):
    for function in program.functions:
        if any(p is place for p, _ in m.statements(function.body)):
            return function
    return None


def return_between(rng, program):
    """A new failure that returns without any cleanup."""
    found = [(p, i) for p, i in places(program, "work", "use") if function_of(program, p).ctype == "NTSTATUS"
             and not isinstance(p[i], m.If)]
    at = pick(rng, found)
    if not at:
        return None
    place, i = at
    test = m.Not(m.Call("DeviceReady", [m.Name("Device")]))
    body = [m.Return(m.Num("STATUS_UNSUCCESSFUL", -0x3FFFFFFF), role="jump")]
    place.insert(i + 1, m.If(test, body, role="check"))
    if not any(p.name == "Device" for p in function_of(program, place).params):
        place[i + 1].cond = m.Call("DeviceReady", [m.Num("NULL", 0)])
    return "return before the cleanup"


def other_label(rng, program):
    found = []
    for place, i in places(program, kind=m.Goto):
        labels = [s.name for s in function_of(program, place).body if isinstance(s, m.Label)]
        found += [(place, i, label) for label in labels if label != place[i].label]
    at = pick(rng, found)
    if not at:
        return None
    place, i, label = at
    place[i] = m.Goto(label, role=place[i].role)
    return "jump to another label"


def forget_flag(rng, program):
    """A flag, a status or a mark is not set."""
    at = pick(rng, places(program, "flag"))
    if at:
        del at[0][at[1]]
        return "forget to set a flag or the status"
    return None


def forget_clear(rng, program):
    at = pick(rng, places(program, "clear"))
    if at:
        del at[0][at[1]]
        return "forget to clear"
    return None


def early_flag(rng, program):
    """A flag is set before the step that it speaks of."""
    found = [(p, i) for p, i in places(program, "flag") if i > 0 and not isinstance(p[i - 1], m.Decl)
             and len(p) > 1 and not isinstance(p[i].value, m.Call)]
    at = pick(rng, found)
    if not at:
        return None
    place, i = at
    place.insert(max(0, i - rng.randrange(1, 3)), place.pop(i))
    return "set a flag too early"


def use_after(rng, program):
    """The address is used once more behind its release."""
    found = []
    for place, i in places(program, "release"):
        for expr in m.own_expressions(place[i]):
            if base_name(expr) in NAMES["PUCHAR"]:
                found.append((place, i, expr))
    uses = [p[i] for p, i in places(program, "use")]
    for place, i in places(program, "release"):
        same = [u for u in uses if function_of_statement(program, u) is function_of(program, place)]
        found += [(place, i, rng.choice(same))] if same else []
    at = pick(rng, found)
    if not at:
        return None
    place, i, what = at
    place.insert(i + 1, m.clone(what) if isinstance(what, m.Stmt) else resources.use_of(m.clone(what), rng))
    return "use after the release"


def function_of_statement(program, statement):
    for function in program.functions:
        if any(p[i] is statement for p, i in m.statements(function.body)):
            return function
    return None


def base_name(expr):
    if isinstance(expr, m.Index):
        expr = expr.base
        return expr.name.removesuffix("s") if isinstance(expr, (m.Name, m.Field)) else ""
    return expr.name if isinstance(expr, (m.Name, m.Field)) else ""


def confuse_routine(rng, program):
    found = [(p, i) for p, i in places(program, "release", kind=m.Do) if set(m.calls(p[i])) & set(CONFUSED)]
    at = pick(rng, found)
    if not at:
        return None
    expr = at[0][at[1]].expr
    expr.callee = CONFUSED[expr.callee]
    return "the wrong routine"


def confuse_unmap(rng, program):
    """A reserved mapping is unmapped as an ordinary one."""
    found = [(p, i) for p, i in places(program, "release", kind=m.Do) if "MmUnmapReservedMapping" in m.calls(p[i])]
    at = pick(rng, found)
    if not at or "Window" not in str(program.functions):
        return None
    expr = at[0][at[1]].expr
    window = m.clone(expr.args[2])
    swap_name(window, "Mdl", "Window")
    expr.callee, expr.args = "MmUnmapLockedPages", [window, expr.args[2]]
    return "the wrong unmap"


def swap_name(expr, old, new):
    for inner in m.expressions(expr):
        if isinstance(inner, (m.Name, m.Field)) and inner.name.startswith(old):
            inner.name = inner.name.replace(old, new, 1)


def other_object(rng, program):
    """Copy and paste: the slot of the other MDL."""
    found = []
    for place, i in places(program, "release", "use"):
        for expr in m.own_expressions(place[i]):
            if isinstance(expr, (m.Name, m.Field)) and expr.name in ("Mdl", "Mdl2", "View", "View2", "User", "User2"):
                found.append((place, i, expr))
    at = pick(rng, found)
    if not at:
        return None
    place, i, expr = at
    other = expr.name[:-1] if expr.name.endswith("2") else expr.name + "2"
    if other not in m_names(function_of(program, place)):
        return None
    expr.name = other
    return "the other object's variable"


def m_names(function):
    return {e.name for p, i in m.statements(function.body) for e in m.own_expressions(p[i])
            if isinstance(e, (m.Name, m.Field))} - {p.name for p in function.params if p.kind == "opaque"} \
        | {p.name for p in function.params}


def drop_fill(rng, program):
    """The pages are not locked, or the pool is not built over."""
    found = [(p, i) for p, i in places(program, kind=m.Do)
             if set(m.calls(p[i])) & {"MmProbeAndLockPages", "MmBuildMdlForNonPagedPool"} and len(p) > 1]
    at = pick(rng, found)
    if not at:
        return None
    del at[0][at[1]]
    return "pages never filled in"


def repeat_acquire(rng, program):
    """Locked, mapped or allocated a second time."""
    at = pick(rng, places(program, "acquire"))
    if not at:
        return None
    place, i = at
    place.insert(i + 1, m.clone(place[i]))
    return "acquire twice"


def shift_loop(rng, program):
    """Off by one in a loop."""
    found = [(p, i) for p, i in places(program, kind=m.For)] + [(p, i) for p, i in places(program, kind=m.While)]
    at = pick(rng, found)
    if not at:
        return None
    loop = at[0][at[1]]
    if isinstance(loop, m.For) and rng.random() < 0.5:
        loop.start = m.Num("1", 1)
        return "loop begins at 1"
    if isinstance(loop.cond, m.Bin) and isinstance(loop.cond.left, m.PostDec):
        loop.cond.right = m.Num("1", 1)
        return "roll-back stops at 1"
    if isinstance(loop.cond, m.Bin) and loop.cond.op == "<":
        loop.cond.left = m.Bin("+", loop.cond.left, m.Num("1", 1))
        return "loop ends one early"
    return None


def break_in_switch(rng, program):
    found = [(s[i].cases, k) for s, i in places(program, kind=m.Switch) for k in range(len(s[i].cases) - 1)]
    at = pick(rng, found)
    if not at:
        return None
    at[0][at[1]].body.append(m.Break())
    return "a break where it should fall through"


def half_the_cleanup(rng, program):
    """A failure in the middle of the function cleans up only part of it."""
    found = [(p, i) for p, i in places(program, "check", kind=m.If)
             if sum(s.role == "release" for s in p[i].then) > 1]
    at = pick(rng, found)
    if not at:
        return None
    then = at[0][at[1]].then
    releases = [i for i, s in enumerate(then) if s.role == "release"]
    del then[releases[0] if rng.random() < 0.5 else releases[-1]]
    return "half the cleanup"


def skip_undo_in_finally(rng, program):
    found = places(program, kind=m.TryFinally)
    at = pick(rng, found)
    if not at:
        return None
    statement = at[0][at[1]]
    test = m.Call("AbnormalTermination")
    statement.final = [m.If(test if rng.random() < 0.5 else m.Not(test), statement.final, role="check")]
    return "the termination handler only half the time"


MUTATORS = (
    (drop_release, 6), (duplicate_release, 5), (swap_releases, 6), (swap_blocks, 4), (release_too_early, 4),
    (unguard_release, 4), (drop_check, 4), (negate_check, 2), (return_early, 4), (return_between, 5), (other_label, 4),
    (forget_flag, 4), (forget_clear, 3), (early_flag, 3), (use_after, 5), (confuse_routine, 2), (confuse_unmap, 3),
    (other_object, 4), (drop_fill, 3), (repeat_acquire, 3), (shift_loop, 6), (break_in_switch, 2), (half_the_cleanup, 4),
    (skip_undo_in_finally, 2),
)

__all__ = ["MUTATORS", "mutate", "FALSE"]


def mutate(rng, program):
    """One mistake, chosen among those that are possible."""
    for _ in range(20):
        mutator = rng.choices([f for f, _ in MUTATORS], [weight for _, weight in MUTATORS])[0]
        what = mutator(rng, program)
        if what:
            program.mutations.append(what)
            return
