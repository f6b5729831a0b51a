"""`recompile`: what is returned, and what is refused."""

import os
import sys
import tempfile
import types
import unittest

import lancehead
from lancehead.bytecode import Bytecode, CompilerFlags, Instr


class Recompile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "source.py")

    def recompiled(self, obj):
        code = lancehead.recompile(obj, filename=self.path)
        self.assertEqual(code.co_filename, self.path)
        return code

    @unittest.skipIf(sys.version_info >= (3, 15), "GET_ITER leaves two values")
    def test_iterator_that_no_loop_draws_on(self):
        code = Bytecode([Instr("RESUME", 0)] if sys.version_info >= (3, 11) else [])
        code += [Instr("LOAD_FAST", "x"), Instr("GET_ITER"), Instr("STORE_FAST", "kept")]
        code += [Instr("LOAD_FAST", "x"), Instr("GET_ITER"), Instr("LOAD_FAST", "kept")]
        code += [Instr("BUILD_TUPLE", 2), Instr("RETURN_VALUE")]
        code.argnames, code.argcount, code.name = ["x"], 1, "f"
        code.flags = CompilerFlags.OPTIMIZED | CompilerFlags.NEWLOCALS
        made = code.to_code()
        # The instruction does not ask what `iter` is.
        function = types.FunctionType(self.recompiled(made), {"iter": None})
        found = function((1, 2))
        self.assertEqual([type(item) for item in found], [type(iter(()))] * 2)
        self.assertIsNot(found[0], found[1])

    def test_closure_keeps_its_order(self):
        def outer():
            zeta, alpha, mid = 1, 2, 3

            def inner(x):
                nonlocal alpha
                alpha += x
                return zeta, alpha, mid

            return inner

        inner = outer()
        code = self.recompiled(inner)
        self.assertEqual(code.co_freevars, inner.__code__.co_freevars)
        inner.__code__ = code
        self.assertEqual(inner(5), (1, 7, 3))

    def test_any_order_of_free_variables(self):
        def outer():
            zeta, alpha = 1, 2

            def inner():
                return zeta - alpha

            return inner

        inner = outer()
        code = lancehead.Code(inner.__code__)
        names = tuple(reversed(code.freevars))
        swapped = code.replace(freevars=names).to_code()
        self.assertEqual(self.recompiled(swapped).co_freevars, names)

    def test_unused_cells_and_locals(self):
        def function(x):
            if x:
                return 1
            return 2

        code = lancehead.Code(function)
        code = code.replace(varnames=(*code.varnames, "unused")).to_code()
        again = self.recompiled(code)
        self.assertIn("unused", again.co_varnames)
        self.assertEqual(types.FunctionType(again, {})(0), 2)

    def test_class_cell(self):
        class Base:
            def who(self):
                return "base"

        class Derived(Base):
            def who(self):
                return "derived of " + super().who()

        Derived.who.__code__ = self.recompiled(Derived.who)
        self.assertEqual(Derived().who(), "derived of base")
        self.assertIn("__class__", Derived.who.__code__.co_freevars)

    def test_what_the_module_around_decides(self):
        # A module that uses `super` itself, and one that imports a name, get other instructions for calls of methods.
        source = """
import helper
alias = super

class Derived(Base):
    def who(self):
        return "derived of " + super().who()

    def both(self, items):
        return [self.who() for item in items], self.name, helper.shout("x")
"""

        class Base:
            name = "a name"

            def who(self):
                return "base"

        helper = types.ModuleType("helper")
        helper.shout = str.upper
        sys.modules["helper"] = helper
        self.addCleanup(sys.modules.pop, "helper")
        names = {"Base": Base, "__name__": "around"}
        exec(compile(source, "around.py", "exec"), names)
        for function in (names["Derived"].who, names["Derived"].both):
            self.assertTrue(lancehead.decompile_report(function).proven, lancehead.decompile_report(function).functions)
            function.__code__ = self.recompiled(function)
        self.assertEqual(names["Derived"]().both([1]), (["derived of base"], "a name", "X"))

    def test_names_and_flags(self):
        def function(a, *b, c, **d):
            return lambda: (yield a)

        code = self.recompiled(function)
        for name in ("co_name", "co_argcount", "co_kwonlyargcount", "co_flags", "co_varnames", "co_cellvars"):
            self.assertEqual(getattr(code, name), getattr(function.__code__, name), name)
        if sys.version_info >= (3, 11):
            self.assertEqual(code.co_qualname, function.__code__.co_qualname)
            inner = [const for const in code.co_consts if isinstance(const, types.CodeType)][0]
            self.assertEqual(inner.co_qualname, function.__code__.co_qualname + ".<locals>.<lambda>")

    def test_lines_are_those_of_the_file(self):
        def failing(a):
            b = a + 1

            # A comment that the file does not have.
            return b / 0

        failing.__code__ = self.recompiled(failing)
        try:
            failing(1)
        except ZeroDivisionError as error:
            line = error.__traceback__.tb_next.tb_lineno
        with open(self.path) as file:
            self.assertEqual(file.read().split("\n")[line - 1].strip(), "return b / 0")

    def test_generator_expression_and_lambda(self):
        code = self.recompiled(x * 2 for x in [])
        self.assertEqual(list(types.FunctionType(code, {})(iter([1, 2]))), [2, 4])
        self.assertEqual(types.FunctionType(self.recompiled(lambda x: x + 1), {})(1), 2)

    def test_what_cannot_be_recovered_is_refused(self):
        def function(x):
            return x + 1

        # Two instructions without caches: an interpreter writes to the caches of those it has just made.
        code = function.__code__
        broken = code.replace(co_code=code.co_code[:4])
        with self.assertRaises(lancehead.RecompilationError):
            self.recompiled(broken)

    def test_code_as_a_value(self):
        def function():
            return "a code object"

        def other():
            return 1

        # Dynamo hands code objects to functions of its own.
        consts = tuple(other.__code__ if c == "a code object" else c for c in function.__code__.co_consts)
        function.__code__ = function.__code__.replace(co_consts=consts)
        self.assertIs(function(), other.__code__)
        function.__code__ = self.recompiled(function)
        self.assertIs(function(), other.__code__)

    def test_difference(self):
        def one(x):
            return x + 1

        def two(x):
            return x + 2

        self.assertFalse(lancehead.diff(one, one.__code__.replace(co_firstlineno=99)))
        changes = lancehead.diff(one, two.__code__.replace(co_name="one"))
        self.assertTrue(changes)
        self.assertIn("-", str(changes))


if __name__ == "__main__":
    unittest.main()
