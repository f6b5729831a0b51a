"""Displays and calls of more values than a compiler keeps on the stack, in code that no compiler made."""

from __future__ import annotations

import sys
import tempfile
import types
import unittest
from pathlib import Path

import lancehead
from lancehead import _native
from lancehead.bytecode import Bytecode, Instr

_VERSION = sys.version_info[:2]


def code(arguments: list[str], *instructions: Instr) -> types.CodeType:
    program = Bytecode([Instr("RESUME", 0)] if _VERSION >= (3, 11) else [])
    program.extend(instructions)
    program.append(Instr("RETURN_VALUE"))
    program.name, program.argnames, program.argcount = "function", arguments, len(arguments)
    program.flags = 0x3
    return program.to_code()


def items(count: int) -> list[Instr]:
    """Instructions that push ``x[0]``, ``x[1]``, and so on."""
    subscript = Instr("BINARY_OP", 26) if _VERSION >= (3, 14) else Instr("BINARY_SUBSCR")
    return [one for n in range(count) for one in (Instr("LOAD_FAST", "x"), Instr("LOAD_CONST", n), subscript)]


def pairs(count: int, swapped: bool = False) -> list[Instr]:
    made = items(count)
    keys = [f"k{n}" for n in range(count)]
    if swapped:
        keys[3], keys[4] = keys[4], keys[3]
    return [one for n in range(count) for one in (Instr("LOAD_CONST", keys[n]), *made[3 * n : 3 * n + 3])]


def call(count: int) -> list[Instr]:
    if _VERSION < (3, 11):
        return [Instr("LOAD_FAST", "f"), *items(count), Instr("CALL_FUNCTION", count)]
    if _VERSION >= (3, 13):
        return [Instr("LOAD_FAST", "f"), Instr("PUSH_NULL"), *items(count), Instr("CALL", count)]
    precall = [Instr("PRECALL", count)] if _VERSION == (3, 11) else []
    return [Instr("PUSH_NULL"), Instr("LOAD_FAST", "f"), *items(count), *precall, Instr("CALL", count)]


def run(made: types.CodeType, *arguments: object) -> object:
    return types.FunctionType(made, {})(*arguments)


class ManyValues(unittest.TestCase):
    def recompiled(self, made: types.CodeType) -> types.CodeType:
        with tempfile.TemporaryDirectory() as folder:
            return lancehead.recompile(made, filename=Path(folder, "function.py"))

    def test_they_are_what_they_were(self):
        for count in (3, 16, 17, 18, 30, 31, 33, 34, 35, 70):
            values = list(range(100, 100 + count))
            for what, expected in (
                ([*items(count), Instr("BUILD_LIST", count)], values),
                ([*items(count), Instr("BUILD_TUPLE", count)], tuple(values)),
                ([*pairs(count), Instr("BUILD_MAP", count)], {f"k{n}": value for n, value in enumerate(values)}),
                (call(count), tuple(reversed(values))),
            ):
                with self.subTest(what[-1].name, count=count):
                    made = code(["x", "f"], *what)
                    again = self.recompiled(made)
                    self.assertNotEqual(again.co_filename, made.co_filename)
                    for one in (made, again):
                        found = run(one, values, lambda *given: given[::-1])
                        self.assertEqual((type(found), found), (type(expected), expected))
                        self.assertEqual(str(found), str(expected))

    def test_within_each_other(self):
        inner = [*items(32), Instr("BUILD_LIST", 32)]
        named = [Instr("LOAD_CONST", "a"), *pairs(20), Instr("BUILD_MAP", 20)]
        for n in range(20):
            named += [Instr("LOAD_CONST", f"b{n}"), *inner]
        made = code(["x"], *named, Instr("BUILD_MAP", 21))
        values = list(range(40))
        again = run(self.recompiled(made), values)
        self.assertEqual(again, run(made, values))
        self.assertEqual(list(again), list(run(made, values)))

    def test_constants(self):
        for name, count in (("BUILD_SET", 40), ("BUILD_SET", 5), ("BUILD_TUPLE", 40)):
            made = code([], *(Instr("LOAD_CONST", n) for n in range(count)), Instr(name, count))
            self.assertEqual(run(self.recompiled(made)), run(made))

    def test_what_differs_differs(self):
        count = 40
        swapped = items(count)
        swapped[4], swapped[7] = swapped[7], swapped[4]
        one_less = [*items(count - 1), Instr("BUILD_LIST", count - 1)]
        for what, others in (
            ([*items(count), Instr("BUILD_LIST", count)], ([*swapped, Instr("BUILD_LIST", count)], one_less)),
            ([*pairs(count), Instr("BUILD_MAP", count)], ([*pairs(count, True), Instr("BUILD_MAP", count)],)),
            (call(count), (call(count - 1),)),
        ):
            again = self.recompiled(code(["x", "f"], *what))
            self.assertIsNone(_native.difference(code(["x", "f"], *what), again))
            for other in others:
                self.assertIsNotNone(_native.difference(code(["x", "f"], *other), again))

    def test_when_items_are_hashed_is_kept(self):
        # These have a hash of their own, which may see what is evaluated after them.
        made = code(["x"], *items(40), Instr("BUILD_SET", 40))
        seen = []

        class Item:
            def __hash__(self):
                seen.append("hash")
                return 1

        class Items:
            def __getitem__(self, index):
                seen.append(index)
                return Item()

        run(made, Items())
        expected = list(seen)
        try:
            again = self.recompiled(made)
        except lancehead.RecompilationError:
            return
        seen.clear()
        run(again, Items())
        self.assertEqual(seen, expected)


if __name__ == "__main__":
    unittest.main()
