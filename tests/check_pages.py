#!/usr/bin/env python3
"""Checks the examples on the pages of the rules (docs/rules/MDLnnn-*.md) with the analyzer itself.

Every C block below "## Bad" becomes a source file of its own and has to be reported with the rule of the page, where its comment
names the rule, and with nothing else; every block below "## Good" has to be silent. A block keeps the line numbers it has on the
page, so that what is printed can be looked up there.

    python3 tests/check_pages.py --mdlguard build/mdlguard
    python3 tests/check_pages.py --filter MDL02

Not compared, and said so: pages with "Status: not checked yet" (when such a rule is reported after all, its page is out of date and
that is a failure), and the Bad example of MDL900, which is about what the analyzer can do and not about code.

Exit status: 0 all as written, 1 differences, 2 the call is wrong (no analyzer, no page selected).
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TIMEOUT_SECONDS = 300
PLANNED = "Status: not checked yet"
# One line, so that there is room above every block. The second header lacks the constant; the value is Microsoft's.
PRELUDE = "{include}\n#ifndef MdlMappingNoExecute\n#define MdlMappingNoExecute 0x40000000\n#endif\n"
WDM, DXGK = "#include <wdm.h>", '#include "wdk/d3dkmddi_iommu.h"'
FENCE = re.compile(r"^```(\w*)\s*$")
TITLE = re.compile(r"^# (MDL\d{3}) \w+")
MENTION = re.compile(r"/\*[^*]*\b(MDL\d{3})\b")


@dataclass
class Block:
    section: str  # Bad or Good
    first: int  # line of the page on which the code starts
    lines: list = field(default_factory=list)


@dataclass
class Page:
    path: Path
    rule: str
    planned: bool
    blocks: list


def read_page(path):
    text = path.read_text(encoding="utf-8")
    title = TITLE.match(text)
    rule = title.group(1) if title else ""
    return Page(path, rule, PLANNED in text.split("\n## ")[0], read_blocks(text))


def read_blocks(text):
    """The C blocks below "## Bad" and "## Good"."""
    blocks, section, current = [], "", None
    for number, line in enumerate(text.split("\n"), 1):
        fence = FENCE.match(line)
        if fence and current is not None:
            current = None
        elif fence:
            current = Block(section, number + 1)
            if section in ("Bad", "Good") and fence.group(1) in ("c", "cpp"):
                blocks.append(current)
        elif current is not None:
            current.lines.append(line)
        elif line.startswith("## "):
            section = line[3:].strip()
    return blocks


def source_of(block):
    """The block as a file, on the same lines as on its page."""
    code = "\n".join(block.lines)
    prelude = PRELUDE.format(include=DXGK if re.search(r"\bP?DXGK", code) else WDM)
    missing = block.first - 1 - prelude.count("\n")
    if missing < 0:
        raise ValueError("a block this far up leaves no room for the includes")
    return prelude + "\n" * missing + code + "\n"


def scan(source, options):
    """Returns (findings, complaint) of one source text."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "example.c")
        Path(name).write_text(source, encoding="utf-8")
        mingw = Path(options.mingw) / "include"
        command = [
            options.mdlguard, "scan", "--no-db", "-q", "-f", "json", "--fail-on", "note", name, "--",
            "-target", "x86_64-w64-mingw32", "-fms-extensions",
            "-isystem", str(mingw), "-isystem", str(mingw / "ddk"), "-I", str(Path(options.root) / "include"),
        ]
        run = subprocess.run(command, cwd=folder, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    errors = run.stderr.decode("utf-8", "replace").strip()
    if run.returncode not in (0, 1):
        return [], f"exit status {run.returncode}: {errors}"
    report = json.loads(run.stdout)
    if report["unanalyzed"]:
        return [], f"not analysed: {report['unanalyzed'][0]['text']}"
    return report["findings"], ""


def differences(page, block, findings):
    """[(line, text)]: what was reported and should not have been, and the other way round."""
    expected = []
    if block.section == "Bad":
        expected = [block.first + i for i, line in enumerate(block.lines) if page.rule in MENTION.findall(line)]
        if not expected:
            return [(block.first, f"no line of the Bad example has a comment that names {page.rule}")]
    left, result = list(findings), []
    for line in expected:
        hit = [f for f in left if f["rule"] == page.rule and f["line"] <= line <= f["endLine"]]
        if hit:
            left.remove(hit[0])
        else:
            result.append((line, f"missing {page.rule}"))
    kind = "unexpected" if block.section == "Bad" else "false alarm"
    return result + [(f["line"], f"{kind} {f['rule']}: {f['message']}") for f in left]


def check_block(page, block, options):
    findings, complaint = scan(source_of(block), options)
    if complaint:
        return [(block.first, complaint)]
    if page.planned:
        return [(f["line"], f"{f['rule']} is reported, but the page says it is not checked: {f['message']}")
                for f in findings if f["rule"] == page.rule]
    if page.rule == "MDL900" and block.section == "Bad":
        return []
    return differences(page, block, findings)


def check_page(page, options):
    name = os.path.relpath(page.path, options.root)
    if not page.rule or not page.path.name.startswith(page.rule + "-"):
        return [f"{name}:1: the title is not '# MDLnnn Name' as in the name of the file"]
    sections = [block.section for block in page.blocks]
    problems = [f"{name}:1: no C block below '## {need}'" for need in ("Bad", "Good") if need not in sections]
    for block in page.blocks:
        try:
            found = check_block(page, block, options)
        except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
            found = [(block.first, f"could not be checked: {error}")]
        problems += [f"{name}:{line}: {block.section}: {text}" for line, text in found]
    return problems


def parse_command_line(arguments):
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Checks the examples on the pages of the rules.")
    parser.add_argument("--mdlguard", default=str(root / "build" / "mdlguard"), metavar="PATH", help="the analyzer")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, metavar="N", help="pages at a time")
    parser.add_argument("--filter", default="", metavar="SUBSTR", help="only pages whose name contains this")
    parser.add_argument("--mingw", default="/usr/x86_64-w64-mingw32", metavar="DIR", help="where the headers are")
    parser.add_argument("--pages", default=str(root / "docs" / "rules"), metavar="DIR", help="other pages")
    options = parser.parse_args(arguments)
    options.root = str(root)
    options.mdlguard = os.path.abspath(options.mdlguard)
    return options


def main(arguments):
    options = parse_command_line(arguments)
    if not os.access(options.mdlguard, os.X_OK):
        print(f"{options.mdlguard}: no such program; build it or give --mdlguard PATH", file=sys.stderr)
        return 2
    pages = [read_page(path) for path in sorted(Path(options.pages).glob("MDL*.md")) if options.filter in path.name]
    if not pages:
        print("no page fits --filter", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(max_workers=max(1, options.j)) as pool:
        results = list(pool.map(lambda page: check_page(page, options), pages))
    failed = skipped = 0
    for page, problems in zip(pages, results):
        exempt = "its rule is not checked yet" if page.planned else ""
        if page.rule == "MDL900":
            exempt = "its Bad example is about the analyzer"
        failed += bool(problems)
        skipped += bool(exempt and not problems)
        if exempt:
            print(f"{page.path.name}: not compared, {exempt}")
        print("\n".join(problems), end="\n" if problems else "")
    print(f"{len(pages) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
