#!/usr/bin/env python3
"""Tests of the interpreter: hand-written programs with known verdicts, and its control flow."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import model as m  # noqa: E402
from emit import EXTERN_RESULTS, emit_single  # noqa: E402
from loops import LENGTH  # noqa: E402
from paths import explore  # noqa: E402
from machine import Undefined  # noqa: E402
from words import FALSE, NULL, SUCCESS, TRUE, call, failed, failure, let, num  # noqa: E402

MDL, VIEW, STATUS, I = m.Name("Mdl"), m.Name("View"), m.Name("Status"), m.Name("i")
ALLOCATE = let(MDL, "IoAllocateMdl", m.Name("Buffer"), num(1), FALSE, FALSE, NULL)
FREE = call("IoFreeMdl", MDL)
UNLOCK = call("MmUnlockPages", MDL)
LOCK = call("MmProbeAndLockPages", MDL, num(0), num(0))
NO_MDL = m.If(m.Bin("==", MDL, NULL), [m.Return(failure())])
DECLS = [
    m.Decl("PMDL", "Mdl", NULL), m.Decl("PUCHAR", "View", NULL), m.Decl("NTSTATUS", "Status", SUCCESS),
    m.Decl("ULONG", "i", num(0)), m.Decl("BOOLEAN", "Locked", FALSE),
]


def program(body, params=(), others=(), **more):
    """A program of one function with these statements behind the usual declarations."""
    root = m.Function("Root", "NTSTATUS", [m.Param("PVOID", "Buffer"), *params], DECLS + list(body))
    externs = [m.Extern(name, result) for name, result in EXTERN_RESULTS.items()]
    made = m.Program("Root", "test", [*others, root], externs=externs, **more)
    for function in made.functions:
        function.body = m.clone(function.body)
    return made


def locked_or_returned():
    """Allocates and locks; without either the function is left with nothing held."""
    handler = [FREE, m.Return(failure())]
    return [ALLOCATE, NO_MDL, m.TryExcept([LOCK], handler)]


class InterpreterTest(unittest.TestCase):
    def verdict(self, body, *args, **more):
        made = program(body, *args, **more)
        emit_single(made)
        return explore(made).rules()

    # Verdicts.

    def test_right(self):
        self.assertEqual(self.verdict([*locked_or_returned(), UNLOCK, FREE, m.Return(SUCCESS)]), [])

    def test_leak_on_one_path(self):
        body = [*locked_or_returned(), let(STATUS, "DeviceStart", NULL), m.If(failed(STATUS), [m.Return(STATUS)]),
                UNLOCK, FREE, m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body), ["MDL021"])

    def test_handler_that_unlocks_what_was_not_locked(self):
        body = [ALLOCATE, NO_MDL, m.TryExcept([LOCK], [m.Do(m.Call("GetExceptionCode"))]), UNLOCK, FREE, m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body), ["MDL007"])

    def test_line_of_a_violation(self):
        made = program([ALLOCATE, NO_MDL, FREE, FREE, m.Return(SUCCESS)])
        text = emit_single(made)["Root_a.c"].splitlines()
        truth = explore(made)
        self.assertEqual([v.where[-1].line for v in truth.demanded()], [len(text) - 2])
        self.assertIn("IoFreeMdl", text[truth.demanded()[0].where[-1].line - 1])

    def test_paths_are_counted(self):
        made = program([m.If(m.Call("DeviceReady", [NULL]), [m.Return(SUCCESS)]), let(STATUS, "DeviceStart", NULL),
                        m.Return(STATUS)])
        emit_single(made)
        self.assertEqual(explore(made).paths, 3)

    def test_garbage_is_no_truth(self):
        made = program([m.Decl("PMDL", "Unset"), call("IoFreeMdl", m.Name("Unset")), m.Return(SUCCESS)])
        with self.assertRaises(Undefined):
            explore(made)

    # Control flow.

    def test_goto_skips(self):
        body = [ALLOCATE, NO_MDL, m.Goto("Out"), FREE, m.Label("Out"), m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body), ["MDL020"])

    def test_finally_runs_on_return(self):
        body = [ALLOCATE, NO_MDL, m.TryFinally([m.Return(SUCCESS)], [FREE])]
        self.assertEqual(self.verdict(body), [])

    def test_leave_is_no_abnormal_termination(self):
        final = [m.If(m.Call("AbnormalTermination"), [FREE])]
        self.assertEqual(self.verdict([ALLOCATE, NO_MDL, m.TryFinally([m.Leave()], final), FREE, m.Return(SUCCESS)]), [])

    def test_return_is_abnormal_termination(self):
        final = [m.If(m.Call("AbnormalTermination"), [FREE])]
        body = [ALLOCATE, NO_MDL, m.TryFinally([m.Return(SUCCESS)], final), FREE, m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body), [])

    def test_exception_runs_inner_finally_first(self):
        inner = m.TryFinally([LOCK], [FREE])
        self.assertEqual(self.verdict([ALLOCATE, NO_MDL, m.TryExcept([inner], [FREE]), m.Return(SUCCESS)]),
                         ["MDL004", "MDL006"])

    def test_switch_falls_through(self):
        cases = [m.Case(num(2), [UNLOCK]), m.Case(num(1), [FREE]), m.Case(None, [m.Break()])]
        self.assertEqual(self.verdict([*locked_or_returned(), m.Switch(num(2), cases), m.Return(SUCCESS)]), [])
        cases[0].body = [UNLOCK, m.Break()]
        self.assertEqual(self.verdict([*locked_or_returned(), m.Switch(num(2), cases), m.Return(SUCCESS)]), ["MDL020"])

    def test_flag_tells_paths_apart(self):
        flag = m.Name("Locked")
        body = [ALLOCATE, NO_MDL,
                m.TryExcept([LOCK, m.Assign(flag, TRUE)], [m.Do(m.Call("GetExceptionCode"))]),
                m.If(flag, [UNLOCK]), FREE, m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body), [])

    def test_roll_back_counts_down(self):
        mdls = m.Index(m.Name("Mdls"), I)
        fill = [m.Assign(mdls, ALLOCATE.value), m.If(m.Bin("==", mdls, NULL), [m.Goto("Undo")])]
        undo = m.While(m.Bin(">", m.PostDec(I), num(0)), [call("IoFreeMdl", mdls)])
        body = [m.Decl("PMDL", "Mdls", length=3, zero=True), m.For(I, num(0), m.Bin("<", I, num(3)), fill),
                m.Label("Undo"), undo, m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body), [])
        undo.cond.right = num(1)
        self.assertEqual(self.verdict(body), ["MDL020"])

    def test_loop_forgets_all_but_the_last(self):
        body = [m.For(I, num(0), m.Bin("<", I, m.Name("Count")), [ALLOCATE]),
                m.If(m.Bin("!=", MDL, NULL), [FREE]), m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body, [m.Param("ULONG", "Count", "count")]), ["MDL020"])

    def test_array_may_be_full(self):
        """The count is tested against the array's length: what is wrong with the last element only is wrong."""
        count, mdls = m.Name("Count"), m.Index(m.Name("Mdls"), I)
        fill = [m.Assign(mdls, ALLOCATE.value)]
        drop = [m.If(m.Bin("!=", mdls, NULL), [call("IoFreeMdl", mdls)])]
        body = [m.Decl("PMDL", "Mdls", length=LENGTH, zero=True),
                m.If(m.Bin(">", count, num(LENGTH)), [m.Return(failure())]),
                m.For(I, num(0), m.Bin("<", I, count), fill),
                m.For(I, num(0), m.Bin("<", I, num(LENGTH - 1)), drop), m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body, [m.Param("ULONG", "Count", "count")]), ["MDL020"])

    def test_argument_keeps_its_value(self):
        wants = m.Name("Wants")
        body = [m.If(wants, [ALLOCATE]), m.If(m.Bin("&&", wants, m.Bin("!=", MDL, NULL)), [FREE]), m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body, [m.Param("BOOLEAN", "Wants", "bool")]), [])

    # Functions and structures.

    def test_out_parameter_of_a_helper(self):
        helper = m.Function("Make", "VOID", [m.Param("PMDL *", "Out"), m.Param("PVOID", "Buffer")],
                            [m.Assign(m.Deref(m.Name("Out")), ALLOCATE.value)])
        body = [m.Do(m.Call("Make", [m.Addr(MDL), m.Name("Buffer")])), NO_MDL, FREE, m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body, (), [helper]), [])

    def test_mdl_given_to_the_caller_is_no_leak(self):
        body = [ALLOCATE, m.Assign(m.Deref(m.Name("Result")), MDL), m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body, [m.Param("PMDL *", "Result", "out")]), [])

    def test_context_that_dies_takes_its_mdl(self):
        record = m.Record("CTX", [m.Member("PMDL", "Mdl")])
        body = [m.Decl("CTX", "Own", zero=True), m.Assign(m.Field(m.Name("Own"), "Mdl", False), ALLOCATE.value),
                m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body, records=[record]), ["MDL020"])

    def test_context_of_the_caller_keeps_it(self):
        record = m.Record("CTX", [m.Member("PMDL", "Mdl")])
        body = [m.Assign(m.Field(m.Name("Ctx"), "Mdl"), ALLOCATE.value), m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body, [m.Param("CTX *", "Ctx", "struct")], records=[record]), [])

    # IRPs of the driver's own.

    def sent(self, done, after=()):
        """The verdict on an MDL that is sent in an IRP whose completion routine is DONE."""
        irp, mdl = m.Name("Irp"), m.Field(m.Name("Irp"), "MdlAddress")
        params = [m.Param("PDEVICE_OBJECT", "Target"), m.Param("PIRP", "Irp"), m.Param("PVOID", "Context")]
        routine = m.Function("Done", "NTSTATUS", params, [*done, m.Return(num(0))])
        body = [m.Decl("PIRP", "Irp"), m.Assign(irp, m.Call("IoAllocateIrp", [num(2), num(0)])),
                m.If(m.Bin("==", irp, NULL), [m.Return(SUCCESS)]), ALLOCATE,
                m.If(m.Bin("==", MDL, NULL), [call("IoFreeIrp", irp), m.Return(SUCCESS)]), m.Assign(mdl, MDL),
                call("IoSetCompletionRoutine", irp, m.Name("Done"), NULL, num(1), num(1), num(1)),
                call("IoCallDriver", NULL, irp), *after, m.Return(SUCCESS)]
        return self.verdict(body, (), [routine])

    def test_completion_routine_releases_what_was_sent(self):
        free_irp, mdl = call("IoFreeIrp", m.Name("Irp")), m.Field(m.Name("Irp"), "MdlAddress")
        self.assertEqual(self.sent([call("IoFreeMdl", mdl), free_irp]), [])
        self.assertEqual(self.sent([free_irp]), ["MDL020", "MDL040"])
        self.assertEqual(self.sent([call("IoFreeMdl", mdl), free_irp], [FREE]), ["MDL006"])
        self.assertEqual(self.sent([]), [])

    def test_table_of_functions(self):
        helper = m.Function("Drop", "VOID", [m.Param("PMDL", "Mdl")], [FREE])
        record = m.Record("OPS", [m.Member("VOID (*)(PMDL)", "Free")])
        tables = [m.Table("OPS", "Ops", [("", "Free", "Drop")])]
        through = m.Do(m.Call(m.Field(m.Name("Ops"), "Free", False), [MDL]))
        body = [ALLOCATE, NO_MDL, through, FREE, m.Return(SUCCESS)]
        self.assertEqual(self.verdict(body, (), [helper], records=[record], tables=tables), ["MDL006"])


if __name__ == "__main__":
    unittest.main()
