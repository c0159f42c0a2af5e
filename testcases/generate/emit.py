"""Prints programs as C or C++, and notes in every statement and function the line on which it stands.

Several programs share a pair of files, because the headers of Windows take longer to parse than they do. A program with
functions in two units gets them in two files, with what they share in the header.
"""

import model as m

C_HEADER = """#include "wdk/d3dkmddi_iommu.h"

NTSTATUS NTAPI MmAllocateMdlForIoSpace(PVOID List, SIZE_T Count, PMDL *NewMdl);
NTSTATUS DeviceStart(PVOID Device);
NTSTATUS DeviceProgram(PVOID Device);
NTSTATUS DeviceWait(PVOID Device);
BOOLEAN DeviceReady(PVOID Device);
BOOLEAN DeviceWants(PVOID Device);
ULONG DeviceCount(PVOID Device);
VOID DeviceLog(PVOID Device);
"""

EXTERN_RESULTS = {
    "DeviceStart": "status",
    "DeviceProgram": "status",
    "DeviceWait": "status",
    "DeviceReady": "bool",
    "DeviceWants": "bool",
    "DeviceCount": "count",
    "DeviceLog": "void",
}

INDENT = "    "
PRECEDENCE = {"||": 1, "&&": 2, "|": 3, "&": 4, "==": 5, "!=": 5, "<": 6, "<=": 6, ">": 6, ">=": 6, "+": 7, "-": 7}


class Batch:
    """Some programs in files that are scanned together: texts by suffix, and who stands where."""

    def __init__(self, name, programs):
        self.name = name
        self.programs = programs
        cxx = programs[0].cxx
        self.suffixes = ["_a.cpp"] if cxx else ["_a.c", "_b.c"]
        header = Writer(cxx)
        header.text(C_HEADER if not cxx else 'extern "C" {\n' + C_HEADER.split("\n", 1)[1] + "}\n")
        self.units = [Writer(cxx) for _ in self.suffixes]
        for unit in self.units:
            unit.text(f'#include "wdk/d3dkmddi_iommu.h"\n#include "{name}.h"\n')
        for program in programs:
            self.add(program, header)
        self.files = {name + suffix: unit.result() for suffix, unit in zip(self.suffixes, self.units)}
        self.files[name + ".h"] = "#pragma once\n" + header.result()

    def add(self, program, header):
        split = any(f.unit for f in program.functions)
        shared = header if split else self.units[0]
        for record in program.records:
            if record.tag:
                shared.class_of(record, [f for f in program.functions if f.owner == record.name])
            else:
                shared.record(record)
        for function in program.functions:
            if split and not function.static:
                header.line(signature(function) + ";")
        for function in program.functions:
            if function is program.root():
                for table in program.tables:
                    self.units[0].table(table)
            if function.owner:
                continue  # printed with its class
            self.units[function.unit].function(function)
        assert all(function.first for function in program.functions)

    def program_at(self, file, line):
        """The program and the function at a line of one of the files."""
        for i, suffix in enumerate(self.suffixes):
            if not file.endswith(self.name + suffix):
                continue
            for program in self.programs:
                for function in program.functions:
                    if function.unit == i and function.first <= line <= function.last:
                        return program, function
        return None, None


def emit_single(program):
    """The text of one program alone, as {file name: text}."""
    return Batch(program.name, [program]).files


def declare(ctype, name):
    """A declaration of name: the type of a function pointer has (*) where the name belongs."""
    if "(*)" in ctype:
        return ctype.replace("(*)", f"(*{name})")
    return f"{ctype}{'' if ctype.endswith('*') else ' '}{name}"


def signature(function):
    params = ", ".join(declare(p.ctype, p.name) for p in function.params)
    if function.owner:
        return f"{function.ctype} {function.name}({params})".lstrip()
    static = "static " if function.static else ""
    return f"{static}{declare(function.ctype, function.name)}({params or 'void'})"


def text_of(expr, outer=0):
    """An expression as C, with the parentheses that it needs and those that compilers ask for."""
    kind = type(expr)
    if kind is m.Name:
        return expr.name
    if kind is m.Num:
        return expr.text
    if kind is m.Field:
        return f"{text_of(expr.base, 9)}{'->' if expr.arrow else '.'}{expr.name}"
    if kind is m.Index:
        return f"{text_of(expr.base, 9)}[{text_of(expr.index)}]"
    if kind is m.Deref:
        cast = f"({expr.cast} *)" if expr.cast else ""
        return f"*{cast}{text_of(expr.base, 8)}"
    if kind is m.Addr:
        return f"&{text_of(expr.base, 8)}"
    if kind is m.Not:
        return f"!{text_of(expr.base, 8)}"
    if kind is m.PostDec:
        return f"{text_of(expr.base, 9)}--"
    if kind is m.Call:
        callee = expr.callee if isinstance(expr.callee, str) else text_of(expr.callee, 9)
        return f"{callee}({', '.join(text_of(a) for a in expr.args)})"
    if kind is m.Cond:
        text = f"{text_of(expr.test, 1)} ? {text_of(expr.yes, 1)} : {text_of(expr.no, 1)}"
        return f"({text})" if outer else text
    level = PRECEDENCE[expr.op]
    text = f"{text_of(expr.left, level)} {expr.op} {text_of(expr.right, level + 1)}"
    mixed = outer in (1, 2, 3, 4) and level != outer and level < 5
    return f"({text})" if outer > level or mixed else text


class Writer:
    """The lines of one file."""

    def __init__(self, cxx):
        self.lines = []
        self.cxx = cxx

    def result(self):
        return "\n".join(self.lines) + "\n"

    def line(self, text, depth=0):
        self.lines.append(INDENT * depth + text if text else "")
        return len(self.lines)

    def text(self, text):
        for line in text.splitlines():
            self.line(line)

    # -- declarations -------------------------------------------------------------------------------------------------

    def record(self, record):
        self.line("")
        self.line(f"typedef struct _{record.name} {{")
        for member in record.members:
            array = f"[{member.length}]" if member.length else ""
            self.line(declare(member.ctype, member.name) + array + ";", 1)
        self.line(f"}} {record.name};")

    def class_of(self, record, functions):
        self.line("")
        self.line(f"class {record.name} {{")
        self.line("public:")
        for member in record.members:
            self.line(declare(member.ctype, member.name) + ";", 1)
        for function in functions:
            self.line("")
            function.first = self.line(signature(function), 1)
            self.line("{", 1)
            self.body(function.body, 2)
            function.last = self.line("}", 1)
        self.line("};")

    def table(self, table):
        self.line("")
        targets = ", ".join(target for _, _, target in table.entries)
        self.line(f"{'static ' if table.static else ''}const {table.record} {table.name} = {{{targets}}};")

    def function(self, function):
        self.line("")
        function.first = self.line(signature(function))
        self.line("{")
        self.body(function.body, 1)
        function.last = self.line("}")

    # -- statements ---------------------------------------------------------------------------------------------------

    def body(self, body, depth):
        for i, statement in enumerate(body):
            if i and isinstance(body[i - 1], m.Decl) and not isinstance(statement, m.Decl) and depth == 1:
                self.line("")
            self.statement(statement, depth)

    def statement(self, s, depth):
        printer = getattr(self, "print_" + type(s).__name__, None)
        if printer:
            s.line = len(self.lines) + 1
            printer(s, depth)
        else:
            s.line = self.line(simple(s, self.cxx), depth)

    def braced(self, head, body, depth, tail=""):
        self.line(head + " {", depth)
        self.body(body, depth + 1)
        return self.line("}" + tail, depth)

    def print_If(self, s, depth):
        head = f"if ({text_of(s.cond)})"
        if not s.orelse and len(s.then) == 1 and not s.then[0].bodies() and not isinstance(s.then[0], m.Decl):
            self.line(head, depth)
            self.body(s.then, depth + 1)
            return
        self.braced(head, s.then, depth)
        if s.orelse:
            self.lines[-1] += " else {"
            self.body(s.orelse, depth + 1)
            self.line("}", depth)

    def print_While(self, s, depth):
        self.braced(f"while ({text_of(s.cond)})", s.body, depth)

    def print_DoWhile(self, s, depth):
        self.braced("do", s.body, depth, f" while ({text_of(s.cond)});")

    def print_For(self, s, depth):
        variable, step = text_of(s.variable), "++" if s.step > 0 else "--"
        self.braced(f"for ({variable} = {text_of(s.start)}; {text_of(s.cond)}; {variable}{step})", s.body, depth)

    def print_Block(self, s, depth):
        self.line("{", depth)
        self.body(s.body, depth + 1)
        self.line("}", depth)

    def print_Switch(self, s, depth):
        self.line(f"switch ({text_of(s.value)}) {{", depth)
        for case in s.cases:
            self.line("default:" if case.value is None else f"case {text_of(case.value)}:", depth)
            self.body(case.body, depth + 1)
        self.line("}", depth)

    def print_TryExcept(self, s, depth):
        self.braced("__try", s.body, depth)
        filter_text = "EXCEPTION_EXECUTE_HANDLER" if s.filter is None else text_of(s.filter)
        self.lines[-1] += f" __except ({filter_text}) {{"
        self.body(s.handler, depth + 1)
        self.line("}", depth)

    def print_TryFinally(self, s, depth):
        self.braced("__try", s.body, depth)
        self.lines[-1] += " __finally {"
        self.body(s.final, depth + 1)
        self.line("}", depth)

    def print_Label(self, s, depth):
        s.line = self.line(f"{s.name}:", depth - 1)


def simple(s, cxx):
    """The statements of one line."""
    kind = type(s)
    if kind is m.Do:
        return text_of(s.expr) + ";"
    if kind is m.Assign:
        return f"{text_of(s.target)} = {text_of(s.value)};"
    if kind is m.Return:
        return f"return {text_of(s.value)};" if s.value is not None else "return;"
    if kind is m.Goto:
        return f"goto {s.label};"
    if kind is m.Decl:
        return declaration(s, cxx)
    return {m.Leave: "__leave;", m.Break: "break;", m.Continue: "continue;"}[kind]


def declaration(s, cxx):
    text = declare(s.ctype, s.name)
    if s.length:
        text += f"[{s.length}]"
    if s.args:
        return f"{text}({', '.join(text_of(a) for a in s.args)});"
    if s.init is not None:
        return f"{text} = {text_of(s.init)};"
    return text + (f" = {{{'' if cxx else '0'}}};" if s.zero else ";")
