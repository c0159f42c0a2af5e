"""RAII: classes whose constructor acquires a stage and whose destructor releases it, used as locals.

SEH stays inside the constructors, as compilers demand: no function has both a __try and objects with destructors.
"""

import model as m
import resources
from scope import INPUTS, Scope, assemble, names_in
from shapes import uses_of
from words import failed, failure, negated, succeeded

STATUS = m.Name("Status")


class Guard:
    """The class for one stage: members for all that its destructor needs, and the status of the constructor."""

    def __init__(self, stage, program_name):
        self.stage = stage.moved(stage.scope.within(m.Name))
        self.name = f"{stage.key()}Guard_{program_name}"
        self.variable = "The" + stage.key()
        self.product = stage.slot + stage.suffix if stage.slot else ""

    def build(self):
        """The record and its member functions."""
        stage, scope = self.stage, self.stage.scope
        acquire, ok = stage.acquire(), stage.ok()
        good = m.clone(stage.after())
        if ok is not None and not stage.sets_status:
            acquire.append(m.If(negated(ok), [m.Assign(STATUS, failure(), role="flag")], role="check"))
        if good:
            acquire.append(m.If(succeeded(STATUS), good, role="check"))
        release = stage.release()
        temporaries = [n for n in names_in(acquire + release) if scope.types.get(n, "").startswith("DXGKARGCB_")]
        needed = [n for n in names_in(acquire + release) if n in scope.slots + list(INPUTS) and n != self.product]
        self.given = needed
        types = {n: INPUTS[n][0] if n in INPUTS else scope.types[n] for n in needed}
        start = [m.Assign(m.Name(n), m.Name("given" + n)) for n in needed] + [m.Assign(STATUS, m.Num("STATUS_SUCCESS", 0))]
        start += [m.Assign(m.Name(self.product), m.Num("NULL", 0))] if self.product else []
        params = [m.Param(types[n], "given" + n) for n in needed]
        constructor = m.Function(self.name, "", params, locals_for(scope, acquire, temporaries) + start + acquire)
        functions = [constructor]
        if release:
            body = [m.If(succeeded(STATUS), release, role="check")]
            functions.append(m.Function("~" + self.name, "", [], locals_for(scope, release, temporaries) + body))
        functions.append(m.Function("Ok", "BOOLEAN", [], [m.Return(succeeded(STATUS))]))
        for function in functions:
            function.owner = self.name
        members = [m.Member(types[n], n) for n in needed] + [m.Member("NTSTATUS", "Status")]
        members += [m.Member(scope.types[self.product], self.product)] if self.product else []
        return m.Record(self.name, members, tag="class"), functions

    def declare(self, places):
        arguments = [places[n] if n in places else m.Name(n) for n in self.given]
        return m.Decl(self.name, self.variable, args=arguments, role="acquire")

    def member(self, name):
        return m.Field(m.Name(self.variable), name, False)

    def ok(self):
        return m.Call(self.member("Ok"))


def locals_for(scope, body, temporaries):
    return [m.Decl(scope.types[n], n, zero=True) for n in temporaries if n in names_in(body)]


def raii(rng, name):
    """A function in which guards hold everything."""
    scope = Scope(rng)
    stages = resources.life_cycle(scope, 5)
    places, records, functions, body = {}, [], [], []
    scope.place = lambda slot: m.clone(places.get(slot, m.Name(slot)))
    inner = body
    for stage in stages:
        stage.ctype = "PVOID" if stage.ctype == "PUCHAR" else stage.ctype
        if isinstance(stage, resources.Work):
            inner += stage.acquire() + [m.If(failed(STATUS), [m.Return(STATUS, role="jump")], role="check")]
            continue
        guard = Guard(stage, name)
        record, made = guard.build()
        records.append(record)
        functions += made
        inner.append(guard.declare(places))
        if guard.product:
            places[guard.product] = guard.member(guard.product)
        bad = m.If(m.Not(guard.ok()), [m.Return(guard.member("Status"), role="jump")], role="check")
        if stage.ok() is not None and rng.random() < 0.7:
            inner.append(bad)
        elif stage.ok() is not None:  # the rest happens only if it is there, in a scope of its own
            rest = m.If(guard.ok(), [], [m.Assign(STATUS, guard.member("Status"), role="flag")], role="check")
            inner.append(rest)
            inner = rest.then
    inner += uses_of(stages, rng) or [m.Assign(STATUS, m.Call("DeviceProgram", [m.Name("Device")]), role="work")]
    body.append(m.Return(STATUS))
    root = assemble(scope, name, "NTSTATUS", body)
    return m.Program(name, "RAII", functions + [root], records, cxx=True), ""


IDIOMS = ((raii, 1),)
