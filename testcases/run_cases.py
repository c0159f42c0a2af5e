#!/usr/bin/env python3
"""Runs mdlguard over the test cases and compares what it finds with the comments in them.

A case is one source file under testcases/<pack>/<rule>/, or a driver: a folder under testcases/drivers/ with a
compile_commands.json. The comments are described in testcases/README.md. Every difference between comments and findings
is printed as file:line, the table counts them per rule, and the exit status is 0 only when there is none.

    python3 testcases/run_cases.py --mdlguard build/mdlguard -j 4
    python3 testcases/run_cases.py --filter goto_cleanup

Exit status: 0 all as annotated, 1 differences, 2 the call is wrong (no analyzer, no case selected).
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

SOURCE_SUFFIXES = (".c", ".cpp")
DRIVER_SUFFIXES = (".c", ".cpp", ".h")
TIMEOUT_SECONDS = 300

DIRECTIVE = re.compile(
    r"""\b(?P<kind>expect|step|miss|false)
        (?:@(?P<offset>[+-]\d+))?
        :\s*(?P<rule>[A-Z]{3}\d{3})\b
        (?:\s*"(?P<message>(?:[^"\\]|\\.)*)")?
        (?:\s*(?:—|--?)\s*(?P<reason>[^/]*\w[^/]*))?""",
    re.VERBOSE,
)
# What looks as if it was meant to be a directive: reported when DIRECTIVE does not match it.
DIRECTIVE_ATTEMPT = re.compile(r"^\s*(?:expect\w*|steps?|miss\w*|false)\s*(?:@\S*\s*)?(?::|\"?[A-Z]{3}\d)")
CLEAN = re.compile(r"^\s*clean\s*(?::|$)")
ARGS = re.compile(r"^\s*args:\s*(?P<args>.*\S)\s*$")
RULES = re.compile(r"^\s*rules:\s*(?P<packs>.*\S)\s*$")
CHECKED_FUNCTION = re.compile(r"\b(\w+_(?:bad|ok))\s*\(")


@dataclass
class Directive:
    kind: str  # expect, step, miss or false
    rule: str
    file: str
    line: int  # the line it speaks of, not always the one it stands on
    message: str = ""


@dataclass
class Function:
    name: str
    first: int
    last: int

    def is_ok(self):
        return self.name.endswith("_ok")


@dataclass
class Problem:
    file: str
    line: int
    text: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.text}"


@dataclass
class SourceFile:
    path: str
    directives: list = field(default_factory=list)
    functions: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    args: list = field(default_factory=list)
    rules: list = field(default_factory=list)
    clean: bool = False


@dataclass
class Case:
    """One run of the analyzer: a file of a rule, or a driver with all its files."""

    name: str
    pack: str
    rule: str  # folder of a rule; "" for clean ones and drivers
    files: list
    database: str = ""

    def args(self):
        return [arg for source in self.files for arg in source.args]

    def rules(self):
        return [pack for source in self.files for pack in source.rules]


@dataclass
class Result:
    case: Case
    findings: list = field(default_factory=list)
    problems: list = field(default_factory=list)


class Tally:
    """Counts of one rule."""

    def __init__(self):
        self.true_positive = 0
        self.false_positive = 0
        self.true_negative = 0
        self.false_negative = 0
        self.known_miss = 0
        self.known_false = 0


# ---------------------------------------------------------------------------------------------------------------------
# Reading cases
# ---------------------------------------------------------------------------------------------------------------------


def split_comments(text):
    """Returns (code, comments): the text with comments and literals blanked, and [(line, text)] of the // comments."""
    code, comments = [], []
    i, line, size = 0, 1, len(text)
    while i < size:
        end = token_end(text, i)
        token = text[i:end]
        if token.startswith("//"):
            comments.append((line, token[2:]))
        code.append(blank(token) if token[:2] in ("//", "/*") or token[0] in "\"'" else token)
        line += token.count("\n")
        i = end
    return "".join(code), comments


def token_end(text, i):
    """End of the comment, the literal or the single character that starts at i."""
    if text.startswith("//", i):
        end = text.find("\n", i)
        return len(text) if end < 0 else end
    if text.startswith("/*", i):
        end = text.find("*/", i + 2)
        return len(text) if end < 0 else end + 2
    if text[i] in "\"'":
        return literal_end(text, i)
    return i + 1


def literal_end(text, i):
    quote, end = text[i], i + 1
    while end < len(text) and text[end] not in (quote, "\n"):
        end += 2 if text[end] == "\\" else 1
    return min(end + 1, len(text))


def blank(token):
    return "".join("\n" if char == "\n" else " " for char in token)


def matching(code, i, opening, closing):
    """Index behind the bracket that closes the one at i, or -1."""
    depth = 0
    for end in range(i, len(code)):
        if code[end] == opening:
            depth += 1
        elif code[end] == closing:
            depth -= 1
            if depth == 0:
                return end + 1
    return -1


def find_functions(code):
    """Definitions of the functions whose names end in _bad or _ok."""
    functions = []
    for match in CHECKED_FUNCTION.finditer(code):
        after = matching(code, match.end() - 1, "(", ")")
        if after < 0:
            continue
        body = re.compile(r"(?:\s|const\b|noexcept\b|override\b)*\{").match(code, after)
        end = matching(code, body.end() - 1, "{", "}") if body else -1
        if end > 0:
            first = code.count("\n", 0, match.start()) + 1
            functions.append(Function(match.group(1), first, code.count("\n", 0, end) + 1))
    return functions


def first_code_line(code):
    for number, line in enumerate(code.split("\n"), 1):
        if line.strip():
            return number
    return sys.maxsize


def read_directives(source, line, comment):
    found = 0
    for match in DIRECTIVE.finditer(comment):
        found += 1
        kind, target = match["kind"], line + int(match["offset"] or 0)
        if kind in ("miss", "false") and not match["reason"]:
            source.problems.append(Problem(source.path, line, f"'{kind}: {match['rule']}' needs a reason: '— why'"))
        message = (match["message"] or "").replace('\\"', '"')
        source.directives.append(Directive(kind, match["rule"], source.path, target, message))
    if not found and DIRECTIVE_ATTEMPT.search(comment):
        source.problems.append(Problem(source.path, line, f"cannot read this directive: //{comment}"))


def read_source(path, text):
    """Reads one file: its directives, its checked functions and the mistakes in them."""
    source = SourceFile(path)
    code, comments = split_comments(text)
    top = first_code_line(code)
    for line, comment in comments:
        if line < top and CLEAN.match(comment):
            source.clean = True
        elif line < top and ARGS.match(comment):
            source.args += ARGS.match(comment)["args"].split()
        elif line < top and RULES.match(comment):
            source.rules += RULES.match(comment)["packs"].split()
        else:
            read_directives(source, line, comment)
    source.functions = find_functions(code)
    check_source(source)
    return source


def check_source(source):
    marks = [d for d in source.directives if d.kind in ("expect", "miss")]
    for function in source.functions:
        inside = [d for d in marks if function.first <= d.line <= function.last]
        if not function.is_ok() and not inside:
            source.problems.append(Problem(source.path, function.first, f"{function.name} has no expect and no miss"))
        for mark in inside if function.is_ok() else []:
            source.problems.append(Problem(source.path, mark.line, f"'{mark.kind}' inside {function.name}"))
    for mark in marks if source.clean else []:
        source.problems.append(Problem(source.path, mark.line, f"'{mark.kind}' in a file that is marked clean"))


def check_case(case):
    """Mistakes that only the whole case shows."""
    directives = [d for source in case.files for d in source.directives]
    if not directives and not any(source.clean for source in case.files):
        return [Problem(case.name, 1, "no directive: write expect, miss, false or, at the top, clean")]
    ends = {d.rule for d in directives if d.kind != "step"}
    return [
        Problem(d.file, d.line, f"step of {d.rule}, but nothing in this case expects {d.rule}")
        for d in directives
        if d.kind == "step" and d.rule not in ends
    ]


def load_case(root, path):
    relative = path.relative_to(root)
    name = str(relative)
    parts = relative.parts[1:]  # without testcases/
    rule = parts[1] if len(parts) > 2 and re.fullmatch(r"[A-Z]{3}\d{3}", parts[1]) else ""
    return Case(name, parts[0], rule, [read_source(name, path.read_text(encoding="utf-8"))])


def load_driver(root, folder):
    paths = sorted(p for p in folder.rglob("*") if p.suffix in DRIVER_SUFFIXES)
    files = [read_source(str(p.relative_to(root)), p.read_text(encoding="utf-8")) for p in paths]
    name = str(folder.relative_to(root))
    return Case(name, "drivers", "", files, database=name)


def find_cases(root, testcases):
    cases = []
    for pack in sorted(p for p in testcases.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))):
        if pack.name == "drivers":
            databases = sorted(pack.glob("*/compile_commands.json"))
            cases += [load_driver(root, database.parent) for database in databases]
        else:
            sources = sorted(p for p in pack.rglob("*") if p.suffix in SOURCE_SUFFIXES)
            cases += [load_case(root, source) for source in sources]
    return cases


# ---------------------------------------------------------------------------------------------------------------------
# Running the analyzer
# ---------------------------------------------------------------------------------------------------------------------


def command_of(case, options):
    command = [options.mdlguard, "scan", "--no-db", "-q", "-f", "json"]
    if case.database:
        return command + ["-p", case.database]
    include = Path(options.mingw) / "include"
    for pack in case.rules():
        command += ["--rules", pack]
    return command + [
        case.name, "--", "-target", "x86_64-w64-mingw32", "-fms-extensions", "-isystem", str(include),
        "-isystem", str(include / "ddk"), "-I", "include", *case.args(),
    ]


def run_analyzer(case, options):
    """Runs one case. What the analyzer does wrong as a program is a problem of the case, like a wrong finding."""
    result = Result(case, problems=check_case(case) + [p for source in case.files for p in source.problems])
    try:
        run = subprocess.run(
            command_of(case, options), cwd=options.root, capture_output=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        result.problems.append(Problem(case.name, 1, f"the analyzer did not finish: {error}"))
        return result
    read_report(result, run, options.root)
    return result


def read_report(result, run, root):
    # Reports name files relative to the project: a driver's folder, else the folder that the analyzer runs in.
    base = os.path.join(root, result.case.database or "")

    def problem(text):
        result.problems.append(Problem(result.case.name, 1, text))

    complaint = run.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
    if run.returncode not in (0, 1, 3):
        problem(f"exit status {run.returncode}: {complaint}")
        return
    try:
        report = json.loads(run.stdout)
        result.findings = [normalise(finding, base, root) for finding in report["findings"]]
        unanalyzed = report.get("unanalyzed", [])
    except (ValueError, KeyError, TypeError) as error:
        problem(f"the report is not what was agreed: {type(error).__name__}: {error}")
        return
    if unanalyzed or run.returncode == 3:
        problem(f"not everything was analysed: {unanalyzed or complaint}")
    failing = any(finding["level"] in ("error", "warning") for finding in result.findings)
    if run.returncode != 3 and failing != (run.returncode == 1):
        problem(f"exit status {run.returncode} does not fit {len(result.findings)} finding(s)")


def normalise(finding, base, root):
    """The finding with file names, which BASE stands before, relative to the root, so that they compare with those of the cases."""
    steps = [(relative_name(step["file"], base, root), step["line"]) for step in finding["path"]]
    return {
        "rule": finding["rule"],
        "level": finding["level"],
        "message": finding["message"],
        "file": relative_name(finding["file"], base, root),
        "line": finding["line"],
        "steps": set(steps),
    }


def relative_name(name, base, root):
    return os.path.relpath(os.path.realpath(os.path.join(base, name)), os.path.realpath(root))


# ---------------------------------------------------------------------------------------------------------------------
# Comparing
# ---------------------------------------------------------------------------------------------------------------------


def take_finding(findings, directive):
    """Removes and returns the finding that the directive speaks of; one with the right message if there is a choice."""
    at_line = [
        f for f in findings if (f["file"], f["line"], f["rule"]) == (directive.file, directive.line, directive.rule)
    ]
    at_line.sort(key=lambda f: directive.message not in f["message"])
    if at_line:
        findings.remove(at_line[0])
        return at_line[0]
    return None


def compare(result, tallies):
    """Compares one case; appends to its problems and counts."""
    left = list(result.findings)
    directives = [d for source in result.case.files for d in source.directives]
    for directive in directives:
        if directive.kind != "step":
            compare_directive(result, directive, take_finding(left, directive), tallies[directive.rule])
    for directive in directives:
        if directive.kind == "step":
            compare_step(result, directive)
    for finding in left:
        tallies[finding["rule"]].false_positive += 1
        text = f"unexpected {finding['rule']}: {finding['message']}"
        result.problems.append(Problem(finding["file"], finding["line"], text))
    count_silent(result, tallies)


def compare_directive(result, directive, finding, tally):
    def problem(text):
        result.problems.append(Problem(directive.file, directive.line, text))

    if directive.kind == "expect":
        if finding is None:
            tally.false_negative += 1
            problem(f"missing {directive.rule}")
            return
        tally.true_positive += 1
        if directive.message not in finding["message"]:
            problem(f"{directive.rule} does not say \"{directive.message}\" but \"{finding['message']}\"")
    elif directive.kind == "miss":
        tally.known_miss += finding is None
        tally.true_positive += finding is not None
        if finding is not None:
            problem(f"cured: {directive.rule} is found now; make 'miss' an 'expect'")
    elif directive.kind == "false":
        tally.known_false += finding is not None
        if finding is None:
            problem(f"cured: {directive.rule} is not reported any more; delete the 'false'")


def compare_step(result, directive):
    same_rule = [f for f in result.findings if f["rule"] == directive.rule]
    place = (directive.file, directive.line)
    # Without any finding of the rule the missing expect has been reported already.
    if same_rule and not any(place in f["steps"] for f in same_rule):
        text = f"no path of {directive.rule} has a step here"
        result.problems.append(Problem(directive.file, directive.line, text))


def count_silent(result, tallies):
    """An _ok function in the folder of a rule is a true negative of that rule when the rule is silent in it."""
    if not result.case.rule:
        return
    for source in result.case.files:
        for function in filter(Function.is_ok, source.functions):
            inside = range(function.first, function.last + 1)
            here = [f for f in result.findings if f["file"] == source.path and f["line"] in inside]
            silent = all(f["rule"] != result.case.rule for f in here)
            tallies[result.case.rule].true_negative += silent


# ---------------------------------------------------------------------------------------------------------------------
# Output
# ---------------------------------------------------------------------------------------------------------------------


def print_table(tallies):
    print("rule     true+  false+  true-  false-  known misses  known false alarms")
    for rule in sorted(tallies):
        t = tallies[rule]
        print(
            f"{rule}  {t.true_positive:6}  {t.false_positive:6}  {t.true_negative:5}  {t.false_negative:6}"
            f"  {t.known_miss:12}  {t.known_false:18}"
        )


def print_summary(results):
    problems = sorted((p for result in results for p in result.problems), key=lambda p: (p.file, p.line, p.text))
    for problem in problems:
        print(problem)
    failed = sum(bool(result.problems) for result in results)
    print(f"{len(results)} cases, {len(results) - failed} as annotated, {failed} not ({len(problems)} differences)")
    return 1 if problems else 0


def parse_command_line(arguments):
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Runs mdlguard over the test cases and checks their annotations.")
    parser.add_argument("--mdlguard", default=str(root / "build" / "mdlguard"), metavar="PATH", help="the analyzer")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, metavar="N", help="cases at a time")
    parser.add_argument("--filter", default="", metavar="SUBSTR", help="only cases whose path contains this")
    parser.add_argument("--pack", default="", metavar="NAME", help="only testcases/NAME (wdm, dxgk, drivers …)")
    parser.add_argument("--mingw", default="/usr/x86_64-w64-mingw32", metavar="DIR", help="where the headers are")
    parser.add_argument("--root", default=str(root), metavar="DIR", help="folder that holds testcases/ and include/")
    options = parser.parse_args(arguments)
    options.mdlguard = os.path.abspath(options.mdlguard)
    return options


def main(arguments):
    options = parse_command_line(arguments)
    root = Path(options.root).resolve()
    options.root = str(root)
    if not os.access(options.mdlguard, os.X_OK):
        print(f"{options.mdlguard}: no such program; build it or give --mdlguard PATH", file=sys.stderr)
        return 2
    cases = [
        case
        for case in find_cases(root, root / "testcases")
        if options.filter in case.name and options.pack in ("", case.pack)
    ]
    if not cases:
        print("no case fits --filter and --pack", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(max_workers=max(1, options.j)) as pool:
        results = list(pool.map(lambda case: run_analyzer(case, options), cases))
    tallies = defaultdict(Tally)
    for result in results:
        compare(result, tallies)
    print_table(tallies)
    return print_summary(results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
