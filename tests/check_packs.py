#!/usr/bin/env python3
"""Holds the packs to three claims: every name of tests/packs/mdl-api-names.txt is in a pack or has a reason why not; every kind of effect that a
pack uses is met in a case of that pack, in a function that must be reported and in one that must not; every routine that requires or does
something is called in a case.

    python3 tests/check_packs.py            all three; prints what is missing, exit status 1 when something is
    python3 tests/check_packs.py --list     and what each pack uses

The last two are checked by the words of the cases: a `_bad` function with an `expect`, an `_ok` function, or a helper that neither ending marks
in a file that has one of these, calls a routine with that effect. Needs PyYAML (exit status 77, skipped, without it).
"""

import re
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    print("check_packs.py: PyYAML is not installed: skipped")
    sys.exit(77)

ROOT = Path(__file__).resolve().parent.parent
NAMES = ROOT / "tests/packs/mdl-api-names.txt"
# They describe no routines.
NO_CASES = {"rules", "annotations"}
MODIFIERS = {"of", "if-pages", "if-origin", "late", "late-at", "kinds", "drops", "over", "unless-back", "unless-mdl", "target-os"}
HEADER = re.compile(r"^\w[\w\s\*:<>&~]*?\b([\w:]+)\s*\([^;]*$", re.M)


def match_names(routine):
    for match in routine.get("match") or [{"function": routine["name"]}]:
        for key in ("function", "field", "type", "macro"):
            if key in match:
                yield match[key].split(".")[-1]


def pack_names(pack):
    for routine in pack.get("routines") or []:
        yield routine["name"]
        yield from match_names(routine)
    for key in ("pure", "outputs", "keeps"):
        yield from pack.get(key) or []


def effects(routine):
    for outcome in routine.get("outcomes") or []:
        for effect in outcome.get("do") or []:
            yield from set(effect) - MODIFIERS


def functions(text):
    """Name and text of each function, by the headers in the first column."""
    found = [(m.group(1), m.start()) for m in HEADER.finditer(text)]
    for i, (name, start) in enumerate(found):
        yield name, text[start : found[i + 1][1] if i + 1 < len(found) else len(text)]


def check_names(packs):
    known = {name for pack in packs for name in pack_names(pack)}
    missing, covered, exempt = [], 0, 0
    for line in NAMES.read_text(encoding="utf-8").splitlines():
        name, _, reason = line.partition(": ")
        if not line or line.startswith("#"):
            continue
        if reason:
            exempt += 1
            if name in known:
                missing.append(f"'{name}' is in a pack, and needs no reason")
        elif name in known:
            covered += 1
        else:
            missing.append(f"'{name}' is in no pack")
    print(f"{covered} names in packs, {exempt} with a reason, {len(missing)} unexplained")
    return missing


def sources(folder):
    for path in sorted(folder.rglob("*.c*")):
        if path.suffix in (".c", ".cpp"):
            yield path.read_text(encoding="utf-8")


def called_in_cases(name):
    """What functions that are reported call, and what those that are not do, in the cases of a pack."""
    bad, ok = "", ""
    for text in sources(ROOT / "testcases" / name):
        found = list(functions(text))
        helpers = "".join(body for function, body in found if not function.endswith(("_bad", "_ok")))
        reported = [body for function, body in found if function.endswith("_bad") and ("expect" in body or "expect" in helpers)]
        silent = [body for function, body in found if function.endswith("_ok")]
        bad += "".join(reported) + (helpers if reported or "expect" in helpers else "")
        ok += "".join(silent) + (helpers if silent or re.search(r"^// clean", text, re.M) else "")
    return bad, ok


def words_of(text):
    return set(re.findall(r"\w+", text))


def last_names(names):
    return {name.split("::")[-1] for name in names}


def check_effects(pack, is_listed):
    name, kinds = pack["pack"], {}
    bad, ok = map(words_of, called_in_cases(name))
    for routine in pack.get("routines") or []:
        for kind in effects(routine):
            kinds.setdefault(kind, set()).update(match_names(routine))
    missing = []
    for kind, names in sorted(kinds.items()):
        for where, words in (("_bad", bad), ("_ok", ok)):
            if not last_names(names) & words:
                missing.append(f"{name}: no {where} function calls a routine with the effect '{kind}' ({', '.join(sorted(names))})")
    if is_listed:
        print(f"{name}: {', '.join(sorted(kinds))}")
    return missing


def check_routines(packs):
    words = words_of("\n".join(sources(ROOT / "testcases")))
    missing, count = [], 0
    for pack in packs:
        for routine in pack.get("routines") or []:
            if routine.get("requires") or any(effects(routine)):
                count += 1
                if not last_names(match_names(routine)) & words:
                    missing.append(f"{pack['pack']}: '{routine['name']}' is called in no case")
    print(f"{count} routines that require or do something, {len(missing)} without a case")
    return missing


def main():
    packs = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "rules").glob("*.yaml"))]
    missing = check_names(packs) + check_routines(packs)
    for pack in packs:
        if pack["pack"] not in NO_CASES:
            missing += check_effects(pack, "--list" in sys.argv)
    for line in missing:
        print(line)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
