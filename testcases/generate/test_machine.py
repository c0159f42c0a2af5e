#!/usr/bin/env python3
"""Tests of the rules of MDLs in machine.py: short sequences of calls with verdicts known from the contract."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import Machine, Mdl, NullToken, Raised, Undefined  # noqa: E402

USER, KERNEL = 1, 0


class Arguments(dict):
    """The structure that dxgkrnl's callbacks take."""

    def set(self, name, value):
        self[name] = value


class MachineTest(unittest.TestCase):
    def setUp(self):
        self.answers = []  # what choose() returns; 1 (success) when empty
        self.step = 0
        self.machine = Machine(lambda size: self.answers.pop(0) if self.answers else 1, lambda: (self.step,))

    def call(self, routine, *args):
        self.step += 1
        return getattr(self.machine, routine)(*args)

    def rules(self):
        return [sorted(v.rules) for v in self.machine.violations if not v.consequence]

    def steps(self):
        return [v.where[0] for v in self.machine.violations if not v.consequence]

    def at_end(self, *reachable):
        self.machine.leaks(set(reachable), False)
        return self.rules()

    # What builds MDLs in a state.

    def allocated(self):
        return self.call("IoAllocateMdl")

    def locked(self):
        mdl = self.allocated()
        self.call("MmProbeAndLockPages", mdl)
        return mdl

    def nonpaged(self):
        mdl = self.allocated()
        self.call("MmBuildMdlForNonPagedPool", mdl)
        return mdl

    def pages(self):
        return self.call("MmAllocatePagesForMdlEx")

    def view(self, mdl, mode=KERNEL):
        return self.call("MmMapLockedPagesSpecifyCache", mdl, mode, 0, 0, 0, 0)

    def to_device(self, mdl):
        arguments = Arguments(pMdl=mdl)
        self.call("DxgkCbMapMdlToIoMmu", None, arguments)
        return arguments

    # Life cycles that are right.

    def test_lock_map_unlock_free_is_right(self):
        mdl = self.locked()
        self.call("MmGetSystemAddressForMdlSafe", mdl)
        self.call("MmUnlockPages", mdl)
        self.call("IoFreeMdl", mdl)
        self.assertEqual(self.at_end(), [])

    def test_explicit_unmap_before_unlock_is_right(self):
        mdl = self.locked()
        self.call("MmUnmapLockedPages", self.view(mdl), mdl)
        self.call("MmUnlockPages", mdl)
        self.call("IoFreeMdl", mdl)
        self.assertEqual(self.at_end(), [])

    def test_pages_are_freed_in_two_steps(self):
        mdl = self.pages()
        self.view(mdl)
        self.call("MmFreePagesFromMdl", mdl)
        self.call("free_pool", mdl)
        self.assertEqual(self.at_end(), [])

    def test_stored_mdl_is_no_leak(self):
        self.assertEqual(self.at_end(self.locked()), [])

    def test_failed_allocation_leaves_nothing(self):
        self.answers = [0]
        self.assertEqual(self.allocated(), 0)
        self.assertEqual(self.at_end(), [])

    def test_lock_again_after_unlock_is_right(self):
        mdl = self.locked()
        self.call("MmUnlockPages", mdl)
        self.call("MmProbeAndLockPages", mdl)
        self.call("MmUnlockPages", mdl)
        self.call("IoFreeMdl", mdl)
        self.assertEqual(self.at_end(), [])

    # Order.

    def test_unmap_after_unlock_blames_the_unlock(self):
        mdl = self.locked()
        view = self.view(mdl)
        self.call("MmUnlockPages", mdl)
        unlock = self.step
        self.call("MmUnmapLockedPages", view, mdl)
        self.assertEqual((self.rules(), self.steps()), ([["MDL002"]], [unlock]))

    def test_user_view_at_unlock(self):
        mdl = self.locked()
        self.view(mdl, USER)
        self.call("MmUnlockPages", mdl)
        self.assertEqual(self.rules(), [["MDL002"]])

    def test_unmap_after_free_pages(self):
        mdl = self.pages()
        view = self.view(mdl)
        self.call("MmFreePagesFromMdl", mdl)
        self.call("MmUnmapLockedPages", view, mdl)
        self.assertEqual(self.rules(), [["MDL003"]])

    def test_free_of_locked_with_user_view_is_the_view_first(self):
        mdl = self.locked()
        self.view(mdl, USER)
        self.call("IoFreeMdl", mdl)
        self.assertEqual(self.rules(), [["MDL001"]])

    def test_free_of_locked(self):
        mdl = self.locked()
        self.view(mdl)
        self.call("IoFreeMdl", mdl)
        self.assertEqual(self.rules(), [["MDL004"]])

    def test_device_mapping_comes_before_all_else(self):
        for routine, rule in (("IoFreeMdl", "MDL101"), ("MmUnlockPages", "MDL102")):
            mdl = self.locked()
            self.view(mdl, USER)
            self.to_device(mdl)
            self.call(routine, mdl)
            self.assertEqual(self.rules()[-1], [rule])
        mdl = self.pages()
        self.to_device(mdl)
        self.call("MmFreePagesFromMdl", mdl)
        self.assertEqual(self.rules()[-1], ["MDL103"])

    # Wrong calls.

    def test_double_releases(self):
        mdl = self.locked()
        self.call("MmUnlockPages", mdl)
        self.call("MmUnlockPages", mdl)
        self.assertEqual(self.rules(), [["MDL007"]])
        mdl = self.allocated()
        self.call("IoFreeMdl", mdl)
        self.call("IoFreeMdl", mdl)
        self.assertEqual(self.rules()[1:], [["MDL006"]])

    def test_nonpaged_is_neither_locked_nor_unlocked_nor_mapped(self):
        for routine, rule in (("MmProbeAndLockPages", "MDL008"), ("MmUnlockPages", "MDL007")):
            self.call(routine, self.nonpaged())
            self.assertEqual(self.rules()[-1], [rule])
        self.view(self.nonpaged())
        self.assertEqual(self.rules()[-1], ["MDL010"])

    def test_pool_address_is_not_unmapped(self):
        mdl = self.nonpaged()
        self.call("MmUnmapLockedPages", self.call("MmGetSystemAddressForMdlSafe", mdl), mdl)
        self.assertEqual(self.rules(), [["MDL011"]])

    def test_wrong_release_routines(self):
        self.call("IoFreeMdl", self.pages())
        self.call("free_pool", self.allocated())
        self.call("MmFreePagesFromMdl", self.locked())
        self.assertEqual(self.rules(), [["MDL009"]] * 3)

    def test_descriptor_before_pages(self):
        self.call("free_pool", self.pages())
        self.assertEqual(self.rules(), [["MDL023"]])

    def test_map_of_what_is_not_there(self):
        self.view(self.allocated())
        self.to_device(self.allocated())
        self.assertEqual(self.rules(), [["MDL010"], ["MDL107"]])

    def test_address_of_another_mdl(self):
        first, second = self.locked(), self.locked()
        self.call("MmUnmapLockedPages", self.view(first), second)
        self.assertEqual(self.rules(), [["MDL012"], ["MDL012"]])

    def test_second_explicit_view(self):
        mdl = self.locked()
        self.view(mdl)
        self.view(mdl)
        self.assertEqual(self.rules(), [["MDL013"]])

    def test_safe_view_twice_is_one(self):
        mdl = self.locked()
        first = self.call("MmGetSystemAddressForMdlSafe", mdl)
        second = self.call("MmGetSystemAddressForMdlSafe", mdl)
        self.assertIs(first.mapping, second.mapping)

    def test_reserved_view_has_its_own_unmap(self):
        mdl = self.locked()
        view = self.call("MmMapLockedPagesWithReservedMapping", 0, 0, mdl, 0)
        self.call("MmUnmapLockedPages", view, mdl)
        self.assertEqual(self.rules(), [["MDL011"]])

    def test_reserved_range_holds_one_mapping(self):
        first, second, space = self.locked(), self.locked(), object()
        self.call("MmMapLockedPagesWithReservedMapping", space, 0, first, 0)
        with self.assertRaises(Undefined):
            self.call("MmMapLockedPagesWithReservedMapping", space, 0, second, 0)
        self.call("MmUnmapReservedMapping", space, 0, first)
        self.call("MmMapLockedPagesWithReservedMapping", space, 0, second, 0)
        self.assertEqual(self.rules(), [])

    def test_reserved_range_unmapped_with_another_mdl(self):
        first, second, space = self.locked(), self.locked(), object()
        self.call("MmMapLockedPagesWithReservedMapping", space, 0, first, 0)
        self.call("MmUnmapReservedMapping", space, 0, second)
        self.assertEqual(self.rules(), [["MDL012"], ["MDL012"]])

    def test_handle_of_a_failed_map(self):
        mdl = self.locked()
        self.answers = [0]
        arguments = self.to_device(mdl)
        self.call("DxgkCbUnmapMdlFromIoMmu", None, arguments)
        self.assertEqual(self.rules(), [["MDL106"]])

    # Use.

    def test_uses(self):
        mdl = self.locked()
        view = self.view(mdl)
        self.call("use", view)
        self.call("MmUnmapLockedPages", view, mdl)
        self.call("use", view)
        self.assertEqual(self.rules(), [["MDL014"]])

    def test_use_of_null_view(self):
        mdl = self.locked()
        self.answers = [0]
        view = self.view(mdl)
        self.assertIsInstance(view, NullToken)
        self.call("use", view)
        self.assertEqual(self.rules(), [["MDL015"]])

    def test_null_used_under_a_handler_raises(self):
        mdl = self.locked()
        self.answers = [0]
        address = self.view(mdl)
        self.machine.guards = 1
        with self.assertRaises(Raised):
            self.machine.use(address)
        self.assertEqual(self.rules(), [])

    def test_null_of_another_kind_is_no_test(self):
        with self.assertRaises(Undefined):
            self.call("use", 0)
        with self.assertRaises(Undefined):
            self.call("IoFreeMdl", 0)

    def test_raising_routines_leave_nothing(self):
        mdl = self.allocated()
        self.answers = [0]
        with self.assertRaises(Raised):
            self.call("MmProbeAndLockPages", mdl)
        self.assertEqual(mdl.pages, "none")

    # Leaks.

    def test_lost_token_may_be_called_a_leak(self):
        mdl = self.locked()
        self.machine.tokens = lambda: []
        self.view(mdl, USER)
        self.call("MmUnlockPages", mdl)
        self.assertEqual(self.rules(), [["MDL002", "MDL022"]])

    def test_other_rules_of_one_event_are_consequences(self):
        mdl = self.locked()
        self.view(mdl, USER)
        self.call("IoFreeMdl", mdl)
        self.assertEqual([sorted(v.rules) for v in self.machine.violations], [["MDL001"], ["MDL004"]])

    def test_gravest_leak_is_reported(self):
        self.to_device(self.locked())
        self.view(self.locked(), USER)
        self.pages()
        self.locked()
        self.allocated()
        self.assertEqual(self.at_end(), [["MDL105"], ["MDL022"], ["MDL023"], ["MDL021"], ["MDL020"]])

    def test_half_released_pages(self):
        mdl = self.pages()
        self.call("MmFreePagesFromMdl", mdl)
        self.assertEqual(self.at_end(), [["MDL009"]])

    def test_chain_rest(self):
        head, rest = self.allocated(), self.allocated()
        head.next, rest.linked = rest, True
        self.call("IoFreeMdl", head)
        self.assertEqual(self.at_end(), [["MDL024"]])

    def test_consequences_are_told_apart(self):
        mdl = self.locked()
        self.call("IoFreeMdl", mdl)
        self.call("MmUnlockPages", mdl)
        self.assertEqual([v.consequence for v in self.machine.violations], [False, True])
        self.assertIsInstance(mdl, Mdl)

    def test_partial_ends_with_its_source(self):
        source, partial = self.locked(), self.allocated()
        self.call("IoBuildPartialMdl", source, partial)
        self.call("MmUnlockPages", source)
        with self.assertRaises(Undefined):
            self.call("MmGetSystemAddressForMdlSafe", partial)


if __name__ == "__main__":
    unittest.main()
