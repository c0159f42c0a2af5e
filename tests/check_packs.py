#!/usr/bin/env python3
"""Holds the packs to two claims: every name of tests/packs/mdl-api-names.txt is in a pack or has a reason why not, and every kind of effect that a
pack uses is met in a case of that pack, in a function that must be reported and in one that must not.

    python3 tests/check_packs.py            both; prints what is missing, exit status 1 when something is
    python3 tests/check_packs.py --list     and what each pack uses

The second claim is checked by the words of the cases: a `_bad` or `_ok` function, or a helper that neither ending marks, calls a routine
with that effect. Needs PyYAML (exit status 77, skipped, without it).
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
# No part in the life of MDLs, or another object altogether; and what is no effect on an MDL.
NO_CASES = {"kernel", "c", "rules", "annotations", "linux"}
MODIFIERS = {"of", "if-pages", "if-origin", "late", "late-at", "kinds", "target-os"}
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


def called_in_cases(name):
    """What `_bad` functions call, and what `_ok` functions do, in the cases of a pack."""
    bad, ok = "", ""
    for path in sorted((ROOT / "testcases" / name).rglob("*.c*")):
        text = path.read_text(encoding="utf-8")
        for function, body in functions(text):
            bad += "" if function.endswith("_ok") else body
            ok += "" if function.endswith("_bad") else body
    return bad, ok


def check_effects(pack, is_listed):
    name, kinds = pack["pack"], {}
    bad, ok = called_in_cases(name)
    for routine in pack.get("routines") or []:
        for kind in effects(routine):
            kinds.setdefault(kind, set()).update(n.split("::")[-1] for n in match_names(routine))
    missing = []
    for kind, names in sorted(kinds.items()):
        pattern = re.compile(r"\b(" + "|".join(map(re.escape, sorted(names))) + r")\b")
        for where, text in (("_bad", bad), ("_ok", ok)):
            if not pattern.search(text):
                missing.append(f"{name}: no {where} function calls a routine with the effect '{kind}' ({', '.join(sorted(names))})")
    if is_listed:
        print(f"{name}: {', '.join(sorted(kinds))}")
    return missing


def main():
    packs = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "rules").glob("*.yaml"))]
    missing = check_names(packs)
    for pack in packs:
        if pack["pack"] not in NO_CASES:
            missing += check_effects(pack, "--list" in sys.argv)
    for line in missing:
        print(line)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
