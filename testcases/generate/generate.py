"""Generated programs with their truth: the same seed and number give the same program."""

import random
from dataclasses import dataclass

import cxx
import idioms
import model as m
from interp import Abandoned
from machine import Undefined
from mutate import mutate
from paths import Truth, explore
from scope import names_in

CORRECT_SHARE = 0.35  # programs that are left without a mistake on purpose
TWO_MISTAKES = 0.1

# Rules that the analyzer does not check yet: programs that break one of them are left out.
UNCHECKED = {"MDL104"}


@dataclass
class Specimen:
    """A program and what is known about it."""

    program: m.Program
    truth: Truth


def is_c(program, function):
    """Whether all names in the function are declared: a mistake may have put one where it does not exist."""
    known = {p.name for p in function.params} | {s.name for s in function.body if isinstance(s, m.Decl)}
    known |= {t.name for t in program.tables} | {f.name for f in program.functions} | {r.name for r in program.records}
    labels = {s.name for s in function.body if isinstance(s, m.Label)}
    jumps = {p[i].label for p, i in m.statements(function.body) if isinstance(p[i], m.Goto)}
    return bool(function.owner) or program.cxx or (set(names_in(function.body)) <= known and jumps <= labels)


def declares_twice(program):
    """Whether a mistake has put one declaration beside another of the same name."""
    for function in program.functions:
        for place in {id(p): p for p, _ in m.statements(function.body)}.values():
            names = [s.name for s in place if isinstance(s, m.Decl)]
            if len(names) > len(set(names)):
                return True
    return False


def prune(program):
    """Drops functions that nobody calls any more: what they do wrong does not happen."""
    kept = []
    for function in reversed(program.functions):
        used = {name for f in kept for p, i in m.statements(f.body) for name in m.calls(p[i])}
        used |= {e.name for f in kept for p, i in m.statements(f.body) for e in m.own_expressions(p[i])
                 if isinstance(e, m.Name)}
        used |= {target for table in program.tables for _, _, target in table.entries}
        if function is program.root() or function.owner or function.name in used:
            kept.insert(0, function)
    program.functions = kept


def make(seed, number, in_cxx=False):
    """The specimen of that number; others are tried until one has a truth to be known."""
    idiom_list = cxx.IDIOMS if in_cxx else idioms.IDIOMS
    for attempt in range(100):
        rng = random.Random(f"{seed}:{number}:{attempt}")
        program = idioms.build(rng, f"Fn{number}", idiom_list)
        if rng.random() >= CORRECT_SHARE:
            mutate(rng, program)
            if rng.random() < TWO_MISTAKES:
                mutate(rng, program)
        prune(program)
        if declares_twice(program) or not all(is_c(program, function) for function in program.functions):
            continue
        try:
            truth = explore(program)
        except (Undefined, Abandoned):
            continue
        if not truth.covers(program):
            continue
        if truth.correct() or not UNCHECKED & set(truth.rules()):
            return Specimen(program, truth)
    raise AssertionError(f"no program for seed {seed}, number {number}")
