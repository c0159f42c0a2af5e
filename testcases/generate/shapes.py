"""The ways in which drivers arrange acquiring and releasing: early returns, a ladder of labels, nested ifs, one exit with
flags, the stage reached, SEH. Each turns a list of stages into the body of a function.

keep: after success everything stays held, and somebody else releases it.
"""

import model as m
from words import FALSE, SUCCESS, TRUE, call, failed, failure, negated, num, succeeded, word

STATUS = m.Name("Status")
EXITS = ("goto", "break", "leave", "carried", "except")
TESTS = ("null", "flag", "bit", "stage", "switch", "mdlflags")


def unwind(stages):
    """Releases everything, last first."""
    return [s for stage in reversed(stages) for s in stage.release()]


def note_failure(stage):
    return [] if stage.sets_status else [m.Assign(STATUS, failure(), role="flag")]


def uses_of(stages, rng, chance=0.6):
    return [s for stage in stages if rng.random() < chance for s in stage.uses()]


def step(stage, on_failure):
    """Acquires a stage; on_failure runs and leaves when it fails."""
    body, ok = stage.acquire(), stage.ok()
    if stage.raises and stage.rng.random() < 0.3 and isinstance(body[-1], m.TryExcept):
        body[-1].handler += on_failure  # leaves from within the handler
    elif ok is not None:
        body.append(m.If(negated(ok), on_failure, role="check"))
    return body + stage.after()


# ---------------------------------------------------------------------------------------------------------------------
# Early return
# ---------------------------------------------------------------------------------------------------------------------


def early_return(scope, stages, keep=False):
    rng, body = scope.rng, []
    for i, stage in enumerate(stages):
        result = STATUS if stage.sets_status else failure()
        body += step(stage, unwind(stages[:i]) + [m.Return(result, role="jump")])
        if rng.random() < 0.2:
            body += uses_of(stages[: i + 1], rng)
    body += uses_of(stages, rng)
    return body + ([] if keep else unwind(stages)) + [m.Return(SUCCESS if rng.random() < 0.5 or keep else STATUS)]


# ---------------------------------------------------------------------------------------------------------------------
# Ladder of labels
# ---------------------------------------------------------------------------------------------------------------------


def goto_ladder(scope, stages, keep=False):
    rng, body = scope.rng, []
    held = []  # the stages with a label, so far
    for stage in stages:
        label = "Undo" + held[-1].key() if held else "Done"
        body += step(stage, note_failure(stage) + [m.Goto(label, role="jump")])
        if stage.release():
            held.append(stage)
    body += uses_of(stages, rng)
    body.append(m.Assign(STATUS, SUCCESS))
    if keep:
        body.append(m.Return(STATUS))
    for stage in reversed(held):
        body += [m.Label("Undo" + stage.key())] + stage.release()
    return body + [m.Label("Done"), m.Return(STATUS)]


# ---------------------------------------------------------------------------------------------------------------------
# Nested ifs
# ---------------------------------------------------------------------------------------------------------------------


def nested(scope, stages, keep=False):
    return nest(scope, stages, stages, keep) + [m.Return(STATUS)]


def nest(scope, stages, rest, keep):
    if not rest:
        return uses_of(stages, scope.rng)
    stage, body = rest[0], rest[0].acquire()
    ok, inside = stage.ok(), stage.after() + nest(scope, stages, rest[1:], keep)
    release = stage.release()
    if keep and release:
        release = [m.If(failed(STATUS), release, role="check")]
    inside += release
    if ok is None:
        return body + inside
    return body + [m.If(ok, inside, note_failure(stage), role="check")]


# ---------------------------------------------------------------------------------------------------------------------
# One exit, where tests tell what is held
# ---------------------------------------------------------------------------------------------------------------------


class Marks:
    """How one exit knows what is held: by NULL, flags, bits, the number of the stage, or MdlFlags."""

    def __init__(self, scope, kind, stages):
        self.scope, self.kind = scope, kind
        self.numbers = {stage.key(): i + 1 for i, stage in enumerate(s for s in stages if s.release())}

    def kind_for(self, stage):
        if self.kind == "null" and not stage.slot:
            return "flag"
        if self.kind == "mdlflags" and stage.held_by_flags() is None:
            return "null" if stage.slot else "flag"
        return self.kind

    def flag(self, stage):
        return self.scope.at("Has" + stage.key(), "BOOLEAN")

    def bits(self):
        return self.scope.at("Held", "ULONG")

    def bit(self, stage):
        value = 1 << self.numbers[stage.key()]
        return m.Num(hex(value), value)

    def mark(self, stage):
        if not stage.release():
            return []
        kind = self.kind_for(stage)
        if kind == "flag":
            return [m.Assign(self.flag(stage), TRUE, role="flag")]
        if kind == "bit":
            return [m.Assign(self.bits(), m.Bin("|", self.bits(), self.bit(stage)), role="flag")]
        if kind in ("stage", "switch"):
            return [m.Assign(self.bits(), num(self.numbers[stage.key()]), role="flag")]
        return []

    def test(self, stage):
        kind = self.kind_for(stage)
        if kind == "flag":
            return self.flag(stage)
        if kind == "bit":
            return m.Bin("&", self.bits(), self.bit(stage))
        if kind == "stage":
            return m.Bin(">=", self.bits(), num(self.numbers[stage.key()]))
        if kind == "mdlflags":
            return m.Bin("&&", m.Bin("!=", stage.mdl(), m.Num("NULL", 0)), stage.held_by_flags())
        return stage.held()

    def unmark(self, stage):
        kind = self.kind_for(stage)
        if kind == "flag":
            return [m.Assign(self.flag(stage), FALSE, role="clear")]
        return stage.clear() if kind in ("null", "mdlflags") else []

    def cleanup(self, stages, clear=False):
        """Releases what is held, by the marks."""
        held = [s for s in reversed(stages) if s.release()]
        if self.kind == "switch":
            cases = [m.Case(num(self.numbers[s.key()]), s.release()) for s in held]
            cases.append(m.Case(None, [m.Break()]))
            return [m.Switch(self.bits(), cases)]
        body = []
        for stage in held:
            unmark = self.unmark(stage) if clear else []
            body.append(m.If(self.test(stage), stage.release() + unmark, role="check"))
        return body


def one_exit(scope, stages, keep=False, exit_kind=None, marks=None, cleanup=None):
    """Acquires stage after stage, leaves for one exit on failure, and releases there what is held."""
    rng = scope.rng
    exit_kind = exit_kind or rng.choice(EXITS)
    marks = marks or Marks(scope, rng.choice(TESTS), stages)
    if cleanup is None:
        cleanup = marks.cleanup(stages, clear=keep or rng.random() < 0.3)
    return EXIT_BUILDERS[exit_kind](scope, stages, marks, cleanup, keep)


def steps(stages, marks, leave, rng):
    body = []
    for stage in stages:
        body += step(stage, note_failure(stage) + [m.clone(leave)]) + marks.mark(stage)
    return body + uses_of(stages, rng)


def only_on_failure(cleanup, keep):
    return [m.If(failed(STATUS), cleanup, role="check")] if keep else cleanup


def exit_by_goto(scope, stages, marks, cleanup, keep):
    body = steps(stages, marks, m.Goto("Exit", role="jump"), scope.rng)
    return body + [m.Label("Exit")] + only_on_failure(cleanup, keep) + [m.Return(STATUS)]


def exit_by_break(scope, stages, marks, cleanup, keep):
    body = steps(stages, marks, m.Break(role="jump"), scope.rng)
    return [m.DoWhile(body, m.Num("FALSE", 0))] + only_on_failure(cleanup, keep) + [m.Return(STATUS)]


def exit_by_leave(scope, stages, marks, cleanup, keep):
    """__try … __finally: with `keep` the finally asks whether the body came to its end."""
    rng = scope.rng
    leave = m.Leave(role="jump") if not keep or rng.random() < 0.5 else m.Return(STATUS, role="jump")
    body = steps(stages, marks, leave, rng)
    final = cleanup
    if keep:
        test = failed(STATUS)
        if isinstance(leave, m.Return) or rng.random() < 0.5:
            test = m.Bin("||", m.Call("AbnormalTermination"), test)
        final = [m.If(test, cleanup, role="check")]
    return [m.TryFinally(body, final), m.Return(STATUS)]


def exit_by_status(scope, stages, marks, cleanup, keep):
    """Every step asks the status that is carried along."""
    body = []
    for i, stage in enumerate(stages):
        inside, ok = stage.acquire(), stage.ok()
        done = stage.after() + marks.mark(stage)
        if stage.sets_status and done:
            inside.append(m.If(succeeded(STATUS), done, role="check"))
        elif not stage.sets_status and ok is not None:
            inside.append(m.If(ok, done, note_failure(stage), role="check") if done else
                          m.If(negated(ok), note_failure(stage), role="check"))
        else:
            inside += done
        body += [m.If(succeeded(STATUS), inside, role="check")] if i else inside
    inside = uses_of(stages, scope.rng)
    body += [m.If(succeeded(STATUS), inside, role="check")] if inside else []
    return body + only_on_failure(cleanup, keep) + [m.Return(STATUS)]


def exit_by_except(scope, stages, marks, cleanup, keep):
    """One __try around everything; the handler notes the exception, and what follows cleans up."""
    rng, body = scope.rng, []
    for stage in stages:
        body += stage.acquire(raw=True)
        ok = None if stage.raises else stage.ok()
        if ok is not None:
            body.append(m.If(negated(ok), note_failure(stage) + [m.Leave(role="jump")], role="check"))
        body += stage.after() + marks.mark(stage)
    handler = [m.Assign(STATUS, m.Call("GetExceptionCode"), role="flag")]
    if not keep and rng.random() < 0.3:
        handler += m.clone(cleanup) + [m.Return(STATUS, role="jump")]
    guarded = m.TryExcept(body + uses_of(stages, rng), handler)
    return [guarded] + only_on_failure(cleanup, keep) + [m.Return(STATUS)]


EXIT_BUILDERS = {
    "goto": exit_by_goto,
    "break": exit_by_break,
    "leave": exit_by_leave,
    "carried": exit_by_status,
    "except": exit_by_except,
}


# ---------------------------------------------------------------------------------------------------------------------
# Termination handlers inside each other
# ---------------------------------------------------------------------------------------------------------------------


def nested_finally(scope, stages, keep=False):
    """Each resource has a __finally of its own. Not for `keep`."""
    assert not keep
    return nest_finally(scope, stages, stages) + [m.Return(STATUS)]


def nest_finally(scope, stages, rest):
    if not rest:
        return uses_of(stages, scope.rng)
    stage = rest[0]
    body, ok = stage.acquire(), stage.ok()
    inside = nest_finally(scope, stages, rest[1:])
    if stage.release():
        inside = [m.TryFinally(inside or [call("DeviceLog", m.Name("Device"))], stage.release())]
    inside = stage.after() + inside
    if ok is None:
        return body + inside
    leaves = scope.rng.random() < 0.5
    if leaves:
        return body + [m.If(negated(ok), [m.Return(STATUS if stage.sets_status else failure(), role="jump")],
                            role="check")] + inside
    return body + [m.If(ok, inside, note_failure(stage), role="check")]


SHAPES = {
    "early return": early_return,
    "goto ladder": goto_ladder,
    "nested ifs": nested,
    "one exit": one_exit,
}

__all__ = ["SHAPES", "EXITS", "TESTS", "Marks", "one_exit", "nested_finally", "unwind", "uses_of", "word"]
