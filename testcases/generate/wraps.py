"""Life cycles spread over functions: helpers for one stage, a release helper, set-up and tear-down of a context, tables of
function pointers, other files. Each builds a whole program.
"""

import model as m
import resources
from scope import Scope, assemble, call_to, declaration, elements_of, members_of, names_in
from shapes import EXITS, SHAPES, TESTS, Marks, one_exit, unwind, uses_of
from words import FALSE, NULL, SUCCESS, TRUE, address_of, failed, failure, negated, succeeded

STATUS = m.Name("Status")
FIXED = "goto ladder", "early return", "nested ifs", "one exit"


def any_shape(scope, stages, keep=False, shape=None):
    """The body of one function in one of the shapes, and a name for it."""
    rng = scope.rng
    shape = shape or rng.choice(FIXED + ("one exit",) * 3)
    if shape != "one exit":
        return SHAPES[shape](scope, stages, keep), shape
    exit_kind, test = rng.choice(EXITS), rng.choice(TESTS)
    return one_exit(scope, stages, keep, exit_kind, Marks(scope, test, stages)), f"{exit_kind}/{test}"


# ---------------------------------------------------------------------------------------------------------------------
# Helpers for one stage
# ---------------------------------------------------------------------------------------------------------------------


class Helped(resources.Stage):
    """A stage whose acquiring, releasing or both are functions of the driver."""

    def __init__(self, stage, program_name, functions, other_file=False):
        super().__init__(stage.scope, stage.suffix)
        self.stage, self.functions = stage, functions
        self.name, self.slot, self.ctype = stage.name, stage.slot, stage.ctype
        self.stem = f"{program_name}_{stage.key()}"
        self.place = {"static": not other_file, "unit": int(other_file)}
        rng = stage.rng
        self.wraps = rng.choice(("both", "acquire", "release"))
        self.by_pointer = rng.random() < 0.5
        self.sets_status = stage.sets_status if self.wraps == "release" else not self.returns_product()
        self.raises = stage.raises if self.wraps == "release" else False
        self.acquirer = self.make_acquire() if self.wraps != "release" else None
        self.releaser = self.make_release() if self.wraps != "acquire" and stage.release() else None

    def returns_product(self):
        return bool(self.slot) and not self.by_pointer and not self.stage.sets_status

    def inner(self):
        """The stage with its slots as parameters, and its product in a local."""
        return self.stage.moved(self.stage.scope.within(lambda slot: m.Name(slot)))

    def others(self, body, product):
        """The slots that a helper is given, as parameters."""
        slots = [s for s in names_in(body) if s in self.scope.slots and s != product]
        return [m.Param(self.scope.types[s], s) for s in slots]

    def make_acquire(self):
        stage = self.inner()
        product = self.slot + self.suffix if self.slot else ""
        if product:
            stage.product()
        body = stage.acquire() + []
        ok = stage.ok()
        if self.returns_product():
            if ok is not None and stage.after():
                body.append(m.If(ok, stage.after(), role="check"))
            else:
                body += stage.after()
            body.append(m.Return(m.Name(product)))
            function = assemble(stage.scope, self.stem + "Make", self.ctype, body, self.others(body, product))
        else:
            if ok is not None:
                bad = m.Name("Status") if stage.sets_status else failure()
                body.append(m.If(negated(ok), [m.Return(bad, role="jump")], role="check"))
            body += stage.after()
            params = self.others(body, product)
            if product:
                body.append(m.Assign(m.Deref(m.Name("Out")), m.Name(product)))
                params.append(m.Param(self.ctype + " *", "Out"))
            body.append(m.Return(SUCCESS))
            function = assemble(stage.scope, self.stem + "Get", "NTSTATUS", body, params)
        return self.add(function)

    def make_release(self):
        body = self.inner().release()
        slots = [s for s in names_in(body) if s in self.scope.slots]
        params = [m.Param(self.scope.types[s], s) for s in slots]
        return self.add(assemble(self.scope, self.stem + "Drop", "VOID", body, params))

    def add(self, function):
        function.static, function.unit = self.place["static"], self.place["unit"]
        self.functions.append(function)
        return function

    def arguments(self, function):
        given = []
        for param in function.params:
            if param.name == "Out":
                given.append(m.Addr(self.product()))
            elif param.name in self.scope.slots:
                given.append(self.scope.place(param.name))
            else:
                given.append(m.Name(param.name))
        return given

    def acquire(self, raw=False):
        if not self.acquirer:
            return self.at_home().acquire(raw)
        target = self.product() if self.returns_product() else self.status()
        return [m.Assign(target, m.Call(self.acquirer.name, self.arguments(self.acquirer)), role="acquire")]

    def at_home(self):
        return self.stage.moved(self.scope)

    def ok(self):
        return self.at_home().ok() if not self.acquirer or self.returns_product() else succeeded(self.status())

    def after(self):
        return [] if self.acquirer else self.at_home().after()

    def release(self):
        if not self.releaser:
            return self.at_home().release()
        return [m.Do(m.Call(self.releaser.name, self.arguments(self.releaser)), role="release")]

    def held_by_flags(self):
        return self.at_home().held_by_flags()

    def uses(self):
        return self.at_home().uses()


def with_helpers(rng, name, other_file=False):
    scope = Scope(rng)
    functions = []
    stages = []
    for stage in resources.life_cycle(scope):
        stage_slots(stage)
        helped = rng.random() < 0.6 and not isinstance(stage, resources.PartialMdl)
        stages.append(Helped(stage, name, functions, other_file) if helped else stage)
    body, how = any_shape(scope, stages)
    functions.append(assemble(scope, name, "NTSTATUS", body))
    return m.Program(name, "helpers, other file" if other_file else "helpers", functions), how


def stage_slots(stage):
    """Makes the scope know the slots of the stage before a helper asks which they are."""
    stage.acquire()
    stage.after()
    stage.release()


# ---------------------------------------------------------------------------------------------------------------------
# Contexts
# ---------------------------------------------------------------------------------------------------------------------


class Context:
    """A structure that holds the slots, and the functions that set it up and tear it down."""

    def __init__(self, rng, name, most=6):
        self.rng, self.name = rng, name
        self.record_name = f"CTX_{name}"
        self.scope = Scope(rng, place=members_of("Ctx", True))
        self.stages = resources.life_cycle(self.scope, most)
        self.parameter = m.Param(self.record_name + " *", "Ctx")
        self.tests = rng.choice(TESTS)
        self.how = ""

    def setup(self, suffix="Setup", **options):
        """Acquires everything into *Ctx; after a failure nothing is held."""
        body, self.how = any_shape(self.scope, self.stages, keep=True)
        return self.function(suffix, "NTSTATUS", self.cleared() + body, **options)

    def cleared(self):
        """Sets the context to nothing held."""
        if self.rng.random() < 0.5:
            size = m.Call("sizeof", [m.Name(self.record_name)])
            return [m.Do(m.Call("RtlZeroMemory", [m.Name("Ctx"), size]))]
        values = {"BOOLEAN": FALSE, "ULONG": m.Num("0", 0)}
        slots = [(self.scope.place(slot), self.scope.types[slot]) for slot in self.scope.slots]
        return [m.Assign(place, values.get(ctype, NULL), role="clear") for place, ctype in slots]

    def teardown(self, suffix="Teardown", **options):
        body = unwind(self.stages)
        if self.rng.random() < 0.5:
            body += [s for stage in self.stages for s in stage.clear()]
        return self.function(suffix, "VOID", body, **options)

    def function(self, suffix, ctype, body, **options):
        return assemble(self.scope, self.name + suffix, ctype, body, [self.parameter], **options)

    def record(self, *more):
        members = [m.Member(self.scope.types[slot], slot) for slot in self.scope.slots]
        return m.Record(self.record_name, members + list(more))

    def uses(self):
        return uses_of(self.stages, self.rng)


def context(rng, name, other_file=False):
    """Set up by one function, torn down by another, called from a third."""
    made = Context(rng, name)
    options = {"static": not other_file, "unit": int(other_file)}
    functions = [made.setup(**options), made.teardown(**options)]
    body, root_params = around(made, call_to(functions[0], m.Name("Ctx")), call_to(functions[1], m.Name("Ctx")))
    functions.append(root_of(made, body, root_params))
    idiom = "context, other file" if other_file else "context"
    return m.Program(name, idiom, functions, [made.record()]), made.how


def around(made, setup, teardown):
    """The body of the function that sets up, uses and tears down a context that somebody else owns."""
    rng = made.rng
    body = [m.Assign(STATUS, setup, role="acquire")]
    body.append(m.If(failed(STATUS), [m.Return(STATUS, role="jump")], role="check"))
    if rng.random() < 0.5:
        body += made.uses()
    if rng.random() < 0.6:
        body.append(m.Assign(STATUS, m.Call("DeviceProgram", [m.Name("Device")]), role="work"))
    if rng.random() < 0.3:
        work = m.Assign(STATUS, m.Call("DeviceWait", [m.Name("Device")]), role="work")
        gone = [m.Do(m.clone(teardown), role="release"), m.Return(STATUS, role="jump")]
        body += [work, m.If(failed(STATUS), gone, role="check")]
    return body + [m.Do(teardown, role="release"), m.Return(STATUS)], [made.parameter]


def root_of(made, body, params):
    """The function that is called. Its context is a parameter, a local or a block of pool."""
    kind = made.rng.choice(("parameter", "local", "pool"))
    if kind == "parameter":
        params = [m.Param(p.ctype, p.name, "struct") for p in params]
        return assemble(made.scope, made.name, "NTSTATUS", body, params)
    if kind == "local":
        start = [m.Decl(made.record_name, "Own", zero=True), m.Decl(params[0].ctype, "Ctx", address_of("Own"))]
        return hoist(assemble(made.scope, made.name, "NTSTATUS", start + body))
    return assemble(made.scope, made.name, "NTSTATUS", in_pool(made, body))


def hoist(function):
    """Declarations first, those that refer to others last."""
    decls = [s for s in function.body if isinstance(s, m.Decl)]
    rest = [s for s in function.body if not isinstance(s, m.Decl)]
    function.body = sorted(decls, key=lambda d: isinstance(d.init, m.Addr)) + rest
    return function


def in_pool(made, body):
    """The context is allocated first and freed on every way out."""
    made.scope.types["Ctx"] = made.record_name + " *"
    size = m.Call("sizeof", [m.Name(made.record_name)])
    allocate = m.Call("ExAllocatePoolWithTag", [m.Num("NonPagedPool", 0), size, m.Num("'dlgM'", 1)])
    start = [
        m.Assign(m.Name("Ctx"), allocate),
        m.If(m.Bin("==", m.Name("Ctx"), NULL), [m.Return(failure(), role="jump")], role="check"),
        m.Do(m.Call("RtlZeroMemory", [m.Name("Ctx"), m.clone(size)])),
    ]
    free = m.Do(m.Call("ExFreePoolWithTag", [m.Name("Ctx"), m.Num("'dlgM'", 1)]))
    places = [(place, i) for place, i in m.statements(body) if isinstance(place[i], m.Return)]
    for place, i in reversed(places):
        place.insert(i, m.clone(free))
    return start + body


def release_helper(rng, name):
    """One exit calls a function that releases what the marks in the context say."""
    made = Context(rng, name)
    made.scope.place = members_of("Ctx", True)
    marks = Marks(made.scope, made.tests, made.stages)
    marks_body = marks.cleanup(made.stages, clear=rng.random() < 0.5)
    release = made.function("Release", "VOID", marks_body)
    cleanup = [m.Do(call_to(release, m.Name("Ctx")), role="release")]
    exit_kind = rng.choice(EXITS)
    body = one_exit(made.scope, made.stages, False, exit_kind, marks, cleanup)
    start = [m.Decl(made.record_name, "Own", zero=True), m.Decl(made.parameter.ctype, "Ctx", address_of("Own"))]
    root = hoist(assemble(made.scope, name, "NTSTATUS", start + body))
    return m.Program(name, "release helper", [release, root], [made.record()]), f"{exit_kind}/{made.tests}"


def chosen_by_argument(rng, name):
    """The caller says by a flag how much there is to release: all of it, or what was there before a failure."""
    scope = Scope(rng)
    stages = [s for s in resources.life_cycle_of_wholes(scope, 5) if s.release()]
    for stage in stages:
        stage_slots(stage)
    first = rng.randrange(1, len(stages)) if len(stages) > 1 else 1
    body = [m.If(m.Name("All"), unwind(stages[first:]), role="check")] if stages[first:] else []
    body += unwind(stages[:first])
    slots = [s for s in names_in(body) if s in scope.slots]
    params = [m.Param(scope.types[s], s) for s in slots] + [m.Param("BOOLEAN", "All")]
    finish = assemble(scope, name + "Finish", "VOID", body, params, static=True)

    def released(all_of_it):
        given = [m.Name(s) for s in slots] + [TRUE if all_of_it else FALSE]
        return m.Do(call_to(finish, *given), role="release")

    body = []
    for i, stage in enumerate(stages):
        undo = unwind(stages[:i]) if i < first else unwind(stages[first:i]) + [released(False)]
        result = STATUS if stage.sets_status else failure()
        body += stage.acquire()
        if stage.ok() is not None:
            body.append(m.If(negated(stage.ok()), undo + [m.Return(result, role="jump")], role="check"))
        body += stage.after()
    body += uses_of(stages, rng)
    body += [m.Assign(STATUS, m.Call("DeviceProgram", [m.Name("Device")]), role="work"), released(True), m.Return(STATUS)]
    root = assemble(scope, name, "NTSTATUS", body)
    return m.Program(name, "chosen by argument", [finish, root]), ""


def opaque(rng, name):
    """Who opens gets a PVOID that only the function that closes knows to be an MDL."""
    scope = Scope(rng)
    kind = rng.choice((resources.chain_of_locked, resources.chain_of_nonpaged, resources.chain_of_pages))
    stages = [s for s in kind(scope, "") if s.slot in ("", "Mdl")]
    body = []
    for i, stage in enumerate(stages):
        body += stage.acquire()
        if stage.ok() is not None:
            body.append(m.If(negated(stage.ok()), unwind(stages[:i]) + [m.Return(NULL, role="jump")], role="check"))
        body += stage.after()
    opener = assemble(scope, name + "Open", "PVOID", body + [m.Return(m.Name("Mdl"))], static=True)
    taken = m.Assign(m.Name("Mdl"), m.Name("Opaque"))
    closer = assemble(scope, name + "Close", "VOID", [taken] + unwind(stages), [m.Param("PVOID", "Opaque")], static=True)
    scope.types["Opaque"] = "PVOID"
    close = m.Do(call_to(closer, m.Name("Opaque")), role="release")
    body = [
        m.Assign(m.Name("Opaque"), call_to(opener), role="acquire"),
        m.If(m.Bin("==", m.Name("Opaque"), NULL), [m.Return(failure(), role="jump")], role="check"),
        m.Assign(STATUS, m.Call("DeviceProgram", [m.Name("Device")]), role="work"),
    ]
    if rng.random() < 0.5:
        body.append(m.If(failed(STATUS), [m.clone(close), m.Return(STATUS, role="jump")], role="check"))
        body.append(m.Assign(STATUS, m.Call("DeviceWait", [m.Name("Device")]), role="work"))
    root = assemble(scope, name, "NTSTATUS", body + [close, m.Return(STATUS)])
    return m.Program(name, "opaque handle", [opener, closer, root]), ""


# ---------------------------------------------------------------------------------------------------------------------
# Tables of function pointers
# ---------------------------------------------------------------------------------------------------------------------


def table(rng, name, filled_at_run_time=False):
    """Set-up and tear-down through a structure of function pointers."""
    made = Context(rng, name, 5)
    setup, teardown = made.setup(), made.teardown()
    ops = m.Record(f"OPS_{name}", [m.Member(pointer_type(setup), "Acquire"), m.Member(pointer_type(teardown), "Release")])
    ops_name = f"Ops_{name}"
    reach = (lambda member: m.Field(m.Name("Ops"), member, False)) if filled_at_run_time else \
        (lambda member: m.Field(m.Name(ops_name), member, False))
    setup_call, teardown_call = call_to(setup, m.Name("Ctx")), call_to(teardown, m.Name("Ctx"))
    setup_call.callee, teardown_call.callee = reach("Acquire"), reach("Release")
    body, params = around(made, setup_call, teardown_call)
    if filled_at_run_time:
        body = [
            m.Decl(ops.name, "Ops"),
            m.Assign(reach("Acquire"), m.Name(setup.name)),
            m.Assign(reach("Release"), m.Name(teardown.name)),
        ] + body
    root = hoist(root_of(made, body, params))
    records = [made.record(), ops]
    entries = [("", "Acquire", setup.name), ("", "Release", teardown.name)]
    tables = [] if filled_at_run_time else [m.Table(ops.name, ops_name, entries)]
    idiom = "table filled at run time" if filled_at_run_time else "table"
    return m.Program(name, idiom, [setup, teardown, root], records, tables=tables), made.how


def pointer_type(function):
    params = ", ".join(p.ctype for p in function.params)
    return f"{function.ctype} (*)({params})"


__all__ = ["Context", "Helped", "any_shape", "with_helpers", "context", "release_helper", "chosen_by_argument", "opaque", "table", "elements_of",
           "declaration"]
