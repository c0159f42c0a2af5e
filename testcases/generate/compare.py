"""Scans generated programs with mdlguard and compares what it says with the truth."""

import json
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from emit import Batch

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 600
RIGHT, MISSED, WRONG, FALSE_ALARM, SILENT = "right", "missed", "wrong rule", "false alarm", "silent"


@dataclass
class Outcome:
    """What became of one program."""

    specimen: object
    verdict: str
    found: list  # (rule, file, line, message)
    given_up: bool = False
    right_line: bool = True


@dataclass
class Result:
    outcomes: list = field(default_factory=list)
    problems: list = field(default_factory=list)


def scan(options, files, cxx):
    """Findings of mdlguard in the files, and its complaints."""
    include = Path(options.mingw) / "include"
    command = [str(options.mdlguard), "scan", "--no-db", "-q", "-f", "json", "--fail-on", "never", "-j", "1"]
    command += [str(f) for f in files if f.suffix in (".c", ".cpp")]
    command += ["--", "-target", "x86_64-w64-mingw32", "-fms-extensions", "-isystem", str(include)]
    command += ["-isystem", str(include / "ddk"), "-I", str(ROOT / "include"), "-I", str(files[0].parent)]
    command += ["-Wno-multichar"] if cxx else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode != 0:
        return [], [f"{files[0].name}: exit status {done.returncode}: {done.stderr.strip()[:300]}"]
    report = json.loads(done.stdout)
    return report["findings"], [str(u)[:300] for u in report["unanalyzed"]]


def compare(options, name, specimens, folder):
    """Emits the specimens into files of that name, scans them and judges."""
    batch = Batch(name, [s.program for s in specimens])
    files = []
    for file_name, text in batch.files.items():
        files.append(Path(folder) / file_name)
        files[-1].write_text(text, encoding="ascii")
    findings, problems = scan(options, files, batch.programs[0].cxx)
    by_program = defaultdict(list)
    for finding in findings:
        program, _ = batch.program_at(finding["file"], finding["line"])
        if program is None:
            problems.append(f"{finding['file']}:{finding['line']}: {finding['rule']} outside of all functions")
            continue
        by_program[program.name].append(finding)
    return Result([judge(batch, s, by_program[s.program.name]) for s in specimens], problems)


def judge(batch, specimen, findings):
    given_up = any(f["rule"] == "MDL900" for f in findings)
    findings = [f for f in findings if f["level"] != "note" and not is_unknown(batch, specimen, f)]
    found = [(f["rule"], Path(f["file"]).name, f["line"], f["message"]) for f in findings]
    rules = {f["rule"] for f in findings}
    truth = specimen.truth
    if truth.correct():
        tolerated = set().union(*(v.rules for v in truth.violations)) if truth.violations else set()
        return Outcome(specimen, SILENT if rules <= tolerated else FALSE_ALARM, found, given_up)
    demanded = set(truth.rules())
    tolerated = set().union(*(v.rules for v in truth.violations))
    verdict = RIGHT if rules & demanded and rules <= tolerated else MISSED if not rules else WRONG
    lines = {(rule, *position) for v in truth.violations for rule in v.rules for position in positions(batch, specimen, v)}
    right_line = all((rule, file, line) in lines for rule, file, line, _ in found)
    return Outcome(specimen, verdict, found, given_up, right_line)


def is_unknown(batch, specimen, finding):
    """Whether it stands in a helper and its path goes through statements of a helper that no path of the program runs, where a mistake was made: a
    finding says that they are wrong whoever calls the helper, and the truth speaks of this caller."""
    program = specimen.program
    stands_in = helper_statements(batch, program, finding)
    passed = [helper_statements(batch, program, at) for at in (finding, *finding["path"])]
    return bool(program.mutations) and bool(stands_in) and any(p and not any(map(specimen.truth.knows, p)) for p in passed)


def helper_statements(batch, program, at):
    """The statements of the program's helpers at the place."""
    return [
        p[i]
        for function in program.functions
        if function is not program.root() and at["file"].endswith(batch.name + batch.suffixes[function.unit])
        for p, i in walk(function)
        if p[i].line == at["line"]
    ]


def positions(batch, specimen, violation):
    """The lines at which the violation may be reported: the statement, or a call on the way to it."""
    for statement in violation.where:
        function = function_of(specimen.program, statement)
        yield batch.name + batch.suffixes[function.unit], statement.line


def function_of(program, statement):
    unit_of = {id(p[i]): f for f in program.functions for p, i in walk(f)}
    return unit_of[id(statement)]


def walk(function):
    from model import statements

    return statements(function.body)


def describe(outcome):
    """One disagreement in a few lines."""
    specimen = outcome.specimen
    truth = "; ".join(
        f"{'/'.join(sorted(v.rules))} at {','.join(str(s.line) for s in v.where)}{' (after)' if v.consequence else ''}"
        for v in specimen.truth.violations
    )
    found = "; ".join(f"{rule} at {file}:{line} {message}" for rule, file, line, message in outcome.found)
    return (
        f"{outcome.verdict}: {specimen.program.name} [{specimen.program.idiom}] "
        f"{', '.join(specimen.program.mutations) or 'no mistake'}{' (given up)' if outcome.given_up else ''}\n"
        f"    truth: {truth or 'correct'}\n    found: {found or 'nothing'}"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Tables
# ---------------------------------------------------------------------------------------------------------------------

COLUMNS = (RIGHT, MISSED, WRONG, SILENT, FALSE_ALARM, "given up", "other line")


def tabulate(outcomes, keys):
    """Counts by a key of an outcome: lines of text."""
    counts = defaultdict(Counter)
    for outcome in outcomes:
        for key in keys(outcome):
            counts[key][outcome.verdict] += 1
            counts[key]["given up"] += outcome.given_up
            counts[key]["other line"] += outcome.verdict == RIGHT and not outcome.right_line
    width = max((len(key) for key in counts), default=0)
    yield " " * width + "".join(f"  {column:>11}" for column in COLUMNS)
    for key in sorted(counts):
        yield f"{key:<{width}}" + "".join(f"  {counts[key][column]:>11}" for column in COLUMNS)


def idiom_of(outcome):
    return [outcome.specimen.program.idiom]


def rules_of(outcome):
    return outcome.specimen.truth.rules() or ["correct"]


def mistake_of(outcome):
    return outcome.specimen.program.mutations or ["no mistake"]


def rates(outcomes):
    """(share of violations reported right, share of correct ones with a false alarm)"""
    count = Counter(o.verdict for o in outcomes)
    violating = count[RIGHT] + count[MISSED] + count[WRONG]
    correct = count[SILENT] + count[FALSE_ALARM]
    return count[RIGHT] / max(1, violating), count[FALSE_ALARM] / max(1, correct), violating, correct
