"""All paths of a program: every outcome of every routine, every answer of the outside world, every argument.

A path is a list of choices. A run follows a given prefix and takes the first alternative after it; the next prefix is
the last choice that has another alternative, so that all paths are visited depth first. The truth about a program is the
union of what its paths violate.
"""

from dataclasses import dataclass, field

from interp import Abandoned, Runner

MAX_PATHS = 6000


@dataclass
class Truth:
    """What a program does wrong: violations without repetition, how many paths were run, and which functions and statements they went through."""

    violations: list = field(default_factory=list)
    paths: int = 0
    entered: set = field(default_factory=set)
    ran: set = field(default_factory=set)

    def add(self, found):
        for violation in found:
            key = (violation.rules, tuple(id(s) for s in violation.where), violation.consequence)
            if key not in self.keys():
                self.violations.append(violation)

    def keys(self):
        return {(v.rules, tuple(id(s) for s in v.where), v.consequence) for v in self.violations}

    def demanded(self):
        return [v for v in self.violations if not v.consequence]

    def rules(self):
        return sorted(set().union(*(v.rules for v in self.demanded()))) if self.demanded() else []

    def covers(self, program):
        """Whether every function was run: of one that never is, nothing is known."""
        return all(id(function) in self.entered for function in program.functions)

    def knows(self, statement):
        """Whether some path runs it: of what a mistake has put where none gets to, nothing is known."""
        return id(statement) in self.ran

    def correct(self):
        return not self.demanded()


def explore(program):
    """The truth about the program. Raises Undefined or Abandoned when there is none to be had."""
    truth, prefix = Truth(), []
    while prefix is not None:
        runner = Runner(program, prefix)
        truth.add(runner.run())
        truth.entered |= runner.entered
        truth.ran |= runner.ran
        truth.paths += 1
        if truth.paths > MAX_PATHS:
            raise Abandoned("too many paths")
        prefix = following(runner.taken)
    return truth


def following(taken):
    """The prefix of the next path: taken is a list of (choice, number of alternatives)."""
    for i in range(len(taken) - 1, -1, -1):
        choice, size = taken[i]
        if choice + 1 < size:
            return [c for c, _ in taken[:i]] + [choice + 1]
    return None
