"""What run.py prints about a scan alone: a second scan, and programs of growing size."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

FUNCTIONS_A_FILE = 100

HEADER = """#pragma once
#include <ntddk.h>
typedef struct _BUFFER { PMDL Mdl; PVOID View; ULONG Length; } BUFFER, *PBUFFER;
"""

# Four kinds of function in turn: one that makes, one that uses, one that releases, one that has nothing to do with MDLs.
FUNCTIONS = (
    """NTSTATUS Acquire{n}(PBUFFER b, PVOID p, ULONG length)
{{
    b->Mdl = IoAllocateMdl(p, length, FALSE, FALSE, NULL);
    if (!b->Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {{
        MmProbeAndLockPages(b->Mdl, KernelMode, IoWriteAccess);
    }} __except (EXCEPTION_EXECUTE_HANDLER) {{
        IoFreeMdl(b->Mdl);
        b->Mdl = NULL;
        return GetExceptionCode();
    }}
    b->View = MmGetSystemAddressForMdlSafe(b->Mdl, NormalPagePriority);
    b->Length = length;
    return STATUS_SUCCESS;
}}
""",
    """ULONG Use{n}(PBUFFER b, ULONG seed)
{{
    PULONG words = b->View;
    ULONG sum = seed;
    if (!words)
        return 0;
    for (ULONG i = 0; i < b->Length / sizeof(ULONG); i++)
        sum += words[i] ^ (i % 3 ? seed : i);
    return sum;
}}
""",
    """void Release{n}(PBUFFER b)
{{
    if (!b->Mdl)
        return;
    MmUnlockPages(b->Mdl);
    IoFreeMdl(b->Mdl);
    b->Mdl = NULL;
}}
""",
    """int Run{n}(PBUFFER b, PVOID p)
{{
    int result = {n};
    if (NT_SUCCESS(Acquire{acquire}(b, p, {n} + 64))) {{
        result += (int)Use{use}(b, {n});
        Release{release}(b);
    }}
    return result;
}}
""",
)


def cost(command, folder=None):
    """(CPU seconds with children, MiB of the largest process, exit status)"""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode


def store_size(folder):
    return sum(f.stat().st_size for f in folder.glob("mdlguard.db*")) / 1e6


# ---- a second scan ----


def copy_program(database, target):
    """The program under another folder, so that its files may be changed; the new compile database."""
    entries = json.loads(database.read_text(encoding="utf-8"))
    files = [str((database.parent / e.get("directory", ".") / e["file"]).resolve()) for e in entries]
    root = os.path.commonpath([os.path.dirname(f) for f in files] + [str(database.parent)])
    if len(Path(root).parts) < 3 or root == str(database.parent.parent):
        root = os.path.commonpath([os.path.dirname(f) for f in files])
    shutil.copytree(root, target / "source", symlinks=True, ignore=shutil.ignore_patterns(".git", ".mdlguard"))
    for entry, file in zip(entries, files):
        words = entry.get("arguments") or entry["command"].split()
        where = str((database.parent / entry.get("directory", ".")).resolve())
        entry.pop("command", None)
        entry["arguments"] = [absolute(word, where).replace(root, str(target / "source")) for word in words]
        entry["file"] = file.replace(root, str(target / "source"))
        entry["directory"] = where.replace(root, str(target / "source"))
    (target / "compile_commands.json").write_text(json.dumps(entries), encoding="utf-8")
    return [Path(entry["file"]) for entry in entries]


def absolute(word, folder):
    """A relative path leads elsewhere in the copy, unless it stays in the program."""
    return os.path.normpath(os.path.join(folder, word)) if word.startswith("..") else word


def project_header(files, folder):
    """The header of the program that most of its files name."""
    headers = [h for h in sorted(folder.rglob("*.h"))]
    texts = [f.read_text(encoding="latin-1") for f in files]
    return max(headers, key=lambda h: sum(f'"{h.name}"' in t for t in texts), default=None)


def append(path, line):
    with open(path, "a", encoding="latin-1") as file:
        file.write(line)


def rescans(database, options):
    """Cold, nothing changed, one source file changed, one header changed; in CPU time against the cold scan."""
    with tempfile.TemporaryDirectory() as name:
        target = Path(name)
        files = copy_program(database, target)
        scan = [options.mdlguard, "scan", "-p", str(target), "-q", "-j", str(options.j)]
        middle = sorted(files, key=lambda f: f.stat().st_size)[len(files) // 2]
        header = project_header(files, target / "source")
        changes = [("cold", None), ("nothing changed", None), (f"{middle.name} touched", middle.touch),
                   (f"{middle.name} changed", lambda: append(middle, "\nint mdlguard_bench;\n"))]
        if header:
            changes.append((f"{header.name} changed", lambda: append(header, "\n#define MDLGUARD_BENCH 1\n")))
        print(f"\n{'a second scan':36} {'cpu s':>8} {'x cold':>7} {'MiB':>7} {'store MB':>9}")
        cold = None
        for what, change in changes:
            time.sleep(1.1)  # what changed within a second is told by its content
            if change:
                change()
            cpu, memory, _ = cost(scan)
            cold = cold or cpu
            print(f"{what:36} {cpu:8.2f} {cpu / cold:7.3f} {memory:7.0f} {store_size(target / '.mdlguard'):9.1f}")


# ---- growing programs ----


def function(n):
    kind = n % 4
    near = n - kind
    return FUNCTIONS[kind].format(n=n, acquire=near, use=near + 1, release=near + 2)


def write_program(folder, count):
    (folder / "buffer.h").write_text(HEADER, encoding="utf-8")
    arguments = ["clang", "-c", "-target", "x86_64-w64-mingw32", "-fms-extensions", "-isystem", "/usr/x86_64-w64-mingw32/include",
                 "-isystem", "/usr/x86_64-w64-mingw32/include/ddk"]
    entries = []
    for first in range(0, count, FUNCTIONS_A_FILE):
        name = f"part{first // FUNCTIONS_A_FILE}.c"
        body = "\n".join(function(n) for n in range(first, min(first + FUNCTIONS_A_FILE, count)))
        (folder / name).write_text('#include "buffer.h"\n\n' + body, encoding="utf-8")
        entries.append({"directory": ".", "file": name, "arguments": [*arguments, name]})
    (folder / "compile_commands.json").write_text(json.dumps(entries), encoding="utf-8")


def growth(sizes, options):
    """Time, memory and store of generated programs."""
    print(f"\n{'generated program':36} {'cpu s':>8} {'x last':>7} {'MiB':>7} {'x last':>7} {'store MB':>9} {'again s':>8}")
    last = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_program(folder, size)
            scan = [options.mdlguard, "scan", "-p", name, "-q", "-j", str(options.j)]
            cpu, memory, status = cost(scan)
            again, _, _ = cost(scan)
            ratios = (cpu / last[0], memory / last[1]) if last else (1, 1)
            note = "" if status in (0, 1) else f"  exit status {status}"
            print(f"{f'{size} functions':36} {cpu:8.2f} {ratios[0]:7.2f} {memory:7.0f} {ratios[1]:7.2f} "
                  f"{store_size(folder / '.mdlguard'):9.1f} {again:8.2f}{note}")
            last = (cpu, memory)
