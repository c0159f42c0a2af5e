#!/usr/bin/env python3
"""Compares the cost of a cold scan with that of other tools on the same files, in one run. bench/README.md says how to read it.

    python3 bench/run.py                       the sample drivers, 5 rounds
    python3 bench/run.py -n 9 -p DIR -p DIR    the programs of these compile databases instead
    python3 bench/run.py --growth              generated programs of 1,000, 10,000 and 100,000 functions instead

In each round every tool runs once, one after the other, so that a machine that becomes slower does so for all of them. What is
printed is the median of the rounds. Nothing is judged: the exit status is 0 unless something could not be run at all (1) or the
call was wrong (2).
"""

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from growth import growth, rescans

ROOT = Path(__file__).resolve().parent.parent
BASE = "clang -fsyntax-only"
DROPPED_WITH_VALUE = ("-o", "-MF", "-MT", "-MQ")
DROPPED = ("-c", "-MD", "-MMD", "-MP", "-S")


@dataclass
class Unit:
    """One entry of a compile database: GNU style arguments, without the compiler, the output and the source file."""

    path: str
    folder: str
    args: list


@dataclass
class Cost:
    wall: float = 0.0  # seconds
    cpu: float = 0.0  # seconds, user and system, children included
    memory: float = 0.0  # MiB, the largest process

    def add(self, other):
        self.wall += other.wall
        self.cpu += other.cpu
        self.memory = max(self.memory, other.memory)


@dataclass
class Tool:
    name: str
    command: object  # unit -> command line; None for the one that takes the database
    units: list = field(default_factory=list)  # those that it can read
    costs: list = field(default_factory=list)  # one a round


# ---- compile databases ----

def read_units(database):
    entries = json.loads(database.read_text(encoding="utf-8"))
    return [read_unit(database.parent, entry) for entry in entries]


def read_unit(folder, entry):
    words = entry.get("arguments") or shlex.split(entry["command"])
    where = folder / entry.get("directory", ".")
    kept, i = [], 1
    while i < len(words):
        if words[i] in DROPPED_WITH_VALUE:
            i += 1
        elif words[i] not in DROPPED and words[i] != entry["file"]:
            kept.append(words[i])
        i += 1
    return Unit(str(where / entry["file"]), str(where), kept)


def is_gnu(unit):
    return not any(word.startswith("/") and not os.path.exists(word) for word in unit.args)


def include_options(unit):
    """-I and -D for a tool with its own parser; system headers are left out, as cppcheck's manual advises."""
    out, take = [], False
    for word in unit.args:
        if take or (word[:2] in ("-I", "-D") and len(word) > 2):
            out.append(word)
            take = False
        elif word in ("-I", "-D"):
            out.append(word)
            take = True
    return out


# ---- tools ----


def gcc_args(unit):
    """The arguments without clang's own."""
    out, skip = [], False
    for word in unit.args:
        if skip or word == "-target":
            skip = not skip
        elif not word.startswith(("--target", "-fms-", "-W", "-ferror-limit")):
            out.append(word)
    return out


def make_tools(options):
    """The tools that are installed, the base first."""
    tools = []

    def add(program, name, make):
        path = shutil.which(program)
        if path:
            tools.append(Tool(name, lambda unit: make(path, unit)))
        else:
            print(f"{program} is not installed: left out")

    add("clang-19", BASE, lambda p, u: [p, "-fsyntax-only", "-w", *u.args, u.path])
    tools.append(Tool(f"mdlguard scan -j {options.j}", None))
    add("clang-19", "clang --analyze", lambda p, u: [p, "--analyze", "-w", "-o", os.devnull, *u.args, u.path])
    add("cppcheck", "cppcheck", lambda p, u: [p, "-q", "--enable=warning", *include_options(u), u.path])
    for gcc in ("x86_64-w64-mingw32-gcc", "gcc"):
        if shutil.which(gcc):
            add(gcc, f"{gcc} -fanalyzer",
                lambda p, u: [p, "-fanalyzer", "-w", "-S", "-o", os.devnull, *gcc_args(u), u.path])
            break
    return tools


def measure(command, folder):
    """(cost, exit status) of one process and its children."""
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), process.returncode


def scan_command(database, options):
    return [options.mdlguard, "scan", "-p", str(database.parent), "--no-db", "-q", "-j", str(options.j)]


def find_readable(tool, units):
    """Keeps the units that the tool reads without an error; this run warms the file cache as well."""
    tool.units = [unit for unit in units if measure(tool.command(unit), unit.folder)[1] == 0]


def run_tool(tool, database, options):
    total = Cost()
    if not tool.command:
        cost, _ = measure(scan_command(database, options), str(database.parent))
        total.add(cost)
    for unit in tool.units if tool.command else []:
        cost, _ = measure(tool.command(unit), unit.folder)
        total.add(cost)
    tool.costs.append(total)


# ---- one program ----


def median(costs, name):
    return statistics.median(getattr(cost, name) for cost in costs)


def print_table(tools, base_costs):
    print(f"{'tool':36} {'files':>5} {'wall s':>8} {'x base':>7} {'cpu s':>8} {'x base':>7} {'MiB':>7} {'x base':>7}")
    for tool in tools:
        if not tool.units:
            print(f"{tool.name:36} {0:5} can read none of the files")
            continue
        line = f"{tool.name:36} {len(tool.units):5}"
        for name, width in (("wall", 8), ("cpu", 8), ("memory", 7)):
            value, base = median(tool.costs, name), median(base_costs[tool.name], name)
            digits = 0 if name == "memory" else 2
            line += f" {value:{width}.{digits}f} {value / base if base else 0:7.2f}"
        print(line)


def run_rounds(tools, base, database, options):
    """The base is measured for each tool over the same units as the tool: {tool name: [cost a round]}."""
    base_costs = {tool.name: [] for tool in tools}
    for _ in range(options.n):
        for tool in tools:
            run_tool(tool, database, options)
            same = [unit.path for unit in tool.units] == [unit.path for unit in base.units]
            if same:
                continue
            part = Tool(base.name, base.command, [u for u in base.units if u in tool.units])
            run_tool(part, database, options)
            base_costs[tool.name] += part.costs
    return {name: costs or base.costs for name, costs in base_costs.items()}


def bench(database, options):
    """False when there was nothing to compare."""
    units = [unit for unit in read_units(database) if is_gnu(unit)]
    lines = sum(Path(unit.path).read_bytes().count(b"\n") for unit in units)
    print(f"\n{database.parent}: {len(units)} files, {lines} lines without headers, median of {options.n} rounds")
    _, status = measure(scan_command(database, options), str(database.parent))
    if status not in (0, 1, 3):
        print(f"mdlguard ended with exit status {status}: not measured")
        return False
    tools = make_tools(options)
    for tool in tools:
        if tool.command:
            find_readable(tool, units)
        else:
            tool.units = units
    base = next((tool for tool in tools if tool.name == BASE), None)
    if not units or not base or not base.units:
        print("clang can read none of the files: nothing to compare with")
        return False
    print_table(tools, run_rounds(tools, base, database, options))
    rescans(database, options)
    return True


def parse_command_line(arguments):
    parser = argparse.ArgumentParser(description="Compares the cost of a cold scan with that of other tools.")
    parser.add_argument("-p", action="append", default=[], metavar="DIR", help="folder of a compile_commands.json")
    parser.add_argument("-n", type=int, default=5, metavar="N", help="rounds (default: 5)")
    parser.add_argument("-j", type=int, default=1, metavar="N", help="workers of mdlguard (default: 1, as the others)")
    parser.add_argument("--mdlguard", default=str(ROOT / "build" / "mdlguard"), metavar="PATH", help="the analyzer")
    parser.add_argument("--growth", nargs="?", const="1000,10000,100000", metavar="N,N,…",
                        help="generated programs of so many functions instead")
    options = parser.parse_args(arguments)
    if options.n < 1 or options.j < 1:
        parser.error("-n and -j count from 1")
    options.mdlguard = os.path.abspath(options.mdlguard)
    return options


def main(arguments):
    options = parse_command_line(arguments)
    if not os.access(options.mdlguard, os.X_OK):
        print(f"{options.mdlguard}: no such program; build it or give --mdlguard PATH", file=sys.stderr)
        return 2
    if options.growth:
        growth([int(size) for size in options.growth.split(",")], options)
        return 0
    folders = [Path(p) for p in options.p] or sorted(p.parent for p in ROOT.glob("testcases/drivers/*/compile_commands.json"))
    databases = [folder.resolve() / "compile_commands.json" for folder in folders]
    missing = [str(database) for database in databases if not database.is_file()]
    if missing:
        print(f"{missing[0]}: no such file", file=sys.stderr)
        return 2
    return 0 if all([bench(database, options) for database in databases]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
