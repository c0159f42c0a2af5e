#!/usr/bin/env python3
"""Edits a program at random, again and again, and compares two scans after each edit: one that takes over what earlier scans found out about
functions, and one of the same store without that. Reports, summaries and findings have to be the same.

The program is one of the cases of testcases/ (every STRIDEth) and the sample drivers, as copies. An edit deletes, doubles, moves or swaps statements,
turns a condition round, or changes a comment or an empty line only. Some edits are taken back, others add up. What the compiler makes of it does not
matter: what is left of the unit is analysed.

    python3 tests/check_reuse.py --mdlguard build/mdlguard --seed 1 --count 200

Exit status: 0 all the same and most functions taken over, 1 differences.
"""

import argparse
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "testcases"))
import run_cases  # noqa: E402

TABLES = ("function", "call", "summary_case", "summary_event", "finding", "finding_step", "gap")
# The same without ids: a store that was kept and one that is made at once have other ones.
CONTENTS = {
    "unit": "SELECT path, arguments, error_count, statement_count, unknown_count FROM unit JOIN file ON file.id = unit.file",
    "function": "SELECT u.path, key, f.path, line, is_defined, is_external, is_relevant, ir_hash FROM function "
    "JOIN unit ON unit.id = unit JOIN file u ON u.id = unit.file LEFT JOIN file f ON f.id = function.file",
    "call": "SELECT a.key, a.ir_hash, b.key, callee_name, routine, kind, path, call.line, call.column FROM call JOIN function a ON a.id = caller "
    "LEFT JOIN function b ON b.id = callee LEFT JOIN file ON file.id = call.file",
    "summary": "SELECT key, ir_hash, case_index, result, position, effect, routine, subject, mapping FROM summary_case "
    "JOIN function ON function.id = function LEFT JOIN summary_event ON summary_case = summary_case.id",
    "finding": "SELECT finding.id, rule, message, path, line, column, end_line, end_column, function, fingerprint, is_suppressed FROM finding "
    "LEFT JOIN file ON file.id = finding.file",
    "finding_step": "SELECT finding, part, position, path, line, column, message, function, depth, is_event FROM finding_step "
    "LEFT JOIN file ON file.id = finding_step.file",
    "gap": "SELECT path, line, column, text, is_partial FROM gap LEFT JOIN file ON file.id = gap.file",
    "file": "SELECT path FROM file",
}
STATEMENT = re.compile(r"^\s+(?!for\b|typedef\b|#|struct\b|union\b|class\b).*;\s*$")
CONDITION = re.compile(r"^(\s+(?:\} else )?if )\((.*)\)(\s*\{?\s*)$")
REUSED_LEAST = 0.8  # of the functions, over all edits


def make_program(folder, stride, mingw):
    """Copies the cases, and writes the compile database."""
    shutil.copytree(ROOT / "testcases", folder / "testcases", ignore=shutil.ignore_patterns("__pycache__", "generate"))
    include = Path(mingw) / "include"
    entries = []
    cases = run_cases.find_cases(ROOT, ROOT / "testcases")
    chosen = [c for i, c in enumerate(cases) if c.database or i % stride == 0]
    for case in chosen:
        for source in case.files:
            path = folder / source.path
            if path.suffix not in (".c", ".cpp"):
                continue
            entries.append({
                "directory": str(folder), "file": str(path),
                "arguments": ["clang", "-c", "-target", "x86_64-w64-mingw32", "-fms-extensions", "-isystem", str(include), "-isystem",
                              str(include / "ddk"), "-I", str(ROOT / "include"), *case.args(), str(path)]})
    (folder / "compile_commands.json").write_text(json.dumps(entries), encoding="utf-8")
    return [Path(e["file"]) for e in entries]


def is_whole(line):
    return line.count("(") == line.count(")") and line.count("{") == line.count("}")


def edit(rng, text):
    """TEXT with one edit, and what it is; None when there is nothing to edit."""
    lines = text.split("\n")
    statements = [i for i, line in enumerate(lines) if STATEMENT.match(line) and is_whole(line)]
    conditions = [i for i, line in enumerate(lines) if CONDITION.match(line) and is_whole(line.rstrip(" {"))]
    if not statements:
        return None
    at, other = rng.choice(statements), rng.choice(statements)
    kind = rng.choice(["delete", "double", "empty line", "comment", "turn", "swap", "move", "number", "declare"])
    if kind == "delete":
        del lines[at]
    elif kind == "double":
        lines.insert(at, lines[at])
    elif kind == "empty line":
        lines.insert(at, "")
    elif kind == "comment":
        lines[at] += " /* edited */"
    elif kind == "turn" and conditions:
        at = rng.choice(conditions)
        lines[at] = CONDITION.sub(r"\1(!(\2))\3", lines[at])
    elif kind == "swap":
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == "move":
        lines.insert(other, lines.pop(at))
    elif kind == "number":
        lines[at] = re.sub(r"\b0\b", "1", lines[at], count=1)
    elif kind == "declare":
        lines.append("struct edited { int *a; struct edited *next; }; int edited_value;")
    return f"{kind} at {at + 1}", "\n".join(lines)


def scan(options, folder, store, name):
    reports = [str(folder / f"{name}.{kind}") for kind in ("json", "txt", "sarif")]
    command = [options.mdlguard, "scan", "-v", "-j", str(options.jobs), "-p", str(folder), "--fail-on", "never"]
    command += ["--db", str(store)] if store else ["--no-db"]
    command += ["-f", "json=" + reports[0], "-f", "text=" + reports[1], "-f", "sarif=" + reports[2]]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if result.returncode not in (0, 3):
        sys.exit(f"exit status {result.returncode}:\n{result.stderr[:6000]}")
    counts = re.search(r"(\d+) functions were solved, (\d+) are", result.stderr)
    return [Path(r).read_bytes() for r in reports], [int(n) for n in counts.groups()] if counts else [0, 0]


def rows(store):
    connection = sqlite3.connect(store)
    result = {table: connection.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2, 3').fetchall() for table in TABLES}
    connection.close()
    return result


def contents(store):
    connection = sqlite3.connect(store)
    result = {name: sorted(connection.execute(query).fetchall(), key=repr) for name, query in CONTENTS.items()}
    connection.close()
    return result


def copy_without(store, other):
    """OTHER becomes STORE without reports and without what is known of functions."""
    for suffix in ("", "-wal", "-shm"):
        Path(str(other) + suffix).unlink(missing_ok=True)
    shutil.copy(store, other)
    connection = sqlite3.connect(other)
    connection.execute("DELETE FROM solution")
    connection.execute("DELETE FROM result")
    connection.commit()
    connection.close()


class Comparison:
    def __init__(self, options, folder, rng):
        self.options, self.folder, self.rng = options, folder, rng
        self.kept, self.fresh = folder / "kept.db", folder / "fresh.db"
        self.solved = self.reused = self.differences = 0

    def compare(self, what):
        copy_without(self.kept, self.fresh)
        kept, (solved, reused) = scan(self.options, self.folder, self.kept, "kept")
        fresh, _ = scan(self.options, self.folder, self.fresh, "fresh")
        self.solved += solved
        self.reused += reused
        self.tell(what, kept, fresh, rows(self.kept), rows(self.fresh), solved, reused)

    def tell(self, what, kept, fresh, kept_rows, fresh_rows, solved, reused):
        wrong = [kind for kind, a, b in zip(("json", "text", "sarif"), kept, fresh) if a != b]
        wrong += [table for table in kept_rows if kept_rows[table] != fresh_rows[table]]
        self.differences += bool(wrong)
        if wrong or self.options.verbose:
            print(f"{'DIFFERENT: ' + ', '.join(wrong) if wrong else 'same'}: {what}; {solved} solved, {reused} taken over", flush=True)

    def one(self, files, number):
        path = self.rng.choice(files)
        old = path.read_text(encoding="utf-8")
        edited = edit(self.rng, old)
        if not edited:
            return
        path.write_text(edited[1], encoding="utf-8")
        self.compare(f"edit {number}, {edited[0]} of {path.relative_to(self.folder)}")
        if self.rng.random() < 0.6:
            path.write_text(old, encoding="utf-8")


def run(options, folder):
    files = make_program(folder, options.stride, options.mingw)
    comparison = Comparison(options, folder, random.Random(options.seed))
    scan(options, folder, comparison.kept, "kept")
    for number in range(1, options.count + 1):
        comparison.one(files, number)
    kept, _ = scan(options, folder, comparison.kept, "kept")
    made = folder / "made.db"
    fresh, _ = scan(options, folder, made, "fresh")
    comparison.tell("at the end, with a new store", kept, fresh, contents(comparison.kept), contents(made), 0, 0)
    total = comparison.solved + comparison.reused
    print(f"{options.count} edits of {len(files)} files: {comparison.differences} differences; of {total} functions {comparison.solved} were solved")
    return comparison.differences == 0 and total and comparison.reused >= REUSED_LEAST * total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--mdlguard", default="build/mdlguard")
    parser.add_argument("--mingw", default="/usr/x86_64-w64-mingw32")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--stride", type=int, default=6, help="every how manieth case is in the program")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    options.mdlguard = str(Path(options.mdlguard).resolve())
    with tempfile.TemporaryDirectory() as folder:
        return 0 if run(options, Path(folder).resolve()) else 1


if __name__ == "__main__":
    sys.exit(main())
