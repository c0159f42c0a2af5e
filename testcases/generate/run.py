#!/usr/bin/env python3
"""Generates driver functions with known truth, scans them with mdlguard and compares.

    python3 testcases/generate/run.py --mdlguard build/mdlguard --seed 1 2 --count 500 -j 2

Prints every disagreement, tables by idiom, mistake and rule, and a line for each seed. Exit status: 0 each seed alone meets the
bars, 1 not, 2 the call is wrong.
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
        return report(options, [(seed, run(options, seed, folder)) for seed in options.seed])
    finally:
        if not options.keep:
            shutil.rmtree(folder)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mdlguard", default="build/mdlguard", help="the analyzer")
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="one or more")
    parser.add_argument("--count", type=int, default=500, help="how many functions of each seed")
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


def run(options, seed, folder):
    """The results of all batches of the seed, in order."""
    last = options.first + options.count
    starts = range(options.first, last, PER_FILE)
    tasks = [(options, seed, start, min(start + PER_FILE, last), folder) for start in starts]
    with ProcessPoolExecutor(options.jobs) as pool:
        return list(pool.map(run_batch, tasks))


def run_batch(task):
    options, seed, start, end, folder = task
    specimens = [generate.make(seed, number, options.cxx) for number in range(start, end)]
    result = compare.compare(options, f"gen{seed}_{start}", specimens, folder)
    return result.problems, [(o, compare.describe(o)) for o in result.outcomes]


def report(options, by_seed):
    """Prints what came of the seeds; the exit status."""
    results = [batch for _, batches in by_seed for batch in batches]
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
    met = [meets_bars(f"seed {seed}", [o for _, pairs in batches for o, _ in pairs]) for seed, batches in by_seed]
    if len(by_seed) > 1:
        meets_bars("all", outcomes)
    print(f"each seed alone: at least {LEAST_RIGHT:.1%} right, at most {MOST_FALSE:.1%} false")
    for problem in problems:
        print(f"problem: {problem}")
    return 0 if all(met) and not problems else 1


def meets_bars(name, outcomes):
    right, false, violating, correct = compare.rates(outcomes)
    print(f"{name}: {violating} functions with a violation, {right:.2%} reported with the right rule; "
          f"{correct} correct ones, {false:.2%} with a false alarm")
    return right >= LEAST_RIGHT and false <= MOST_FALSE


if __name__ == "__main__":
    sys.exit(main())
