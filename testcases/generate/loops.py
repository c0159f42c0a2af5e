"""Life cycles of many MDLs: arrays filled in one loop and released in another, with roll-back, and chains by Next."""

import model as m
import resources
from scope import Scope, assemble, elements_of
from shapes import unwind, uses_of
from words import NULL, SUCCESS, call, failed, failure, let, negated, num, succeeded

STATUS = m.Name("Status")
I = m.Name("i")
COUNT = m.Name("Count")
LENGTH = 4


class Elements:
    """Arrays of the slots of one life cycle, of which `Count` elements are used."""

    def __init__(self, rng, name):
        self.rng, self.name = rng, name
        self.scope = Scope(rng, place=elements_of("i"))
        self.scope.types["i"] = "ULONG"
        kind = rng.randrange(5)
        self.stages = [resources.IoMdl(self.scope), resources.Lock(self.scope)] if kind < 3 else \
            [resources.PagesMdl(self.scope)] if kind == 3 else [resources.NonpagedMdl(self.scope)]
        if rng.random() < 0.5 and kind < 4:
            self.stages.append(resources.View(self.scope, safe=rng.random() < 0.5, explicit=rng.random() < 0.6))
        elif rng.random() < 0.4:
            self.stages.append(resources.Iommu(self.scope))
        elif rng.random() < 0.4:
            self.stages.append(resources.UserView(self.scope))

    def arrays(self):
        return {slot + "s": (self.scope.types[slot], LENGTH) for slot in self.scope.slots}

    def bound(self):
        """How many: a parameter that is checked, or a constant."""
        if self.rng.random() < 0.5:
            return num(LENGTH - 1), []
        test = m.Bin(">", COUNT, num(LENGTH))
        return COUNT, [m.If(test, [m.Return(failure("STATUS_INVALID_PARAMETER"), role="jump")], role="check")]

    def fill(self, leave):
        """The body of the filling loop: undoes its own element when it fails, then leaves."""
        body = []
        for i, stage in enumerate(self.stages):
            bad = [] if stage.sets_status else [m.Assign(STATUS, failure(), role="flag")]
            on_failure = unwind(self.stages[:i]) + bad + [m.clone(leave)]
            body += stage.acquire() + [m.If(negated(stage.ok()), on_failure, role="check")] + stage.after()
        return body

    def function(self, body):
        return assemble(self.scope, self.name, "NTSTATUS", body, arrays=self.arrays())


def count_down(body):
    """while (i-- > 0) body"""
    return m.While(m.Bin(">", m.PostDec(I), num(0)), body)


def array_with_rollback(rng, name):
    """Fill, and on failure release the first i; use; release all."""
    made = Elements(rng, name)
    count, body = made.bound()
    body.append(m.For(I, num(0), m.Bin("<", I, count), made.fill(m.Goto("Rollback", role="jump"))))
    uses = uses_of(made.stages, rng)
    if uses:
        body.append(m.For(I, num(0), m.Bin("<", I, count), uses))
    if rng.random() < 0.5:
        body.append(m.For(I, num(0), m.Bin("<", I, count), unwind(made.stages)))
        body.append(m.Return(SUCCESS))
    body += [m.Label("Rollback"), count_down(unwind(made.stages)), m.Return(STATUS)]
    return m.Program(name, "array, roll-back", [made.function(body)]), "goto"


def array_with_break(rng, name):
    """Fill as many as can be had, and release those."""
    made = Elements(rng, name)
    count, body = made.bound()
    body.append(m.For(I, num(0), m.Bin("<", I, count), made.fill(m.Break(role="jump"))))
    got = m.Name("Got")
    made.scope.types["Got"] = "ULONG"
    body.append(m.Assign(got, I))
    uses = uses_of(made.stages, rng)
    if uses:
        body.append(m.For(I, num(0), m.Bin("<", I, got), uses))
    body += [m.For(I, num(0), m.Bin("<", I, got), unwind(made.stages)), m.Return(STATUS)]
    return m.Program(name, "array, partial success", [made.function(body)]), "break"


def array_by_null(rng, name):
    """The release loop goes over the whole array and asks each element whether it is there."""
    made = Elements(rng, name)
    count, body = made.bound()
    fill = made.fill(m.Break(role="jump"))
    clear = made.stages[0].clear()
    for place, i in list(m.statements(fill)):  # an element that failed is not there
        if isinstance(place[i], m.Break):
            place[i:i] = m.clone(clear)
    body.append(m.For(I, num(0), m.Bin("<", I, count), fill))
    release = m.If(m.Bin("!=", made.stages[0].product(), NULL), unwind(made.stages) + made.stages[0].clear(), role="check")
    body += [m.For(I, num(0), m.Bin("<", I, num(LENGTH)), [release]), m.Return(STATUS)]
    return m.Program(name, "array, NULL is free", [made.function(body)]), "null"


def one_at_a_time(rng, name):
    """Each round acquires, uses and releases; a failure ends the loop."""
    scope = Scope(rng)
    scope.types["i"] = "ULONG"
    stages = resources.life_cycle_of_wholes(scope, 4)
    body = []
    for k, stage in enumerate(stages):
        bad = [] if stage.sets_status else [m.Assign(STATUS, failure(), role="flag")]
        body += stage.acquire()
        ok = stage.ok()
        if ok is not None:
            leave = m.Break(role="jump") if rng.random() < 0.7 else m.Continue(role="jump")
            body.append(m.If(negated(ok), unwind(stages[:k]) + bad + [leave], role="check"))
        body += stage.after()
    body += uses_of(stages, rng) + unwind(stages)
    loop = m.For(I, num(0), m.Bin("<", I, COUNT), body)
    return m.Program(name, "one a round", [assemble(scope, name, "NTSTATUS", [loop, m.Return(STATUS)])]), "loop"


def map_in_rounds(rng, name):
    """One MDL that lives longer than the mappings made of it round after round."""
    scope = Scope(rng)
    scope.types["i"] = "ULONG"
    outer = [resources.IoMdl(scope), resources.Lock(scope)]
    inner = rng.choice((
        lambda: resources.View(scope, safe=False), lambda: resources.UserView(scope),
        lambda: resources.Iommu(scope), lambda: resources.ReservedView(scope),
    ))()
    bad = [] if inner.sets_status else [m.Assign(STATUS, failure(), role="flag")]
    rounds = inner.acquire() + [m.If(negated(inner.ok()), bad + [m.Break(role="jump")], role="check")]
    rounds += inner.after() + uses_of([inner], rng)
    if rng.random() < 0.4:
        rounds.append(m.Assign(STATUS, m.Call("DeviceProgram", [m.Name("Device")]), role="work"))
        rounds.append(m.If(failed(STATUS), unwind([inner]) + [m.Break(role="jump")], role="check"))
    rounds += unwind([inner])
    body = []
    for k, stage in enumerate(outer):
        result = STATUS if stage.sets_status else failure()
        body += stage.acquire() + [m.If(negated(stage.ok()), unwind(outer[:k]) + [m.Return(result, role="jump")], role="check")]
    body += [m.For(I, num(0), m.Bin("<", I, COUNT), rounds)] + unwind(outer) + [m.Return(STATUS)]
    return m.Program(name, "mapped in rounds", [assemble(scope, name, "NTSTATUS", body)]), "loop"


def again_on_failure(rng, name):
    """A mapping is tried again while the device says so."""
    scope = Scope(rng)
    stages = [resources.IoMdl(scope), resources.Lock(scope)]
    view = resources.View(scope, safe=rng.random() < 0.5, explicit=rng.random() < 0.5)
    body = []
    for k, stage in enumerate(stages):
        result = STATUS if stage.sets_status else failure()
        body += stage.acquire() + [m.If(negated(stage.ok()), unwind(stages[:k]) + [m.Return(result, role="jump")], role="check")]
    tries = view.acquire() + [m.If(m.Bin("!=", view.product(), NULL), [m.Break(role="jump")], role="check")]
    scope.types["i"] = "ULONG"
    body.append(m.For(I, num(0), m.Bin("<", I, num(3)), tries))
    inside = uses_of([view], rng) + unwind([view])
    body.append(m.If(m.Bin("==", view.product(), NULL), [m.Assign(STATUS, failure(), role="flag")], inside, role="check"))
    body += unwind(stages) + [m.Return(STATUS)]
    return m.Program(name, "tried again", [assemble(scope, name, "NTSTATUS", body)]), "loop"


def chain(rng, name):
    """MDLs linked by Next, released by a walk that saves Next first."""
    scope = Scope(rng)
    for local in ("Mdl", "Head", "Next"):
        scope.types[local] = "PMDL"
    scope.types["i"] = "ULONG"
    mdl, head, following = m.Name("Mdl"), m.Name("Head"), m.Name("Next")
    make = let(mdl, "IoAllocateMdl", m.Name("Buffer"), m.Name("Length"), m.Num("FALSE", 0), m.Num("FALSE", 0), NULL, role="acquire")
    fill = [make, m.If(m.Bin("==", mdl, NULL), [m.Assign(STATUS, failure(), role="flag"), m.Break(role="jump")], role="check")]
    if rng.random() < 0.5:
        fill.append(call("MmBuildMdlForNonPagedPool", mdl))
    fill += [m.Assign(m.Field(mdl, "Next"), head), m.Assign(head, mdl)]
    walk = [m.Assign(following, m.Field(mdl, "Next")), call("IoFreeMdl", mdl, role="release"), m.Assign(mdl, following)]
    body = [
        m.For(I, num(0), m.Bin("<", I, COUNT), fill),
        m.Assign(mdl, head),
        m.While(m.Bin("!=", mdl, NULL), walk),
        m.Return(STATUS),
    ]
    if rng.random() < 0.5:
        body[1:3] = [m.While(m.Bin("!=", head, NULL), [
            m.Assign(following, m.Field(head, "Next")), call("IoFreeMdl", head, role="release"), m.Assign(head, following)])]
    return m.Program(name, "chain", [assemble(scope, name, "NTSTATUS", body)]), "next"


LOOPS = (array_with_rollback, array_with_break, array_by_null, one_at_a_time, map_in_rounds, again_on_failure, chain)

__all__ = ["LOOPS", "succeeded"]
