"""The list of idioms. Each is a function of a random generator and a name, and gives a program and how it was made."""

import loops
import model as m
import resources
import sent
import wraps
from emit import EXTERN_RESULTS
from scope import Scope, assemble
from shapes import nested_finally, unwind, uses_of
from words import SUCCESS, failed, not_null

STATUS = m.Name("Status")


def plain(rng, name):
    """Everything in one function."""
    scope = Scope(rng)
    body, how = wraps.any_shape(scope, resources.life_cycle(scope))
    return m.Program(name, how, [assemble(scope, name, "NTSTATUS", body)]), ""


def finally_in_finally(rng, name):
    scope = Scope(rng)
    body = nested_finally(scope, resources.life_cycle(scope, 5))
    return m.Program(name, "nested finally", [assemble(scope, name, "NTSTATUS", body)]), ""


def handed_over(rng, name):
    """After success the caller has the MDL; after failure nothing is left."""
    scope = Scope(rng)
    kind = rng.choice((resources.chain_of_locked, resources.chain_of_nonpaged, resources.chain_of_pages))
    stages = [s for s in kind(scope, "") if not s.slot or s.slot in ("Mdl",)]
    stages.append(resources.Work(scope))
    body, how = wraps.any_shape(scope, stages, keep=True)
    params = [m.Param("PMDL *", "Result", "out")]
    give = m.Assign(m.Deref(m.Name("Result")), m.Name("Mdl"))
    returns = [(place, i) for place, i in m.statements(body) if isinstance(place[i], m.Return)]
    place, i = returns[-1]
    if how in ("early return", "goto ladder"):
        place, i = [(p, i) for p, i in returns if isinstance(p, list) and p is body][0]
        place.insert(i, give)
    else:
        place.insert(i, m.If(m.Call("NT_SUCCESS", [STATUS]), [give]))
    return m.Program(name, "handed over", [assemble(scope, name, "NTSTATUS", body, params)]), how


def optional_mapping(rng, name):
    """Part of the life cycle is only there when the caller wants it; the same condition is tested twice."""
    scope = Scope(rng)
    stages = [resources.IoMdl(scope), resources.Lock(scope)]
    extra = rng.choice((
        lambda: resources.View(scope, safe=False), lambda: resources.UserView(scope), lambda: resources.Iommu(scope),
    ))()
    wanted = m.Name("WantsIt")
    body = []
    for k, stage in enumerate(stages):
        bad = [] if stage.sets_status else [m.Assign(STATUS, m.Num("STATUS_INSUFFICIENT_RESOURCES", -0x3FFFFF66))]
        body += stage.acquire() + [m.If(m.Not(stage.ok()) if stage.sets_status else m.Not(stage.product()),
                                        unwind(stages[:k]) + bad + [m.Return(STATUS, role="jump")], role="check")]
    ok, bad = extra.ok(), [] if extra.sets_status else [m.Assign(STATUS, m.Num("STATUS_INSUFFICIENT_RESOURCES", -0x3FFFFF66))]
    take = extra.acquire() + [m.If(m.Not(ok), bad + unwind(stages) + [m.Return(STATUS, role="jump")], role="check")]
    body.append(m.If(wanted, take + extra.after(), role="check"))
    body.append(m.Assign(STATUS, m.Call("DeviceProgram", [m.Name("Device")]), role="work"))
    drop = uses_of([extra], rng) + extra.release()
    test = wanted if rng.random() < 0.6 or not extra.slot else not_null(extra.product(), rng)
    if isinstance(extra, resources.UserView) and rng.random() < 0.3:
        test = m.Bin("&&", wanted, not_null(extra.product(), rng))
    body.append(m.If(test, drop, role="check"))
    if rng.random() < 0.3:
        body.append(m.If(failed(STATUS), unwind(stages) + [m.Return(STATUS, role="jump")], role="check"))
        body += unwind(stages) + [m.Return(SUCCESS)]
    else:
        body += unwind(stages) + [m.Return(STATUS)]
    return m.Program(name, "optional part", [assemble(scope, name, "NTSTATUS", body)]), ""


IDIOMS = (
    (plain, 30),
    (finally_in_finally, 5),
    (handed_over, 4),
    (optional_mapping, 4),
    (sent.sent, 4),
    (wraps.with_helpers, 10),
    (lambda rng, name: wraps.with_helpers(rng, name, other_file=True), 5),
    (wraps.context, 8),
    (lambda rng, name: wraps.context(rng, name, other_file=True), 5),
    (wraps.release_helper, 8),
    (wraps.chosen_by_argument, 4),
    (wraps.opaque, 3),
    (wraps.table, 4),
    (lambda rng, name: wraps.table(rng, name, filled_at_run_time=True), 4),
) + tuple((loop, 2) for loop in loops.LOOPS)


def build(rng, name, idioms=IDIOMS):
    """A correct program in one of the idioms."""
    maker = rng.choices([idiom for idiom, _ in idioms], [weight for _, weight in idioms])[0]
    program, _how = maker(rng, name)
    program.root().static = False
    for function in program.functions:
        function.body = m.clone(function.body)
    program.externs = [m.Extern(n, r) for n, r in EXTERN_RESULTS.items()]
    return program
