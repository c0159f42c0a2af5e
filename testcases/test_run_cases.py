#!/usr/bin/env python3
"""Tests of run_cases.py, with a fake analyzer that prints prepared reports: the runner has to be able to fail.

    python3 testcases/test_run_cases.py
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import run_cases  # noqa: E402

# Prints the file REPORT beside the case (for -p: in the folder), notes its arguments, and exits as the report says.
FAKE_ANALYZER = """#!{python}
import json, os, sys
argv = sys.argv[1:]
case = argv[argv.index("-p") + 1] if "-p" in argv else argv[argv.index("--") - 1]
name = os.path.join(case, "REPORT") if os.path.isdir(case) else case + ".REPORT"
with open(name + ".args", "w") as log:
    json.dump(argv, log)
with open(name) as stream:
    prepared = json.load(stream)
sys.stdout.write(prepared["stdout"])
sys.stderr.write(prepared["stderr"])
sys.exit(prepared["status"])
"""

BAD = """// A case for the runner.
void f_bad(void)
{
    g(); // step: MDL002
    h(); // expect: MDL002 "too early"
}
void f_ok(void)
{
    h();
}
"""
GOOD_FINDING = ("MDL002", 5, "unlocked too early", [4, 5])


def finding(path, rule, line, message="wrong", steps=(), level="error"):
    return {
        "rule": rule, "name": "Name", "level": level, "message": message, "file": path, "line": line, "column": 1,
        "endLine": line, "endColumn": 2, "function": "f",
        "path": [{"file": path, "line": step, "column": 1, "message": "step"} for step in steps],
    }


class RunnerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        (self.root / "testcases").mkdir()
        self.analyzer = self.root / "fake"
        self.analyzer.write_text(FAKE_ANALYZER.format(python=sys.executable))
        self.analyzer.chmod(0o755)

    def case(self, text, findings=(), path="testcases/wdm/MDL002/a.c", status=None, **report):
        """Writes a case and what the analyzer will say of it; findings are tuples for finding()."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        self.prepare(f"{path}.REPORT", [finding(path, *f) for f in findings], status, **report)

    def prepare(self, name, findings, status=None, unanalyzed=(), stdout=None, stderr=""):
        if status is None:
            status = int(any(f["level"] != "note" for f in findings))
        text = json.dumps({"version": 1, "findings": findings, "unanalyzed": list(unanalyzed)})
        prepared = {"stdout": text if stdout is None else stdout, "stderr": stderr, "status": status}
        (self.root / name).write_text(json.dumps(prepared))

    def run_main(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_cases.main(["--root", str(self.root), "--mdlguard", str(self.analyzer), *arguments])
        return status, out.getvalue() + err.getvalue()

    def passes(self):
        status, output = self.run_main()
        self.assertEqual(status, 0, output)
        return output

    def fails(self, *texts):
        status, output = self.run_main()
        self.assertEqual(status, 1, output)
        for text in texts:
            self.assertIn(text, output)
        return output


class Comparing(RunnerTest):
    def test_case_as_annotated_passes_and_is_counted(self):
        self.case(BAD, [GOOD_FINDING])
        output = self.passes()
        self.assertRegex(output, r"MDL002 +1 +0 +1 +0 +0 +0\n")
        self.assertIn("1 cases, 1 as annotated, 0 not", output)

    def test_missing_finding_fails(self):
        self.case(BAD)
        output = self.fails("testcases/wdm/MDL002/a.c:5: missing MDL002")
        self.assertRegex(output, r"MDL002 +0 +0 +1 +1 +0 +0\n")

    def test_finding_on_another_line_is_missing_and_unexpected(self):
        self.case(BAD, [("MDL002", 4, "unlocked too early", [4])])
        self.fails("a.c:5: missing MDL002", "a.c:4: unexpected MDL002: unlocked too early")

    def test_finding_of_another_rule_is_missing_and_unexpected(self):
        self.case(BAD, [("MDL004", 5)])
        self.fails("a.c:5: missing MDL002", "a.c:5: unexpected MDL004")

    def test_finding_in_ok_function_fails_and_is_no_true_negative(self):
        self.case(BAD, [GOOD_FINDING, ("MDL002", 9)])
        output = self.fails("a.c:9: unexpected MDL002")
        self.assertRegex(output, r"MDL002 +1 +1 +0 +0 +0 +0\n")

    def test_same_finding_twice_fails(self):
        self.case(BAD, [GOOD_FINDING, GOOD_FINDING])
        self.fails("a.c:5: unexpected MDL002")

    def test_two_expects_on_one_line_want_two_findings(self):
        text = "void f_bad(void)\n{\n    g(); // expect: MDL002 // expect: MDL004\n}\n"
        self.case(text, [("MDL002", 3), ("MDL004", 3)])
        self.passes()
        self.case(text, [("MDL002", 3)])
        self.fails("a.c:3: missing MDL004")

    def test_wrong_message_fails(self):
        self.case(BAD, [("MDL002", 5, "something else", [4])])
        self.fails('a.c:5: MDL002 does not say "too early" but "something else"')

    def test_message_chooses_between_findings_of_one_line(self):
        text = 'void f_bad(void)\n{\n    g(); // expect: MDL002 "second" // expect: MDL002 "first"\n}\n'
        self.case(text, [("MDL002", 3, "first"), ("MDL002", 3, "second")])
        self.passes()

    def test_path_without_the_step_fails(self):
        self.case(BAD, [("MDL002", 5, "unlocked too early", [5])])
        self.fails("a.c:4: no path of MDL002 has a step here")

    def test_step_of_another_file_does_not_count(self):
        self.case(BAD, [])
        elsewhere = finding("testcases/wdm/MDL002/a.c", *GOOD_FINDING)
        elsewhere["path"] = [{"file": "testcases/wdm/MDL002/b.c", "line": 4, "column": 1, "message": "step"}]
        self.prepare("testcases/wdm/MDL002/a.c.REPORT", [elsewhere])
        self.fails("a.c:4: no path of MDL002 has a step here")

    def test_offsets_move_an_expect_up_and_down(self):
        text = "void f_bad(void)\n{\n    // expect@+2: MDL002\n\n    g();\n    h();\n    // expect@-1: MDL004\n}\n"
        self.case(text, [("MDL002", 5), ("MDL004", 6)])
        self.passes()

    def test_note_needs_an_annotation_too(self):
        self.case("// clean\nvoid f(void);\n", [("MDL900", 2, "given up", (), "note")])
        self.fails("a.c:2: unexpected MDL900")

    def test_finding_in_a_header_is_unexpected(self):
        self.case(BAD, [GOOD_FINDING])
        path = "testcases/wdm/MDL002/a.c"
        self.prepare(f"{path}.REPORT", [finding(path, *GOOD_FINDING), finding("include/x.h", "MDL002", 3)])
        self.fails("include/x.h:3: unexpected MDL002")

    def test_absolute_names_compare_like_relative_ones(self):
        self.case(BAD)
        path = str(self.root / "testcases/wdm/MDL002/a.c")
        self.prepare("testcases/wdm/MDL002/a.c.REPORT", [finding(path, *GOOD_FINDING)])
        self.passes()


class KnownDefects(RunnerTest):
    MISS = "void f_bad(void)\n{\n    g(); // miss: MDL002 — needs aliasing through a union\n}\n"
    FALSE = "void f_ok(void)\n{\n    g(); // false: MDL002 -- the flag is in another file\n}\n"

    def test_miss_passes_while_nothing_is_found(self):
        self.case(self.MISS)
        self.assertRegex(self.passes(), r"MDL002 +0 +0 +0 +0 +1 +0\n")

    def test_miss_fails_when_cured(self):
        self.case(self.MISS, [("MDL002", 3)])
        self.fails("a.c:3: cured: MDL002 is found now")

    def test_false_passes_while_it_is_reported(self):
        self.case(self.FALSE, [("MDL002", 3)])
        self.assertRegex(self.passes(), r"MDL002 +0 +0 +0 +0 +0 +1\n")

    def test_false_fails_when_cured(self):
        self.case(self.FALSE)
        self.fails("a.c:3: cured: MDL002 is not reported any more")

    def test_reason_is_mandatory(self):
        self.case("void f_bad(void)\n{\n    g(); // miss: MDL002\n}\n")
        self.fails("a.c:3: 'miss: MDL002' needs a reason")


class Mistakes(RunnerTest):
    def test_expect_in_ok_function(self):
        self.case("void f_ok(void)\n{\n    g(); // expect: MDL002\n}\n", [("MDL002", 3)])
        self.fails("a.c:3: 'expect' inside f_ok")

    def test_bad_function_without_expect(self):
        self.case(BAD.replace("f_ok", "h_bad"), [GOOD_FINDING])
        self.fails("a.c:7: h_bad has no expect and no miss")

    def test_call_of_a_bad_function_is_no_definition(self):
        self.case(BAD + "void all(void)\n{\n    f_bad();\n    if (f_bad()) { g(); }\n}\n", [GOOD_FINDING])
        self.passes()

    def test_cpp_member_is_a_checked_function(self):
        path = "testcases/dxgk/MDL102/a.cpp"
        self.case("// expect: MDL102\nvoid K::run_bad(int n) const noexcept\n{\n    char c = '{';\n}\n", path=path)
        self.fails("a.cpp:2: run_bad has no expect")

    def test_file_without_directive(self):
        self.case("void f_ok(void)\n{\n}\n")
        self.fails("a.c:1: no directive")

    def test_clean_file_with_finding(self):
        self.case("// clean: nothing to see\nvoid f(void)\n{\n}\n", [("MDL002", 2)])
        self.fails("a.c:2: unexpected MDL002")

    def test_clean_file_with_expect(self):
        self.case("// clean\n" + BAD, [("MDL002", 6, "too early", [5])])
        self.fails("a.c:6: 'expect' in a file that is marked clean")

    def test_clean_further_down_does_not_count(self):
        self.case("void f_ok(void)\n{\n}\n// clean\n")
        self.fails("a.c:1: no directive")

    def test_unreadable_directives(self):
        for comment in ("expects: MDL002", "expect MDL002", "expect: MDL2", "miss MDL002", "expect@2: MDL002", "step:"):
            with self.subTest(comment):
                self.case(BAD + f"// {comment}\n", [GOOD_FINDING])
                self.fails("a.c:11: cannot read this directive")

    def test_directive_in_a_string_is_none(self):
        self.case(BAD.replace("h();\n}\n", 'puts("// expect: MDL002");\n}\n', 1), [GOOD_FINDING])
        self.passes()

    def test_step_without_expect(self):
        self.case(BAD.replace("step: MDL002", "step: MDL004"), [GOOD_FINDING])
        self.fails("a.c:4: step of MDL004, but nothing in this case expects MDL004")


class Analyzer(RunnerTest):
    def test_crash_and_usage_error_fail_the_case(self):
        for status in (2, 134):
            with self.subTest(status):
                self.case(BAD, status=status, stderr="boom\n")
                self.fails(f"a.c:1: exit status {status}: boom")

    def test_killed_by_a_signal_fails_the_case(self):
        self.analyzer.write_text("#!/bin/sh\nkill -SEGV $$\n")
        self.case(BAD)
        self.fails("a.c:1: exit status -11")

    def test_garbage_instead_of_a_report(self):
        for text in ("", "not json", "[]", '{"version": 1}', '{"findings": [{"rule": "MDL002"}]}'):
            with self.subTest(text):
                self.case(BAD, status=1, stdout=text)
                self.fails("a.c:1: the report is not what was agreed")

    def test_unanalysed_input_fails_the_case(self):
        self.case("// clean\nint x;\n", unanalyzed=[{"file": "a.c", "reason": "parse error"}], status=3)
        self.fails("a.c:1: not everything was analysed", "parse error")

    def test_exit_status_has_to_fit_the_findings(self):
        self.case(BAD, [GOOD_FINDING], status=0)
        self.fails("a.c:1: exit status 0 does not fit 1 finding(s)")
        self.case("// clean\nint x;\n", status=1)
        self.fails("a.c:1: exit status 1 does not fit 0 finding(s)")

    def test_args_reach_the_compiler(self):
        self.case("// args: -DX=1 -DY\n" + BAD, [("MDL002", 6, "too early", [5])])
        self.passes()
        argv = json.loads((self.root / "testcases/wdm/MDL002/a.c.REPORT.args").read_text())
        self.assertEqual(argv[-2:], ["-DX=1", "-DY"])
        self.assertIn("--no-db", argv)


class Selecting(RunnerTest):
    def two_packs(self):
        self.case(BAD, [GOOD_FINDING])
        self.case(BAD.replace("MDL002", "MDL102"), path="testcases/dxgk/MDL102/b.c")

    def test_filter_and_pack(self):
        self.two_packs()
        self.assertEqual(self.run_main()[0], 1)
        self.assertEqual(self.run_main("--filter", "a.c")[0], 0)
        self.assertEqual(self.run_main("--pack", "wdm")[0], 0)
        self.assertEqual(self.run_main("--pack", "dxgk", "-j", "2")[0], 1)

    def test_nothing_selected_is_an_error(self):
        self.two_packs()
        self.assertEqual(self.run_main("--filter", "no such case")[0], 2)

    def test_missing_analyzer_is_an_error(self):
        self.two_packs()
        self.analyzer.unlink()
        self.assertEqual(self.run_main()[0], 2)

    def test_driver_is_one_case_with_all_its_files(self):
        folder = self.root / "testcases/drivers/disk"
        folder.mkdir(parents=True)
        (folder / "compile_commands.json").write_text("[]")
        (folder / "a.c").write_text("void f(void)\n{\n    g(); // step: MDL002\n}\n")
        (folder / "b.c").write_text("void h(void)\n{\n    i(); // expect: MDL002\n}\n")
        (folder / "plain.h").write_text("int nothing;\n")
        # Reports name a driver's files relative to its folder.
        found = finding("b.c", "MDL002", 3)
        found["path"] = [{"file": "a.c", "line": 3, "column": 1, "message": "step"}]
        self.prepare("testcases/drivers/disk/REPORT", [found])
        self.assertIn("1 cases, 1 as annotated", self.passes())
        self.prepare("testcases/drivers/disk/REPORT", [])
        self.fails("testcases/drivers/disk/b.c:3: missing MDL002")


class RealCases(unittest.TestCase):
    """The cases of this project: well-formed, and two bad and two good ones of every rule."""

    RULES = {
        "wdm": [f"MDL{n:03}" for n in [*range(1, 16), *range(20, 25)]],
        "dxgk": ["MDL101", "MDL102", "MDL103", "MDL105", "MDL106", "MDL107"],
    }

    @classmethod
    def setUpClass(cls):
        root = Path(__file__).resolve().parent.parent
        cls.cases = run_cases.find_cases(root, root / "testcases")

    def test_annotations_are_well_formed(self):
        problems = [p for case in self.cases for p in run_cases.check_case(case)]
        problems += [p for case in self.cases for source in case.files for p in source.problems]
        self.assertEqual([str(p) for p in problems], [])

    def test_every_rule_has_two_bad_and_two_ok_files(self):
        for pack, rules in self.RULES.items():
            for rule in rules:
                sources = [c.files[0] for c in self.cases if (c.pack, c.rule) == (pack, rule)]
                bad = [s for s in sources if any(d.kind == "expect" and d.rule == rule for d in s.directives)]
                good = [s for s in sources if any(f.is_ok() for f in s.functions)]
                with self.subTest(rule):
                    self.assertGreaterEqual(len(bad), 2)
                    self.assertGreaterEqual(len(good), 2)

    def test_first_line_says_what_happens(self):
        for case in self.cases:
            if not case.database:
                first = (Path(__file__).resolve().parent.parent / case.name).read_text().split("\n")[0]
                with self.subTest(case.name):
                    self.assertRegex(first, r"^// .{30,}\.$")


if __name__ == "__main__":
    unittest.main()
