#!/usr/bin/env python3
"""Tests of the generator: what it says is correct is, the same seed gives the same text, and every mistake can be made."""

import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare  # noqa: E402
import cxx  # noqa: E402
import generate  # noqa: E402
import idioms  # noqa: E402
import model as m  # noqa: E402
from emit import Batch, emit_single  # noqa: E402
from mutate import MUTATORS  # noqa: E402
from paths import explore  # noqa: E402

SAMPLES = 400


class GenerateTest(unittest.TestCase):
    def test_idioms_without_mistakes_are_correct(self):
        seen = set()
        for number in range(SAMPLES):
            program = idioms.build(random.Random(f"correct {number}"), f"Fn{number}")
            emit_single(program)
            seen.add(program.idiom)
            self.assertEqual(explore(program).violations, [], emit_single(program))
        self.assertGreater(len(seen), 30)

    def test_raii_without_mistakes_is_correct(self):
        for number in range(SAMPLES // 4):
            program = idioms.build(random.Random(f"raii {number}"), f"Fn{number}", cxx.IDIOMS)
            self.assertEqual(explore(program).violations, [], emit_single(program))

    def test_same_seed_same_program(self):
        for number in range(20):
            first, second = generate.make(7, number), generate.make(7, number)
            self.assertEqual(emit_single(first.program), emit_single(second.program))
            self.assertEqual(first.truth.rules(), second.truth.rules())

    def test_every_function_is_run_on_some_path(self):
        for number in range(100):
            specimen = generate.make(11, number)
            self.assertTrue(specimen.truth.covers(specimen.program), emit_single(specimen.program))

    def test_findings_where_no_path_gets_count_neither_way(self):
        specimen = generate.make(103, 428)  # pages never filled in, so that the helper's unlock, made twice, is never reached
        batch = Batch("gen", [specimen.program])
        unlock = [p[i] for p, i in m.statements(specimen.program.functions[0].body) if "MmUnlockPages" in m.calls(p[i])][-1]
        self.assertFalse(specimen.truth.knows(unlock))

        def verdict(*findings):
            found = [{"rule": r, "file": "gen_a.c", "line": line, "level": "error", "message": "",
                      "path": [{"file": "gen_a.c", "line": step} for step in steps]} for r, line, *steps in findings]
            return compare.judge(batch, specimen, found).verdict

        (where,) = [v.where[0].line for v in specimen.truth.violations]
        self.assertEqual(verdict(("MDL010", where), ("MDL007", unlock.line)), compare.RIGHT)
        self.assertEqual(verdict(("MDL010", where), ("MDL007", where + 1)), compare.WRONG)
        self.assertEqual(verdict(("MDL007", unlock.line)), compare.MISSED)
        self.assertEqual(verdict(("MDL010", where), ("MDL007", where, unlock.line)), compare.WRONG)

    def test_other_seed_other_program(self):
        texts = {str(emit_single(generate.make(seed, 0).program)) for seed in range(10)}
        self.assertGreater(len(texts), 8)

    def test_every_mistake_can_be_made(self):
        for mutator, _ in MUTATORS:
            changed = 0
            for number in range(SAMPLES):
                rng = random.Random(f"mistake {number}")
                program = idioms.build(rng, f"Fn{number}")
                before = str(program.functions)
                if mutator(rng, program):
                    changed += str(program.functions) != before
                if changed:
                    break
            self.assertTrue(changed, mutator.__name__)

    def test_violations_are_common_and_of_many_rules(self):
        specimens = [generate.make(3, number) for number in range(SAMPLES)]
        wrong = [s for s in specimens if not s.truth.correct()]
        self.assertGreater(len(wrong), SAMPLES // 4)
        self.assertGreater(len({rule for s in wrong for rule in s.truth.rules()}), 15)


if __name__ == "__main__":
    unittest.main()
