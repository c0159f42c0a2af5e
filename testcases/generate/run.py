#!/usr/bin/env python3
"""Generates driver functions with known truth, scans them with mdlguard and compares.

    python3 testcases/generate/run.py --mdlguard build/mdlguard --seed 1 --count 500 -j 2

Prints every disagreement and tables by idiom, mistake and rule. Exit status: 0 the bars are met, 1 they are not, 2 the call
is wrong.
"""

import argparse
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare  # noqa: E402
import generate  # noqa: E402

PER_FILE = 50
LEAST_RIGHT = 0.995
MOST_FALSE = 0.001


def main():
    options = parse_arguments()
    if not options:
        return 2
    folder = Path(options.keep) if options.keep else Path(tempfile.mkdtemp(prefix="mdlguard-generate-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return report(options, run(options, folder))
    finally:
        if not options.keep:
            shutil.rmtree(folder)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mdlguard", default="build/mdlguard", help="the analyzer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500, help="how many functions")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    parser.add_argument("--keep", metavar="DIR", help="leave the generated files there")
    parser.add_argument("--mingw", default="/usr/x86_64-w64-mingw32", help="where mingw-w64's headers are")
    parser.add_argument("--cxx", action="store_true", help="RAII classes in C++ instead of C")
    parser.add_argument("--quiet", action="store_true", help="tables only")
    options = parser.parse_args()
    if not Path(options.mdlguard).is_file():
        print(f"run.py: no such program: {options.mdlguard}", file=sys.stderr)
        return None
    return options


def run(options, folder):
    """The results of all batches, in order."""
    last = options.first + options.count
    starts = range(options.first, last, PER_FILE)
    tasks = [(options, start, min(start + PER_FILE, last), folder) for start in starts]
    with ProcessPoolExecutor(options.jobs) as pool:
        return list(pool.map(run_batch, tasks))


def run_batch(task):
    options, start, end, folder = task
    specimens = [generate.make(options.seed, number, options.cxx) for number in range(start, end)]
    result = compare.compare(options, f"gen{options.seed}_{start}", specimens, folder)
    return result.problems, [(o, compare.describe(o)) for o in result.outcomes]


def report(options, results):
    problems = [p for found, _ in results for p in found]
    described = [pair for _, pairs in results for pair in pairs]
    outcomes = [o for o, _ in described]
    if not options.quiet:
        for outcome, text in described:
            if outcome.verdict not in (compare.RIGHT, compare.SILENT):
                print(text)
        print()
    for title, keys in (("idiom", compare.idiom_of), ("mistake", compare.mistake_of), ("rule", compare.rules_of)):
        print(f"-- by {title}")
        print("\n".join(compare.tabulate(outcomes, keys)))
        print()
    right, false, violating, correct = compare.rates(outcomes)
    print(f"{violating} functions with a violation, {right:.2%} reported with the right rule (at least {LEAST_RIGHT:.1%})")
    print(f"{correct} correct functions, {false:.2%} with a false alarm (at most {MOST_FALSE:.1%})")
    for problem in problems:
        print(f"problem: {problem}")
    return 0 if right >= LEAST_RIGHT and false <= MOST_FALSE and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
