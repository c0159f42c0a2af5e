"""MDLs that go down in an IRP of the driver's own: its completion routine releases them, and the IRP."""

import model as m
import resources
import wraps
from scope import Scope, assemble
from words import FALSE, NULL, TRUE, call, let

STATUS = m.Name("Status")
IRP = m.Name("Irp")
MORE_PROCESSING = m.Num("STATUS_MORE_PROCESSING_REQUIRED", -0x3FFFFFEA)


class OwnIrp(resources.Stage):
    """IoAllocateIrp."""

    name, slot, ctype = "Irp", "Irp", "PIRP"

    def acquire(self, raw=False):
        return [let(self.product(), "IoAllocateIrp", m.Num("2", 2), FALSE, role="acquire")]

    def release(self):
        return [call("IoFreeIrp", self.product(), role="release")]


def completion(rng, name, stages):
    """The routine, and what it wants as its context: the MDL, or nothing."""
    kind = rng.choice(("member", "local", "context"))
    place = {"member": m.Field(IRP, "MdlAddress"), "local": m.Name("Sent"), "context": m.Name("Context")}[kind]
    inside = Scope(rng, {"Sent": "PMDL"}, lambda _slot: place)
    body = [m.Assign(place, m.Field(IRP, "MdlAddress"))] if kind == "local" else []
    for stage in reversed(stages):
        if not isinstance(stage, (OwnIrp, resources.Work)):
            body += stage.moved(inside).release()
    if kind == "member" and rng.random() < 0.5:
        body.append(m.Assign(place, NULL, role="clear"))
    body += [call("IoFreeIrp", IRP, role="release"), m.Return(MORE_PROCESSING)]
    params = [m.Param("PDEVICE_OBJECT", "Target"), m.Param("PIRP", "Irp"), m.Param("PVOID", "Context")]
    return assemble(inside, name + "Done", "NTSTATUS", body, params), m.Name("Mdl") if kind == "context" else NULL


def sent(rng, name):
    """After success the IRP is on its way; after failure nothing is left."""
    scope = Scope(rng)
    stages = [resources.IoMdl(scope), resources.Lock(scope)] if rng.random() < 0.6 else [resources.NonpagedMdl(scope)]
    if rng.random() < 0.4:
        stages.append(resources.View(scope, explicit=False))
    stages.insert(rng.choice((0, len(stages))), OwnIrp(scope))
    if rng.random() < 0.5:
        stages.append(resources.Work(scope))
    done, context = completion(rng, name, stages)
    body, how = wraps.any_shape(scope, stages, keep=True)
    send = [
        m.Assign(m.Field(IRP, "MdlAddress"), m.Name("Mdl")),
        call("IoSetCompletionRoutine", IRP, m.Name(done.name), context, TRUE, TRUE, TRUE),
        let(STATUS, "IoCallDriver", m.Name("Target"), IRP),
    ]
    returns = [(place, i) for place, i in m.statements(body) if isinstance(place[i], m.Return)]
    place, i = returns[-1]
    if how in ("early return", "goto ladder"):
        place, i = [(p, i) for p, i in returns if p is body][0]
        place[i:i] = send
    else:
        place.insert(i, m.If(m.Call("NT_SUCCESS", [STATUS]), send))
    return m.Program(name, "sent in an IRP", [done, assemble(scope, name, "NTSTATUS", body)]), how
