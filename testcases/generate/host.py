#!/usr/bin/env python3
"""Runs generated driver functions on the host, on every path, and compares with their truth and with the analyzer.

    python3 testcases/generate/host.py --mdlguard build/mdlguard --host-cc build/shim/mdlguard-host-cc --seed 1 --count 1000 -j 2

The functions are those of run.py: the same seed and number give the same one. Each is compiled for the host with the shim, and run once for every
combination of outcomes (mdlguard_host_report_paths): a routine fails or not, a function of the outside world gives each of its answers, an argument each
value that matters. The interpreter that knows the truth takes the same paths, with rules of its own.

    agrees      a violation, and the shim reports one of its rules on some path, and on no path a rule that the function does not break;
                or no violation, and the shim is silent on every path

Exit status: 0 the shim agrees with the truth on every function that ran and with the analyzer on each that it judges rightly, 1 it does not, 2 the call is
wrong. A line
"SEED:NUMBER — reason" in host_known.txt beside this file, if there is one, says what is known to differ.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare  # noqa: E402
import generate  # noqa: E402
import model as m  # noqa: E402
from emit import EXTERN_RESULTS, Batch  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PER_FILE = 50
PATHS = 4000  # at most, of a function
TIMEOUT_SECONDS = 300
AGREES, DIFFERS = "agrees", "differs"

# What is passed for a parameter that is only handed on.
OPAQUE = {
    "Buffer": "mdlguard_host_user_range(HOST_LENGTH)",
    "Device": "(ExAllocatePoolWithTag)(NonPagedPool, PAGE_SIZE, 'tsoh')",
    "Length": "HOST_LENGTH",
    "Range2": "(MmAllocateMappingAddress)(HOST_LENGTH, 'tsoh')",
    "Range": "(MmAllocateMappingAddress)(HOST_LENGTH, 'tsoh')",
    "Dxgk": "host_make_adapter()",
    "Target": "(ExAllocatePoolWithTag)(NonPagedPool, PAGE_SIZE, 'tsoh')",
    "Limit": "everything",
}

STUBS = {
    "status": "return mdlguard_host_choose(2) ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;",
    "bool": "return (BOOLEAN)!mdlguard_host_choose(2);",
    "count": "return mdlguard_host_choose(4);",
    "void": "",
}
TYPES = {"status": "NTSTATUS", "bool": "BOOLEAN", "count": "ULONG", "void": "VOID"}

PROLOGUE = """
#include "host_args.h"

static PVOID kept[64], result;
static ULONG kept_count;
static int number;
static ULONGLONG space[16][64];
static PHYSICAL_ADDRESS everything;

static PVOID keep(PVOID value)
{
    if (kept_count < 64)
        kept[kept_count++] = value;
    host_touch(value);
    return value;
}

/* The lower driver completes every IRP at once. */
NTSTATUS FASTCALL IofCallDriver(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(irp);

    next->CompletionRoutine(device, irp, next->Context);
    return mdlguard_host_choose(2) ? STATUS_UNSUCCESSFUL : STATUS_PENDING;
}
"""

MAIN = """
int mdlguard_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (number = 0; number < COUNT; number++)
        mdlguard_host_report_paths(number, PATHS, run, 0);
    return 0;
}
"""


@dataclass
class Outcome:
    """What became of one function."""

    specimen: object
    static: compare.Outcome
    seen: set = field(default_factory=set)  # (rule, line)
    paths: int = 0
    died: set = field(default_factory=set)
    verdict: str = ""
    agrees_with_analyzer: bool = False

    def rules(self):
        return {rule for rule, _ in self.seen}


# ---------------------------------------------------------------------------------------------------------------------
# Programs
# ---------------------------------------------------------------------------------------------------------------------


def argument(param, position):
    """A C expression for what the caller passes."""
    if param.kind in ("out", "struct"):
        return f"({param.ctype})space[{position}]"
    if param.kind == "bool":
        return "(BOOLEAN)mdlguard_host_choose(2)"
    if param.kind == "count":
        return "mdlguard_host_choose(4)"
    return f"({param.ctype}){OPAQUE[param.name]}" if param.name != "Limit" else OPAQUE[param.name]


def run_of(function):
    """The statements that run one program."""
    names = [f"a{i}" for i in range(len(function.params))]
    values = [f"        {p.ctype} {n} = {argument(p, i)};" for i, (p, n) in enumerate(zip(function.params, names))]
    call = f"{function.name}({', '.join(names)})"
    kept = f"result = (PVOID)(ULONG_PTR){call};" if "*" in function.ctype or function.ctype == "PMDL" else f"{call};"
    return "\n".join(values + ["        mdlguard_host_begin();", f"        {kept}", "        break;"])


def driver_of(batch):
    """The text of the program that runs all functions of the batch."""
    text = [f'#include "{batch.name}{batch.suffixes[0]}"', PROLOGUE]
    for name, kind in EXTERN_RESULTS.items():
        text.append(f"{TYPES[kind]} {name}(PVOID Device)\n{{\n    keep(Device);\n    {STUBS[kind]}\n}}\n")
    text.append("static void run(void *context)\n{\n    (void)context;\n    host_hold_statics();\n    everything.QuadPart = -1;\n    switch (number) {")
    for number, program in enumerate(batch.programs):
        text.append(f"    case {number}: {{\n{run_of(program.root())}\n    }}")
    text.append("    }\n}\n")
    text.append(MAIN.replace("COUNT", str(len(batch.programs))).replace("PATHS", str(PATHS)))
    return "\n".join(text)


# shim/host/seh.h cannot have break and continue leave a __try: for the host they are written as goto, on the same lines.


def jumps_out_of_try(body, loops=(), inside=()):
    """(statement, loop) of each break and continue that leaves a __try on its way; loops are the statements
    around, inside the ids of those within the innermost __try, or of all when there is none."""
    for s in body:
        if isinstance(s, (m.Break, m.Continue)):
            around = [loop for loop in loops if isinstance(s, m.Break) or not isinstance(loop, m.Switch)]
            if around and id(around[-1]) not in inside:
                yield s, around[-1]
            continue
        is_loop = isinstance(s, (m.While, m.DoWhile, m.For, m.Switch))
        is_try = isinstance(s, (m.TryExcept, m.TryFinally))
        for inner in s.bodies():
            yield from jumps_out_of_try(inner, loops + (s,) if is_loop else loops,
                                        () if is_try else inside + (id(s),) if is_loop else inside)


def end_of(lines, first):
    """The index of the line that closes the block whose head is lines[first]."""
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    return next(i for i in range(first + 1, len(lines)) if lines[i].startswith(indent + "}"))


def write_gotos(function, lines, number):
    """Rewrites the function's lines; number makes the labels' names."""
    for s, loop in jumps_out_of_try(function.body):
        kind = "break" if isinstance(s, m.Break) else "continue"
        label, end = f"host_{kind}_{number}_{loop.line}", end_of(lines, loop.line - 1)
        lines[s.line - 1] = lines[s.line - 1].replace(f"{kind};", f"goto {label};")
        if f"{label}:;" in lines[end]:
            continue
        lines[end] = f"{lines[end]} {label}:;" if kind == "break" else lines[end].replace("}", f"{label}:; }}", 1)


def without_jumps_out_of_try(batch, suffix, text):
    lines = text.split("\n")
    for number, program in enumerate(batch.programs):
        for function in program.functions:
            if batch.suffixes[function.unit] == suffix:
                write_gotos(function, lines, number)
    return "\n".join(lines)


def build(options, batch, folder):
    """The program that runs the batch."""
    driver, program = folder / f"{batch.name}_run.c", folder / batch.name
    for suffix in batch.suffixes:
        source = folder / (batch.name + suffix)
        source.write_text(without_jumps_out_of_try(batch, suffix, source.read_text(encoding="ascii")), encoding="ascii")
    driver.write_text(driver_of(batch), encoding="ascii")
    sources = [str(driver)] + [str(folder / (batch.name + suffix)) for suffix in batch.suffixes[1:]]
    command = [options.host_cc, *sources, "-o", str(program), "-w", "-I", str(folder), "-I", str(ROOT / "testcases")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{batch.name}: does not build: {done.stderr.strip()[:500]}")
    return program


# ---------------------------------------------------------------------------------------------------------------------
# Verdicts
# ---------------------------------------------------------------------------------------------------------------------


def read(output, outcomes):
    """Lines "run FUNCTION 0 PATH EVENTS DEATH [RULE LINE]..."."""
    for line in output.splitlines():
        words = line.split()
        if not words or words[0] != "run":
            continue
        outcome = outcomes[int(words[1])]
        outcome.paths += 1
        if words[5] != "-":
            outcome.died.add(words[5])
        outcome.seen |= {(words[i], int(words[i + 1])) for i in range(6, len(words) - 1, 2)}


def judge(outcome):
    """Holds what was seen against the truth and the analyzer."""
    truth, rules = outcome.specimen.truth, outcome.rules()
    demanded = set(truth.rules())
    tolerated = set().union(*(v.rules for v in truth.violations)) if truth.violations else set()
    found = {rule for rule, _, _, _ in outcome.static.found}
    right = rules <= tolerated and (bool(rules & demanded) if demanded else True)
    outcome.verdict = AGREES if right and outcome.paths else DIFFERS
    if demanded:
        same = any(found & v.rules and rules & v.rules for v in truth.violations)
        outcome.agrees_with_analyzer = same or not found and not rules
    else:
        outcome.agrees_with_analyzer = (found <= tolerated) == (rules <= tolerated)


def run_batch(task):
    options, start, end, folder = task
    specimens = [generate.make(options.seed, number) for number in range(start, end)]
    result = compare.compare(options, f"gen{options.seed}_{start}", specimens, folder)
    batch = Batch(f"gen{options.seed}_{start}", [s.program for s in specimens])
    outcomes = [Outcome(s, o) for s, o in zip(specimens, result.outcomes)]
    problems = list(result.problems)
    try:
        done = subprocess.run([str(build(options, batch, folder))], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
        read(done.stdout, outcomes)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        problems.append(str(error))
    for outcome in outcomes:
        judge(outcome)
    return problems, outcomes


def describe(outcome):
    specimen = outcome.specimen
    truth = "; ".join(
        f"{'/'.join(sorted(v.rules))} at {','.join(str(s.line) for s in v.where)}{' (after)' if v.consequence else ''}"
        for v in specimen.truth.violations
    )
    seen = "; ".join(f"{rule} at {line}" for rule, line in sorted(outcome.seen))
    found = "; ".join(f"{rule} at {line}" for rule, _, line, _ in outcome.static.found)
    return (
        f"{specimen.program.name} [{specimen.program.idiom}] {', '.join(specimen.program.mutations) or 'no mistake'}, "
        f"{outcome.paths} paths of {specimen.truth.paths}{' ' + ' '.join(sorted(outcome.died)) if outcome.died else ''}\n"
        f"    truth:    {truth or 'correct'}\n    run time: {seen or 'silent'}\n    analyzer: {found or 'silent'}"
    )


def read_known(seed):
    """Numbers of functions of the seed that are known to differ."""
    known = {}
    path = Path(__file__).resolve().parent / "host_known.txt"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        key, _, why = line.partition(" — ")
        if key.startswith(f"{seed}:"):
            known[f"Fn{key.split(':')[1].strip()}"] = why
    return known


def report(options, results, known):
    problems = [p for found, _ in results for p in found]
    outcomes = [o for _, found in results for o in found]
    differs = [o for o in outcomes if o.verdict == DIFFERS]
    apart = [o for o in outcomes if not o.agrees_with_analyzer]
    for outcome in differs:
        name = outcome.specimen.program.name
        print(f"{'known: ' + known[name] if name in known else 'differs from the truth'}: {describe(outcome)}")
    analyzer = Counter(o.static.verdict in (compare.RIGHT, compare.SILENT) for o in apart)
    if options.verbose:
        for outcome in apart:
            print(f"differs from the analyzer, which is {outcome.static.verdict}: {describe(outcome)}")
    for problem in problems:
        print(f"problem: {problem}")
    violating = sum(not o.specimen.truth.correct() for o in outcomes)
    print(f"{len(outcomes)} functions ({violating} with a violation), {sum(o.paths for o in outcomes)} paths run")
    print(f"run time and truth agree on {len(outcomes) - len(differs)}; run time and analyzer on {len(outcomes) - len(apart)}: "
          f"of the other {len(apart)}, the analyzer is wrong on {analyzer[False]}")
    wrong = [o for o in differs if o.specimen.program.name not in known] + [o for o in apart if o.verdict == AGREES and o.static.verdict in (compare.RIGHT, compare.SILENT)]
    cured = set(known) & {o.specimen.program.name for o in outcomes if o.verdict == AGREES}
    for name in sorted(cured):
        print(f"{name} agrees: its line in host_known.txt can go")
    failed = len({o.specimen.program.name for o in wrong}) + len(cured) + len(problems)
    print(f"{len(outcomes) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mdlguard", default="build/mdlguard", help="the analyzer")
    parser.add_argument("--host-cc", default=str(ROOT / "build/shim/mdlguard-host-cc"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000, help="how many functions")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    parser.add_argument("--keep", metavar="DIR", help="leave the generated files there")
    parser.add_argument("--mingw", default="/usr/x86_64-w64-mingw32", help="where mingw-w64's headers are")
    parser.add_argument("-v", "--verbose", action="store_true", help="also where the analyzer differs")
    options = parser.parse_args()
    for tool in (options.mdlguard, options.host_cc):
        if not os.access(tool, os.X_OK):
            print(f"host.py: no such program: {tool}", file=sys.stderr)
            return 2
    options.mdlguard, options.host_cc = os.path.abspath(options.mdlguard), os.path.abspath(options.host_cc)
    folder = Path(options.keep) if options.keep else Path(tempfile.mkdtemp(prefix="mdlguard-host-"))
    folder.mkdir(parents=True, exist_ok=True)
    last = options.first + options.count
    tasks = [(options, start, min(start + PER_FILE, last), folder) for start in range(options.first, last, PER_FILE)]
    try:
        with ThreadPoolExecutor(options.jobs) as pool:
            return report(options, list(pool.map(run_batch, tasks)), read_known(options.seed))
    finally:
        if not options.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
