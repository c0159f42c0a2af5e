#!/usr/bin/env python3
"""Runs the functions of the cases on the host, under the shim and its sweep, and compares with what the analyzer says.

    python3 testcases/run_host.py --mdlguard build/mdlguard --host-cc build/shim/mdlguard-host-cc
    python3 testcases/run_host.py --filter MDL102 -v

For each case a program is made: the case's text, stubs for the functions that it only declares (each may fail), and a run for each function that
ends in _bad or _ok. Arguments are made up by type and name. What cannot be known from them (is the MDL locked already? is the flag set?) is tried:
each combination is a scenario. A scenario is swept: once as it is, then every point failing in turn.

    _ok    agrees when there is a scenario in which the shim stays silent throughout
    _bad   agrees when there is one in which the shim reports a rule that the analyzer reports for this function, and no other. Where
           the _ok twin has the same parameters, only scenarios in which the twin is silent count: the others break the caller's part

Not driven: what does not compile or link on the host, parameters that cannot be made up, functions whose sweep does nothing with an MDL. Known
differences stand in host_known.txt with their reason; a new one, and one that is gone, is a failure.

Exit status: 0 as known, 1 differences, 2 the call is wrong.
"""

import argparse
import itertools
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import run_cases

TIMEOUT_SECONDS = 120
SCENARIOS = 40  # at most, of a function
DEFINITION = re.compile(
    r"^(?P<type>(?:static\s+|inline\s+)*[A-Za-z_][\w ]*?[ *]+(?:NTAPI\s+|APIENTRY\s+)?)(?P<name>(?:\w+::)?\w+)\((?P<params>[^;{}]*?)\)\s*(?:const\s*)?(?:noexcept\s*)?\n\{",
    re.M,
)
PROTOTYPE = re.compile(
    r"^(?P<linkage>extern\s+(?:\"C\"\s+)?)?(?P<type>[A-Za-z_][\w ]*?[ *]+(?:NTAPI\s+)?)(?P<name>\w+)\((?P<params>[^;{}]*)\);", re.M
)
RECORD = re.compile(r"^(?:typedef\s+)?(?:struct|class)\s+(?P<tag>\w+)?\s*\{(?P<body>.*?)^\}\s*(?P<name>\w+)?", re.M | re.S)
FIELD = re.compile(r"^\s*(?P<type>(?:const\s+|struct\s+)*\w+)\s+(?P<stars>\**)&?(?P<name>\w+)(?P<array>\[[^\]]*\])?\s*(?:=[^;]*)?;", re.M)

MDL_STATES = ["HOST_MDL_LOCKED_USER", "HOST_MDL_FRESH", "HOST_MDL_POOL", "HOST_MDL_PAGES", "HOST_MDL_LOCKED_MAPPED", "HOST_MDL_CHAIN"]
POOL = "(ExAllocatePoolWithTag)(NonPagedPool, HOST_LENGTH, 'tsoh')"
USER = "mdlguard_host_user_range(HOST_LENGTH)"
ADAPTER_MEMBERS = {"DXGKCB_MAPMDLTOIOMMU": "DxgkCbMapMdlToIoMmu", "DXGKCB_UNMAPMDLFROMIOMMU": "DxgkCbUnmapMdlFromIoMmu"}
ARGUMENTS = {
    "PDMA_ADAPTER": "host_make_dma_adapter()",
    "PDEVICE_OBJECT": "host_make_device()",
    "PSCATTER_GATHER_LIST": "host_make_list()",
    "PDMA_IOMMU_INTERFACE": "host_make_iommu()",
    "PDMA_IOMMU_INTERFACE_EX": "host_make_iommu_ex()",
    "PIOMMU_DMA_DOMAIN": "host_make_domain()",
    "PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN": "host_make_range()",
}
RESERVED = "(MmAllocateMappingAddress)(HOST_LENGTH, 'tsoh')"


class CannotDrive(Exception):
    """Why a function is not run."""


@dataclass
class Driven:
    """A function with its verdicts."""

    case: str
    name: str
    first: int
    last: int
    is_ok: bool
    params: str = ""
    static: set = field(default_factory=set)
    runs: dict = field(default_factory=dict)  # scenario -> set of rules; "!" for a bug check
    lines: dict = field(default_factory=dict)  # rule -> lines
    events: int = 0
    verdict: str = ""
    runtime: set = field(default_factory=set)
    why: str = ""

    def key(self):
        return f"{self.case}:{self.name}"


# ---------------------------------------------------------------------------------------------------------------------
# Arguments
# ---------------------------------------------------------------------------------------------------------------------


def split_params(params):
    params = params.strip()
    return [] if params in ("", "void", "VOID") else [p.strip() for p in params.split(",")]


def parse_param(param):
    """(type without const, stars, is_reference, name, array). A type may be two words: "struct request"."""
    plain = re.sub(r"\s+", " ", re.sub(r"([*&])", r" \1 ", re.sub(r"\bconst\b", " ", param))).strip().replace("* *", "**")
    match = re.fullmatch(r"((?:struct )?\w+) ?(\**) ?(&?) ?(\w+) ?(\[\w*\])?", plain)
    if not match:
        raise CannotDrive(f"parameter '{param}'")
    return match.groups()


def pointer_choices(name):
    lower = name.lower()
    if "reserve" in lower or lower == "range":
        return [RESERVED]
    if any(word in lower for word in ("pool", "block", "memory")):
        return [POOL, USER]
    if lower == "target":
        return [POOL, USER]
    if any(word in lower for word in ("source", "data", "reply", "sector")):
        return [POOL]
    return [USER, POOL]


def number_choices(name):
    lower = name.lower()
    if lower == "limit":
        return ["HOST_LENGTH", "1"]
    if lower == "flags":
        return ["0", "~0"]
    if any(word in lower for word in ("length", "bytes", "size", "remaining", "limit")):
        return ["HOST_LENGTH"]
    if lower == "address":
        return ["0x70000000", "0"]
    if lower in ("count", "chunks", "attempts"):
        return ["2"]
    return ["1", "0"]


def value_choices(kind, stars, name, records):
    """C expressions for a value of type KIND*STARS, in the order in which they are tried."""
    if stars == "" and kind in ("PMDL", "PMDLX"):
        return [f"host_make_mdl({state})" for state in (MDL_STATES if name != "head" else reversed(MDL_STATES))]
    if stars == "*" and kind == "MDL":
        return [f"host_make_mdl({state})" for state in MDL_STATES]
    if (stars, kind) in (("", "PIRP"), ("*", "IRP")):
        return [f"host_make_irp({state})" for state in MDL_STATES[:1] + MDL_STATES[-1:]]
    if stars == "" and kind in ("PVOID", "PUCHAR", "PCHAR") or stars == "*" and kind in ("void", "VOID", "UCHAR"):
        return [f"({kind}{stars}){choice}" for choice in pointer_choices(name)]
    if stars == "*" and kind == "DXGKRNL_INTERFACE":
        return ["host_make_adapter()"]
    if stars == "" and kind == "DXGKRNL_INTERFACE":
        return ["*host_make_adapter()"]
    if stars == "" and kind in ("ULONG", "SIZE_T", "LONG", "USHORT", "UCHAR", "CCHAR", "LONGLONG", "ULONGLONG", "ULONG_PTR", "int", "INT", "UINT"):
        return [f"({kind}){choice}" for choice in number_choices(name)]
    if stars == "" and kind in ("BOOLEAN", "bool"):
        return ["TRUE", "FALSE"]
    if stars == "" and kind in ("PULONG", "PBOOLEAN", "PSIZE_T", "PLIST_ENTRY"):
        kind, stars = kind[1:], "*"
    if stars == "" and kind in ADAPTER_MEMBERS:
        return [f"host_make_adapter()->{ADAPTER_MEMBERS[kind]}"]
    if stars == "" and kind == "HANDLE" and name.lower().strip("m_") in ("device", "adapter", "hadapter"):
        return ["host_make_adapter()->DeviceHandle"]
    if stars == "" and kind in ("HANDLE", "NTSTATUS"):
        return ["0"]
    if stars == "" and kind == "PHYSICAL_ADDRESS":
        return ["host_high"]
    if stars == "*" and kind == "PVOID" and name.endswith("s"):
        return ["host_make_blocks()", "(PVOID *)host_out(0)"]
    if stars == "*" and kind in ("ULONG", "BOOLEAN", "SIZE_T", "UCHAR", "PMDL", "HANDLE", "PVOID", "LIST_ENTRY"):
        return [f"({kind} *)host_out({'1' if kind == 'LIST_ENTRY' else '0'})"]
    if stars == "" and kind in ARGUMENTS:
        return [ARGUMENTS[kind]]
    if stars == "*" and kind == "DMA_OPERATIONS_V3":
        return ["DMA_OPERATIONS_V3_OF(host_make_dma_adapter())"]
    if stars == "" and kind[:1] == "P" and kind[1:] in records:
        kind, stars = kind[1:], "*"
    record = records.get(kind.removeprefix("struct "))
    if record and stars in ("", "*"):
        return record.choices(kind, stars, records)
    raise CannotDrive(f"a value of type {kind}{stars}")


@dataclass
class Record:
    """A structure or class of the case: its data members."""

    fields: list
    spelling: str = ""

    def choices(self, kind, stars, records, depth=0):
        # Members of one group take their n-th choice together: two MDLs of a context are in the same state.
        members, groups, mdl = [], {}, ""
        for typename, inner, name, array in self.fields:
            if array:
                continue
            try:
                if typename in records and inner == "" or typename == kind:
                    continue
                choices = value_choices(typename, inner, name, records)
            except CannotDrive:
                continue
            if typename in ("PMDL", "PMDLX"):
                mdl = name
            group = "mdl" if typename in ("PMDL", "PMDLX") else name
            if mdl and typename in ("PVOID", "PUCHAR", "PULONG", "PCHAR") and re.search(r"(?i)view|address|base|header|window|shared", name):
                group = "view"
                choices = [f"({typename})host_make_view(o->{mdl})", "0", f"({typename})host_make_user_view(o->{mdl})"]
            elif mdl and typename == "HANDLE" and re.search(r"(?i)memory|handle|iommu|hmem", name):
                group = "handle"
                choices = ["0", f"host_make_handle(o->{mdl})"]
            elif typename in ("ULONG", "NTSTATUS", "PVOID") and not re.search(r"(?i)length|bytes|size|pool|buffer|memory|target|flags", name):
                continue  # results and counters start at zero
            members.append((group, name, list(choices)[:6]))
            groups[group] = min(groups.get(group, 6), len(members[-1][2]))
        out = []
        for numbers in itertools.islice(itertools.product(*(range(size) for size in groups.values())), 24):
            chosen = dict(zip(groups, numbers))
            out.append(("".join(f"o->{name} = {choices[chosen[group]]}; " for group, name, choices in members), kind, stars))
        return out


def parse_records(text):
    records = {}
    for match in RECORD.finditer(text):
        body = re.sub(r"\{.*?\n    \}", "", match["body"], flags=re.S)  # bodies of member functions
        fields = [(re.sub(r"const\s+|struct\s+", "", f["type"]), f["stars"], f["name"], f["array"]) for f in FIELD.finditer(body)
                  if f["type"] not in ("return", "typedef", "public", "private")]
        for name in (match["name"], match["tag"]):
            if name:
                records[name] = Record(fields, match["name"] or f"struct {match['tag']}")
    return records


# ---------------------------------------------------------------------------------------------------------------------
# Programs
# ---------------------------------------------------------------------------------------------------------------------


def keep_in_context(kind, name, params, records):
    """A callback keeps what it is given in its context, where the case has just one place for it."""
    places = {(record.spelling, f) for record in records.values() for t, stars, f, array in record.fields if t == kind and not stars and not array}
    if len(places) != 1 or not re.search(r"\bPVOID context\b", params):
        return ""
    spelling, member = places.pop()
    return f"    if (context != NULL)\n        (({spelling} *)context)->{member} = {name};\n"


def make_stub(match, text, records, owner=""):
    """A function that the case only declares: it uses what it is given, keeps MDLs, as unknown code may, and may fail where its type can say so."""
    kind, name = match["type"].strip(), match["name"]
    if "(*" in match["params"] or "..." in match["params"]:
        raise CannotDrive(f"stub of {name}")
    body = ""
    for param in split_params(match["params"]):
        words = re.fullmatch(r"(?:const\s+)?(?:struct\s+)?(\w+)\s*(\**)\s*(\w+)", param)
        if words and words[1] in ("PMDL",) and not words[2]:
            body += f"    if ({words[3]} != NULL)\n        MmGetMdlByteCount({words[3]});\n    host_keep({words[3]});\n"
        elif words and (words[1], words[2]) in (("PIRP", ""), ("IRP", "*")):
            body += f"    host_keep({words[3]});\n"
        elif words and (words[1] in ("PVOID", "PUCHAR") and not words[2] or words[1] in ("void", "VOID", "UCHAR") and words[2] == "*"):
            body += f"    host_touch((const void *){words[3]});\n" if words[3] != "context" else ""
        elif words and words[1] in records and len(words[2]) < 2:
            body += f"    host_keep_copy({words[3] if words[2] else '&' + words[3]}, sizeof({'*' if words[2] else ''}{words[3]}));\n"
        elif words and words[1][:1] == "P" and words[1][1:] in records and not words[2]:
            body += f"    host_keep_copy({words[3]}, sizeof(*{words[3]}));\n"
        elif words and words[1] == "PSCATTER_GATHER_LIST":
            body += f"    host_list_is_there({words[3]});\n" + keep_in_context(words[1], words[3], match["params"], records)
        elif words and (words[1] == "PULONG" and not words[2] or words[1] == "ULONG" and words[2] == "*"):
            body += f"    *{words[3]} = 1;\n"
    base = [word for word in kind.replace("*", " * ").split() if word not in ("NTKERNELAPI", "extern", "static", "NTAPI", "virtual")]
    if base[0] in ("void", "VOID") and len(base) == 1:
        pass
    elif base == ["NTSTATUS"]:
        for status in ["STATUS_UNSUCCESSFUL"] + sorted(set(re.findall(r"== (STATUS_\w+)", text)) - {"STATUS_SUCCESS", "STATUS_UNSUCCESSFUL"}):
            body += f"    if (mdlguard_host_point(\"{name}: {status}\"))\n        return {status};\n"
        body += "    return STATUS_SUCCESS;\n"
    elif base in (["BOOLEAN"], ["bool"]):
        body += f"    return !mdlguard_host_point(\"{name}\");\n"
    elif base[0] in ("ULONG", "SIZE_T", "UCHAR", "LONG") and len(base) == 1:
        body += f"    return mdlguard_host_point(\"{name}\") ? 0 : 1;\n"
    else:
        raise CannotDrive(f"stub of {name}")
    linkage = "" if owner else match["linkage"] or ""
    return f"{linkage}{kind} {owner}{name}({match['params']})\n{{\n{body}}}\n"


# What an annotation of include/mdlguard/annotations.h has the stand-in do: {p} is what it stands at, {mdl} the function's MDL, {va} its buffer.
ENDS = {
    "RELEASES(lock)": "MmUnlockPages({p});",
    "RELEASES(descriptor)": "IoFreeMdl({p});",
    "RELEASES(locked)": "MmUnlockPages({p});\n    IoFreeMdl({p});",
    "RELEASES(pages)": "MmFreePagesFromMdl({p});\n    ExFreePool({p});",
    "UNMAPS(system)": "MmUnmapLockedPages({p}, {mdl});",
    "UNMAPS(iommu)": "host_unmap_iommu({p});",
    "ACQUIRES(lock)": "if (!host_lock({p}))\n        return STATUS_UNSUCCESSFUL;",
    "TAKES": "host_keep({p});",
    "BORROWS": "MmGetMdlByteCount({p});",
}
MAKES = {
    "ACQUIRES(descriptor)": "host_new_mdl({va})",
    "ACQUIRES(locked)": "host_pin({va})",
    "ACQUIRES(pages)": "host_new_pages({va})",
    "MAPS(system)": "MmGetSystemAddressForMdlSafe({mdl}, NormalPagePriority)",
    "MAPS(iommu)": "host_map_iommu({mdl})",
    "BORROWS": "host_make_mdl(HOST_MDL_LOCKED_USER)",
}
ANNOTATED = re.compile(
    r"^(?P<words>(?:MDLGUARD_\w+(?:\(\w+\))? )*)(?P<type>[A-Za-z_][\w ]*?[ *]+)(?P<name>\w+)\((?P<params>[^;{}]*)\);", re.M
)


def annotated_stub(match):
    """A function that the case declares with annotations: it does what they say."""
    params = [re.fullmatch(r"(?:MDLGUARD_(\w+(?:\(\w+\))?) )?(\w+) ?(\**)(\w+)", p) for p in split_params(match["params"])]
    words = re.findall(r"MDLGUARD_(\w+(?:\(\w+\))?)", match["words"])
    if not all(params):
        raise CannotDrive(f"stub of {match['name']}")
    names = {"mdl": next((p[4] for p in params if p[2] == "PMDL"), "NULL"), "va": next((p[4] for p in params if p[2] == "PVOID"), "NULL")}
    body = f"    if (mdlguard_host_point(\"{match['name']} raises\"))\n        ExRaiseStatus(STATUS_ACCESS_VIOLATION);\n" if "MAY_RAISE" in words else ""
    for word, _, stars, name in (p.groups() for p in params):
        text = (MAKES if stars else ENDS).get(word, "")
        if word and not text:
            raise CannotDrive(f"stub of {match['name']}")
        text = text.format(p=name, **names)
        body += f"    *{name} = {text};\n    if (*{name} == NULL)\n        return STATUS_UNSUCCESSFUL;\n" if stars and text else f"    {text}\n" if text else ""
    kind = match["type"].strip()
    made = next((MAKES[word].format(**names) for word in words if word in MAKES), "STATUS_SUCCESS" if kind == "NTSTATUS" else "1")
    body += "" if kind in ("VOID", "void") else f"    return {made};\n"
    return f"{kind} {match['name']}({', '.join(f'{p[2]} {p[3]}{p[4]}' for p in params) or 'void'})\n{{\n{body}}}\n"


METHOD = re.compile(r"^    (?P<linkage>)(?P<type>(?:static |virtual )?[A-Za-z_]\w*[ *]+)(?P<name>\w+)\((?P<params>[^;{}()]*)\);", re.M)


def method_stubs(text, defined):
    """Stubs of the member functions that a class declares and nobody defines."""
    stubs = []
    for record in RECORD.finditer(text):
        for match in METHOD.finditer(record["body"]):
            if f"{record['tag']}::{match['name']}" not in defined and match["type"].strip() not in ("return", "else"):
                stubs.append(make_stub(match, text, {}, f"{record['tag']}::").replace("static ", "", 1))
    return stubs


def make_run(function, result_type, params, owner, records, body="", is_dispatch=False):
    """The scenarios of one function, as a list of C blocks."""
    names, options, ordered = [], [], split_params(params)
    for param in ordered:
        kind, stars, reference, name, array = parse_param(param)
        if array and kind == "PMDL":
            count = array.strip("[]") or "2"
            options.append([f"@array {count} host_make_mdl({state})" for state in MDL_STATES])
        elif array and kind in ("PVOID", "HANDLE", "ULONG"):
            options.append([f"@array 0 0"])
        elif array:
            raise CannotDrive(f"parameter '{param}'")
        else:
            options.append(value_choices(kind, stars, name, records))
            if re.search(rf"\bProbeFor(Read|Write)\({name},", body) or name == "user" and (stars or kind.startswith("P")):
                options[-1] = [f"({kind} {stars}){USER}"]
            if is_dispatch and kind == "PIRP":
                options[-1] = [value.replace("host_make_irp", "host_make_request") for value in options[-1]]
            if not stars and re.search(rf"\b{name} == 0\b|!{name}\b", body) and options[-1] == [f"({kind})HOST_LENGTH"]:
                options[-1].append(f"({kind})0")
        names.append((kind, stars, reference))
    if owner:
        if owner not in records:
            raise CannotDrive(f"objects of {owner}")
        options.insert(0, records[owner].choices(owner, "*", records))
        names.insert(0, (owner, "*", ""))
    if "virtual" in (result_type or ""):
        raise CannotDrive("virtual")
    blocks = []
    for values in itertools.islice(itertools.product(*options), SCENARIOS):
        setup, arguments = "", []
        for n, (value, (kind, stars, reference)) in enumerate(zip(values, names)):
            if isinstance(value, tuple):
                sets, kind, stars = value
                setup += f"        {{ {kind} *o = ({kind} *)host_out(0); {sets}host_arguments[{n}] = o; }}\n"
                arguments.append(f"*({kind} *)host_arguments[{n}]" if stars == "" else f"({kind} *)host_arguments[{n}]")
            elif value.startswith("@array"):
                _, count, make = value.split(" ", 2)
                setup += f"        for (int i = 0; i < {count}; i++) ((PMDL *)host_arrays[{n}])[i] = {make};\n"
                arguments.append(f"({kind} *)host_arrays[{n}]")
            elif stars or kind.startswith("P") and kind not in ("PHYSICAL_ADDRESS",):
                setup += f"        host_arguments[{n}] = (void *){value};\n"
                arguments.append(f"({kind} {stars})host_arguments[{n}]")
            else:
                arguments.append(value)
        method = f"(({owner} *)host_arguments[0])->{function.split('::')[-1]}" if owner else function
        call = f"{method}({', '.join(arguments[1:] if owner else arguments)})"
        keep = f"host_result = (void *){call}" if re.search(r"\*|\bP[A-Z]\w+\b", result_type or "") else call
        blocks.append(f"{{\n{setup}        host_began();\n        {keep};\n        break;\n    }}")
    return blocks


PROLOGUE = """
#include "host_args.h"
static void *host_arguments[16], *host_arrays[16][16], *host_result;
static PHYSICAL_ADDRESS host_high;
static char host_outs[16][1024];
static int host_out_count, host_function, host_scenario;
static void *host_out(int is_list)
{
    void *out = host_outs[host_out_count++];
    if (is_list) { ((void **)out)[0] = out; ((void **)out)[1] = out; }
    return out;
}
static void *host_kept[64];
static int host_kept_count;
static void host_keep(void *mdl)
{
    if (host_kept_count < 64)
        host_kept[host_kept_count++] = mdl;
}
static char host_copies[8][256];
static int host_copy_count;
static void host_keep_copy(const void *record, ULONG bytes)
{
    if (record && host_copy_count < 8 && bytes <= sizeof(host_copies[0]))
        RtlCopyMemory(host_copies[host_copy_count++], record, bytes);
}
static void host_began(void) { mdlguard_host_begin(); }
"""


def make_program(case_path, text, functions, records, chosen):
    defined = {m["name"] for m in DEFINITION.finditer(text)}
    seen, stubs = set(), []
    for match in ANNOTATED.finditer(text):
        if "MDLGUARD_" in match[0] and match["name"] not in defined:
            seen.add(match["name"])
            stubs.append(annotated_stub(match))
    for match in PROTOTYPE.finditer(text):
        name = match["name"]
        if name in defined or name in seen or name.startswith(("Mm", "Io", "Ex", "Ke", "Rtl")) or match["type"].startswith(("return", "else", "typedef")):
            continue
        seen.add(name)
        stubs.append(make_stub(match, text, {} if case_path.suffix != ".c" else records))
    stubs += method_stubs(text, defined) if case_path.suffix != ".c" else []
    spaces = "".join(f"using namespace {name};\n" for name in re.findall(r"^namespace (\w+)", text, re.M))
    runs, table = [], []
    for number, function in enumerate(chosen):
        runs.append(f"    case {number}: switch (host_scenario) {{\n" + "\n".join(f"    case {s}: {b}" for s, b in enumerate(function.blocks)) + "\n    } break;")
        table.append(str(len(function.blocks)))
    is_cpp = case_path.suffix != ".c"
    return (
        f'#include "{case_path}"\n{spaces}{PROLOGUE}' + "\n".join(stubs)
        + "\nstatic void host_run_one(void *context)\n{\n    (void)context;\n    host_hold_statics();\n    mdlguard_host_on_wait(host_device_is_done, 0);\n    host_high.QuadPart = -1;\n    switch (host_function) {\n"
        + "\n".join(runs)
        + "\n    }\n}\n"
        + f"static const int host_counts[] = {{{', '.join(table)}}};\n"
        + ('extern "C" ' if is_cpp else "")
        + """int mdlguard_main(int argc, char **argv)
{
    for (host_function = 0; host_function < (int)(sizeof(host_counts) / sizeof(host_counts[0])); host_function++)
        for (host_scenario = 0; host_scenario < host_counts[host_function]; host_scenario++)
            mdlguard_host_report_sweep(host_function, host_scenario, host_run_one, 0);
    (void)argc;
    (void)argv;
    return 0;
}
"""
    )


def build_and_run(source, folder, options):
    program = folder / "case"
    build = subprocess.run([options.host_cc, str(source), "-o", str(program), "-fno-access-control" if source.suffix != ".c" else "-w", "-I", str(options.root / "testcases")],
                           capture_output=True, cwd=options.root, timeout=TIMEOUT_SECONDS, check=False)
    if build.returncode != 0:
        lines = [line for line in build.stderr.decode("utf-8", "replace").split("\n") if "error" in line or "undefined" in line]
        raise CannotDrive("does not build: " + (lines or ["?"])[0][-140:])
    try:
        run = subprocess.run([str(program)], capture_output=True, cwd=options.root, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotDrive("does not end") from error
    return run.stdout.decode("utf-8", "replace")


def read_output(output, chosen):
    """Lines "run FUNCTION SCENARIO POINT EVENTS [!] [RULE LINE FILE]..."."""
    for line in output.split("\n"):
        words = line.split()
        if not words or words[0] != "run":
            continue
        function, scenario, events = chosen[int(words[1])], int(words[2]), int(words[4])
        rules = function.runs.setdefault(scenario, set())
        function.events = max(function.events, events)
        if words[5] != "-":
            rules.add("!")
        for at in range(6, len(words) - 1, 2):
            rules.add(words[at])
            function.lines.setdefault(words[at], set()).add(int(words[at + 1]))


# ---------------------------------------------------------------------------------------------------------------------
# Verdicts
# ---------------------------------------------------------------------------------------------------------------------


def judge(function, twins):
    if function.why:
        function.verdict = "not driven"
        return
    if not function.events:
        function.verdict, function.why = "not driven", "no scenario gets to a call about an MDL"
        return
    twin = twins.get(function.name[: -len("bad")] + "ok")
    legal = set(function.runs)
    if not function.is_ok and twin and twin.params == function.params and not twin.why:
        legal = {s for s, rules in twin.runs.items() if not rules} or legal
    results = [function.runs[s] for s in sorted(legal) if s in function.runs]
    wanted = function.static
    if not wanted:
        function.verdict = "agree" if any(not rules for rules in results) else "disagree"
    else:
        function.verdict = "agree" if any(rules & wanted and not (rules - wanted - {"!"}) for rules in results) else "disagree"
    best = [r for r in results if (r & wanted if wanted else not r)] or results or [set()]
    function.runtime = min(best, key=len)


def static_rules(case, options):
    """Rules by line, as the analyzer reports them."""
    if not options.mdlguard:
        return [(d.line, d.rule) for source in case.files for d in source.directives if d.kind in ("expect", "false")]
    result = run_cases.run_analyzer(case, options)
    return [(finding["line"], finding["rule"]) for finding in result.findings]


def drive_case(case, options):
    path = options.root / case.name
    text = path.read_text(encoding="utf-8")
    records = parse_records(text)
    found = {m["name"]: m for m in DEFINITION.finditer(text)}
    findings = static_rules(case, options)
    functions = []
    for f in case.files[0].functions:
        name = next((n for n in found if n.split("::")[-1] == f.name.split("::")[-1]), None)
        driven = Driven(case.name, f.name.split("::")[-1], f.first, f.last, f.is_ok())
        driven.static = {rule for line, rule in findings if f.first <= line <= f.last}
        driven.blocks = []
        try:
            if name is None:
                raise CannotDrive("its definition cannot be read")
            driven.params = found[name]["params"]
            owner = name.split("::")[0] if "::" in name else ""
            body = "\n".join(text.split("\n")[f.first - 1 : f.last])
            driven.blocks = make_run(name, found[name]["type"], driven.params, owner, records, body, bool(re.search(rf"MajorFunction\[\w+\] = {name};", text)))
            if not driven.blocks:
                raise CannotDrive("no scenario")
        except CannotDrive as error:
            driven.why = str(error)
        functions.append(driven)
    chosen = [f for f in functions if not f.why]
    with tempfile.TemporaryDirectory(prefix="mdlguard-host-") as folder:
        source = Path(folder) / ("case" + ".c" if path.suffix == ".c" else "case.cpp")
        try:
            if chosen:
                source.write_text(make_program(path, text, functions, records, chosen), encoding="utf-8")
                if options.keep:
                    Path(options.keep).mkdir(parents=True, exist_ok=True)
                    (Path(options.keep) / (path.stem + source.suffix)).write_text(source.read_text())
                read_output(build_and_run(source, Path(folder), options), chosen)
        except (CannotDrive, subprocess.TimeoutExpired) as error:
            for function in chosen:
                function.why = str(error)
    twins = {f.name: f for f in functions if f.is_ok}
    for function in functions:
        judge(function, twins)
    return functions


def read_known(path):
    known = {}
    for line in path.read_text(encoding="utf-8").split("\n") if path.exists() else []:
        if line.strip() and not line.startswith("#"):
            key, _, why = line.partition(" — ")
            known[key.strip()] = why
    return known


def main():
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Runs the functions of the cases on the host and compares with the analyzer.")
    parser.add_argument("--mdlguard", default="", help="the analyzer; without it, what the annotations say")
    parser.add_argument("--host-cc", default=str(root / "build/shim/mdlguard-host-cc"))
    parser.add_argument("--filter", default="", help="only cases whose path contains this")
    parser.add_argument("--mingw", default="/usr/x86_64-w64-mingw32")
    parser.add_argument("--keep", default="", metavar="DIR", help="leave the programs' sources there")
    parser.add_argument("-j", type=int, default=1)
    parser.add_argument("-v", action="store_true", help="every function, with the scenarios")
    options = parser.parse_args()
    options.root = root
    if options.mdlguard:
        options.mdlguard = os.path.abspath(options.mdlguard)
    options.host_cc = os.path.abspath(options.host_cc)
    for tool in filter(None, (options.host_cc, options.mdlguard)):
        if not os.access(tool, os.X_OK):
            print(f"run_host.py: no such program: {tool}", file=sys.stderr)
            return 2
    cases = [c for c in run_cases.find_cases(root, root / "testcases") if not c.database and options.filter in c.name]
    with ThreadPoolExecutor(options.j) as pool:
        functions = [f for result in pool.map(lambda case: drive_case(case, options), cases) for f in result]
    return report(functions, options, read_known(root / "testcases" / "host_known.txt"))


def report(functions, options, known):
    failed = 0
    for f in functions:
        is_known = f.key() in known
        rules = ",".join(sorted(f.static)) or "-"
        seen = ",".join(sorted(f.runtime - {"!"})) or "-"
        if f.verdict == "disagree" and not is_known or f.verdict == "agree" and is_known:
            failed += 1
        mark = f.verdict + (" (known)" if is_known else "")
        if options.v or f.verdict == "disagree" or f.verdict == "agree" and is_known:
            print(f"{f.key()}: static {rules}, run time {seen}: {mark}{': ' + f.why if f.why else ''}")
            if options.v and f.verdict == "disagree":
                print("    " + "; ".join(f"{s}: {','.join(sorted(r)) or '-'}" for s, r in sorted(f.runs.items())))
    driven = [f for f in functions if f.verdict != "not driven"]
    agree = [f for f in driven if f.verdict == "agree"]
    bad = [f for f in agree if not f.is_ok]
    print(f"{len(functions)} functions, {len(driven)} driven, {len(agree)} agree ({len(bad)} _bad, {len(agree) - len(bad)} _ok), "
          f"{len(driven) - len(agree)} disagree, {failed} not as known")
    for why in sorted({f.why for f in functions if f.verdict == "not driven"}):
        count = sum(f.why == why for f in functions if f.verdict == "not driven")
        if options.v:
            print(f"  not driven, {count}: {why}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
