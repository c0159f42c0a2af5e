#!/usr/bin/env python3
"""Holds the pages (README.md, docs/, the folders' README.md) against the program and the tree.

    python3 tests/check_docs.py --mdlguard build/mdlguard
    python3 tests/check_docs.py --filter pipeline

- A link leads to a file of the tree, and its anchor to a heading of that page.
- The options in a command line `mdlguard COMMAND …` are options of that command, and a page's table of options is all of them.
- A file of the project that a page names is there.
- A page says nothing twice.
- The page on the configuration has every key, and every variable of the environment.
- The numbers that pages give for limits (NUMBERS) are those of the sources, and the table of rules is that of the packs.
- What a page shows as output is what the program prints. A comment before a fenced block says which:

      <!-- file: NAME -->        the block is this file, in a folder of the page's own
      <!-- shown: COMMAND -->    the block's lines are printed, in this order and without a gap, by this shell command, which is run in that
                                 folder. $WINDOWS is what makes clang read mingw-w64's headers, $ROOT is the project.
      <!-- demo: … -->, <!-- test: FILE -->   another test looks after it

  A block that looks like findings and has none of these comments is a mistake.

Exit status: 0 all as written, 1 differences, 2 the call is wrong.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TIMEOUT_SECONDS = 300
WINDOWS = ("-target x86_64-w64-mingw32 -fms-extensions -isystem /usr/x86_64-w64-mingw32/include "
           "-isystem /usr/x86_64-w64-mingw32/include/ddk")
COMMANDS = "scan|explain|rules|dump|extract|link|ninja|lsp"
FENCE = re.compile(r"^\s*```(\w*)\s*$")
MARK = re.compile(r"^<!-- (file|shown|demo|test): (.*) -->$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FINDING = re.compile(r"^(mdlguard: )?\S+:\d+(:\d+)?: (error|warning|note): |^mdlguard: \d+ errors?, ", re.M)
CALL = re.compile(rf"\bmdlguard ({COMMANDS})\b([^`\n|]*)")
PAIRS = (("-p", "--build-dir"), ("-f", "--format"), ("-j", "--jobs"), ("-q", "--quiet"), ("-v", "--verbose"), ("-o", "--output"))
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z]\b)")
# Pages about the code: every file that they name has to be there.
ABOUT_CODE = ("docs/pipeline.md", "shim/README.md", "testcases/generate/README.md", "tests/")
FILE_NAME = re.compile(r"`([\w./-]+\.(?:c|h|py|sh|yaml|sql|cmake|md|json))`")
GENERATED = {"mdlguard_tables.c", "mdlguard_routines.h", "compile_commands.json", ".mdlguard.yaml", "sqlite3.h"}

# page, what it says (the number is the group, once or more often), file, name of the number there
NUMBERS = (
    ("docs/limits.md", r"\| (\d+) states at one point", "engine/engine.c", "DISJUNCT_CAP"),
    ("docs/limits.md", r"\| ([\d,]+) steps \(an instruction", "engine/engine.c", "STEP_BUDGET"),
    ("docs/limits.md", r"that have more than (\d+) instructions, are not followed", "engine/engine.c", "HELPER_INSTRUCTIONS_MAX"),
    ("docs/limits.md", r"\| (\d+) writes and \d+ facts in one case", "engine/summary.c", "SUMMARY_WRITES_MAX"),
    ("docs/limits.md", r"\| \d+ writes and (\d+) facts in one case", "engine/summary.c", "SUMMARY_FACTS_MAX"),
    ("docs/limits.md", r"\| (\d+) cases in a summary", "engine/exits.c", "SUMMARY_CASES_MAX"),
    ("docs/limits.md", r"\*\*Summaries\*\* hold (\d+) ways", "engine/exits.c", "SUMMARY_CASES_MAX"),
    ("docs/limits.md", r"\| (\d+) steps in one case of a summary", "engine/summary.c", "SUMMARY_STEPS_MAX"),
    ("docs/limits.md", r"solved again for these: (\d+) times at most", "engine/special.c", "SPECIAL_SUMMARIES_MAX"),
    ("docs/limits.md", r"and if it has no more than (\d+) instructions", "engine/special.c", "SPECIAL_INSTRUCTIONS_MAX"),
    ("docs/limits.md", r"\(three deep, (\d+) times a function", "engine/callback.c", "CALLBACK_SUMMARIES_MAX"),
    ("docs/limits.md", r"times a function, up to (\d+) instructions", "engine/callback.c", "CALLBACK_INSTRUCTIONS_MAX"),
    ("docs/limits.md", r"\| (\d+) fillings of a member", "engine/target.h", "TARGETS_MAX"),
    ("docs/limits.md", r"with more than (\d+) overrides", "engine/method.h", "METHOD_TARGETS_MAX"),
    ("docs/pipeline.md", r"up to (\d+) ways of up to \d+ conditions", "engine/ways.h", "WAYS_MAX"),
    ("docs/pipeline.md", r"up to \d+ ways of up to (\d+) conditions", "engine/ways.h", "WAY_CONDITIONS_MAX"),
    ("docs/pipeline.md", r"Up to (\d+) states are kept apart", "engine/waiting.c", "MERGE_ABOVE"),
    ("docs/pipeline.md", r"The cap is (\d+)", "engine/engine.c", "DISJUNCT_CAP"),
    ("docs/pipeline.md", r"\*\*Budget\.\*\* ([\d,]+) steps", "engine/engine.c", "STEP_BUDGET"),
    ("docs/pipeline.md", r"Summaries hold at most (\d+) cases", "engine/exits.c", "SUMMARY_CASES_MAX"),
    ("docs/pipeline.md", r"small functions \(up to (\d+) instructions\)", "engine/engine.c", "HELPER_INSTRUCTIONS_MAX"),
    ("docs/pipeline.md", r"at most (\d+) numbers; or", "engine/members.h", "MEMBER_PATTERNS_MAX"),
    ("docs/rules/MDL900-CannotAnalyze.md", r"than are kept apart \((\d+)\)", "engine/engine.c", "DISJUNCT_CAP"),
    ("docs/rules/MDL900-CannotAnalyze.md", r"its budget\*\* \(([\d,]+)\)", "engine/engine.c", "STEP_BUDGET"),
    ("docs/editor.md", r"paused for (\d+) milliseconds", "lsp/server.h", "SERVE_PAUSE_MS"),
    ("docs/store.md", r"the version of the schema, now (\d+)", "store/store_int.h", "STORE_SCHEMA_VERSION"),
)


class Page:
    def __init__(self, path, root):
        self.path = path
        self.name = str(path.relative_to(root))
        self.lines = path.read_text(encoding="utf-8").split("\n")
        self.blocks = []  # (first line of the code, mark or None, argument, lines)
        self.prose = []  # (line number, text) outside the blocks
        self.read()

    def read(self):
        mark, current = None, None
        for number, line in enumerate(self.lines, 1):
            fence = FENCE.match(line)
            if current is not None:
                if fence:
                    self.blocks.append(current)
                    current = None
                else:
                    current[3].append(line)
            elif fence:
                current = (number + 1, mark and mark[0], mark and mark[1], [])
                mark = None
            else:
                found = MARK.match(line)
                if found or line.strip():
                    mark = found and found.groups()
                if not found:
                    self.prose.append((number, line))


def anchors(page):
    """The names that GitHub gives the headings."""
    found = set()
    for _, line in page.prose:
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(words.replace(" ", "-"))
    return found


def check_links(page, pages, root):
    for number, line in page.prose:
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            place = (page.path.parent / name).resolve() if name else page.path
            if not place.exists():
                yield number, f"the link {target} leads nowhere"
            elif anchor and place in pages and anchor not in anchors(pages[place]):
                yield number, f"the link {target}: there is no such heading"


def options_of(mdlguard, command):
    text = subprocess.run([mdlguard, command, "--help"], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True).stdout
    found = set()
    for line in text.split("\n"):
        if re.match(r"  (-\w, | {4})--", line):
            found.update(OPTION.findall(line[:25]))
    return found


def check_options(page, known):
    for number, line in enumerate(page.lines, 1):
        for command, rest in CALL.findall(line):
            rest = re.split(r" -- | --$| && | {3,}", rest)[0]
            rest = re.sub(r"'[^']*'", "", rest)
            for option in OPTION.findall(rest):
                if option not in known[command]:
                    yield number, f"mdlguard {command} has no option {option}"
    for first, rows in option_tables(page):
        rows |= {other for pair in PAIRS if rows & set(pair) for other in pair} | {"-h", "--help", "--version"}
        command = min(known, key=lambda name: len(known[name] ^ rows))
        if rows != known[command]:
            yield first, f"this table is not the options of {command}: {', '.join(sorted(known[command] ^ rows))}"


def option_tables(page):
    """(line, options) of each table whose first column is options."""
    first, rows = 0, set()
    for number, line in page.prose + [(0, "")]:
        cell = re.match(r"\| ((?:`-[^|]*`(?:, )?)+) \|", line.replace("\\|", "/"))
        if cell:
            first = first or number
            rows.update(OPTION.findall(cell.group(1)))
        elif first and not line.startswith("|"):
            yield first, rows
            first, rows = 0, set()


def check_files(page, tree):
    about_code = page.name.startswith(ABOUT_CODE)
    examples = GENERATED | {os.path.basename(argument) for _, mark, argument, _ in page.blocks if mark == "file"}
    for number, line in page.prose:
        for name in FILE_NAME.findall(line):
            top = name.split("/")[0]
            ours = "/" in name and (top in tree["tops"])
            if (ours or about_code) and os.path.basename(name) not in examples and not any(
                    path == name or path.endswith("/" + name) for path in tree["files"]):
                yield number, f"there is no file {name}"


def paragraphs(page):
    """(line, text) of each paragraph, item of a list and row of a table."""
    first, text = 0, ""
    for number, line in page.prose + [(0, "")]:
        starts = re.match(r"\s*([|#]|[-*] |\d+\. |\*\*)", line)
        if text and (starts or not line.strip()):
            yield first, text
            text = ""
        if line.strip():
            first, text = (first if text else number), f"{text} {line.strip()}".strip()


def check_repeats(page):
    said = {}
    for first, text in paragraphs(page):
        for sentence in re.split(r"(?<=[.:]) (?=[A-Z])", text):
            if len(sentence) >= 60 and sentence in said:
                yield first, f"is said on line {said[sentence]} already: {sentence[:60]}…"
            said.setdefault(sentence, first)


def check_examples(page, environment):
    with tempfile.TemporaryDirectory() as folder:
        for first, mark, argument, lines in page.blocks:
            text = "\n".join(lines) + "\n"
            if mark == "file":
                path = Path(folder) / argument
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            elif mark == "shown":
                run = subprocess.run(["bash", "-c", argument], cwd=folder, env=environment, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, timeout=TIMEOUT_SECONDS, check=False)
                printed = run.stdout.decode("utf-8", "replace")
                wanted = "\n".join(line for line in lines if not line.startswith("$ ")) + "\n"
                if "\n" + wanted not in "\n" + printed:
                    yield first, f"`{argument}` prints something else:\n{printed}"
            elif mark is None and FINDING.search(text):
                yield first, "looks like output, and no comment says of which command"


def listed(page, heading):
    """The names in the first column of the table below HEADING ("" for the page's beginning)."""
    section, found = "", set()
    for _, line in page.prose:
        section = line[3:].strip() if line.startswith("## ") else section
        cell = re.match(r"\| `([\w-]+)` \|", line)
        if cell and section == heading:
            found.add(cell.group(1))
    return found


def check_configuration(page, root, tree):
    """docs/configuration.md has the keys and the environment that the sources read."""
    if page.name != "docs/configuration.md":
        return
    keys = re.search(r'names\[\] = \{("target-os".*?)\}', (root / "analyzer/cli/config.c").read_text(encoding="utf-8"))
    sources = [f for f in tree["files"] if re.match(r"(analyzer|shim)/.*\.[ch]$", f)]
    variables = {name for f in sources for name in re.findall(r'getenv\("(\w+)"\)', (root / f).read_text(encoding="utf-8"))}
    for heading, wanted in (("", set(re.findall(r'"([\w-]+)"', keys.group(1)))), ("Environment", variables)):
        for name in sorted(listed(page, heading) ^ wanted):
            yield 1, f"'{name}' is in the table or in the sources, but not in both"


def check_numbers(page, root):
    text = " ".join(page.lines)
    for name, said, file, constant in NUMBERS:
        if name != page.name:
            continue
        found = re.search(said, text)
        value = re.search(rf"#define {constant} (\d+)", (root / "analyzer" / file).read_text(encoding="utf-8"))
        if not found or not value:
            yield 1, f"{constant} of {file}: the {'page' if value else 'file'} does not say it as '{said}' expects"
        elif found.group(1).replace(",", "") != value.group(1):
            yield 1, f"says {found.group(1)} where {constant} of {file} is {value.group(1)}"


def check_rules(page, root, mdlguard):
    """The table in docs/rules/README.md, and the level on each rule's page, are what `mdlguard rules` lists."""
    if page.name != "docs/rules/README.md":
        return
    printed = subprocess.run([mdlguard, "rules", "list"], cwd=root, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True).stdout
    wanted = set(re.findall(r"^(MDL\d{3}) +(\w+) +(\w+) ", printed, re.M))
    rows = set()
    for number, line in page.prose:
        row = re.match(r"\| \[(MDL\d{3}) (\w+)\]\(([\w.-]+)\) \| (\w+) \|", line)
        if not row:
            continue
        rows.add((row.group(1), row.group(4), row.group(2)))
        if f"\nLevel: {row.group(4)}\n" not in (page.path.parent / row.group(3)).read_text(encoding="utf-8"):
            yield number, f"{row.group(3)} has another level"
    for rule in sorted(rows ^ wanted):
        yield 1, f"{' '.join(rule)} is in the table or among the rules, but not in both"


def parse_command_line(arguments):
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Holds the pages against the program and the tree.")
    parser.add_argument("--mdlguard", default=str(root / "build" / "mdlguard"), metavar="PATH", help="the analyzer")
    parser.add_argument("--filter", default="", metavar="SUBSTR", help="only pages whose name contains this")
    options = parser.parse_args(arguments)
    options.root = root
    options.mdlguard = os.path.abspath(options.mdlguard)
    return options


def read_tree(root):
    """The project's files, by their names below the root; what is built or fetched is none."""
    skip = {".git", "node_modules", "__pycache__"}
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in skip and not f.startswith(("build", "."))]
        files += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return {"files": files, "tops": {f.split("/")[0] for f in files if "/" in f} | set(os.listdir(root / "analyzer"))}


def main(arguments):
    options = parse_command_line(arguments)
    if not os.access(options.mdlguard, os.X_OK):
        print(f"{options.mdlguard}: no such program; build it or give --mdlguard PATH", file=sys.stderr)
        return 2
    tree = read_tree(options.root)
    pages = {options.root / f: Page(options.root / f, options.root) for f in sorted(tree["files"]) if f.endswith(".md")}
    known = {command: options_of(options.mdlguard, command) for command in COMMANDS.split("|")}
    environment = dict(os.environ, WINDOWS=WINDOWS, ROOT=str(options.root),
                       PATH=f"{os.path.dirname(options.mdlguard)}:{os.environ['PATH']}")
    failed = 0
    for page in pages.values():
        problems = [*check_links(page, pages, options.root), *check_options(page, known), *check_files(page, tree),
                    *check_repeats(page), *check_configuration(page, options.root, tree),
                    *check_numbers(page, options.root), *check_rules(page, options.root, options.mdlguard)]
        if options.filter in page.name:
            problems += check_examples(page, environment)
            failed += bool(problems)
            for line, text in sorted(problems):
                print(f"{page.name}:{line}: {text}")
    count = sum(options.filter in page.name for page in pages.values())
    print(f"{count - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
