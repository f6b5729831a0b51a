"""`lancehead.bytecode`: what comes back, what is refused, and what the library that it stands in for gets wrong."""

import copy
import json
import pickle
import sys
import textwrap
import types
import unittest

import lancehead
from lancehead import bytecode
from lancehead.bytecode import (
    UNSET,
    BasicBlock,
    Bytecode,
    CellVar,
    CompilerFlags,
    ConcreteBytecode,
    ConcreteInstr,
    ControlFlowGraph,
    FreeVar,
    Instr,
    InstrLocation,
    Label,
    SetLineno,
    TryBegin,
    TryEnd,
)

FIELDS = """co_code co_names co_varnames co_cellvars co_freevars co_stacksize co_flags co_firstlineno co_name
    co_filename co_linetable co_exceptiontable co_qualname""".split()
PY311 = sys.version_info >= (3, 11)


def every(code):
    yield code
    for value in code.co_consts:
        if isinstance(value, types.CodeType):
            yield from every(value)


def codes(*modules):
    for module in modules:
        with open(module.__file__, "rb") as file:
            yield from every(compile(file.read(), module.__file__, "exec"))


def function(source):
    names = {}
    exec(textwrap.dedent(source), names)
    return next(value for name, value in names.items() if not name.startswith("__"))


class RoundTrip(unittest.TestCase):
    def assertSame(self, before, after):
        for field in FIELDS:
            self.assertEqual(getattr(before, field, None), getattr(after, field, None), (before, field))
        self.assertEqual(repr(before.co_consts), repr(after.co_consts))

    def test_bytecode(self):
        for code in codes(copy, json.decoder, textwrap, unittest.case, sys.modules["lancehead.bytecode.cfg"]):
            self.assertSame(code, Bytecode.from_code(code).to_code())

    def test_concrete(self):
        for code in codes(textwrap, unittest.case):
            concrete = ConcreteBytecode.from_code(code)
            made = concrete.to_code(code.co_stacksize)
            if sys.version_info >= (3, 10):
                self.assertSame(code, made)
            self.assertEqual(code.co_code, made.co_code)
            self.assertEqual(code.co_code, ConcreteBytecode.from_code(code, extended_arg=True).to_code().co_code)

    def test_all_anew(self):
        """Without what is known of the original: the code runs as it did."""
        names = {}
        for value in vars(textwrap).values():
            if isinstance(value, types.FunctionType):
                cfg = ControlFlowGraph.from_bytecode(Bytecode.from_code(value.__code__))
                code = cfg.to_bytecode().to_concrete_bytecode().to_bytecode().to_code()
                names[value.__name__] = types.FunctionType(code, vars(textwrap), value.__name__, value.__defaults__)
        text = "\n".join(f"  line {n} of a paragraph that is too long by far" for n in range(9))
        self.assertEqual(names["dedent"](text), textwrap.dedent(text))
        self.assertEqual(names["indent"](text, "> "), textwrap.indent(text, "> "))
        self.assertEqual(names["fill"](text), textwrap.fill(text))

    def test_handlers(self):
        run = function(
            """
            def run(value):
                found = []
                try:
                    with open(value) as file:
                        found.append(file)
                except OSError as error:
                    try:
                        found.append(type(error).__name__)
                        raise ValueError from error
                    except ValueError:
                        found.append("again")
                    finally:
                        found.append("inner")
                finally:
                    found.append("outer")
                return found
            """
        )
        expected = run("/does/not/exist")
        for rounds in range(3):
            graph = ControlFlowGraph.from_bytecode(Bytecode.from_code(run.__code__))
            if rounds:
                graph[0].insert(1 if PY311 else 0, Instr("NOP"))
            run.__code__ = graph.to_code()
            self.assertEqual(run("/does/not/exist"), expected)

    def test_many_constants_and_jumps(self):
        body = "\n".join(f"    if x == {n}.5: x += {n}.25" for n in range(700))
        run = function(f"def run(x):\n  while x < 1000:\n{body}\n    x += 1\n  return x")
        expected = run(0)
        code = Bytecode.from_code(run.__code__)
        for at in range(len(code) - 1, 2, -1):
            if isinstance(code[at], Instr) and code[at].name in ("LOAD_FAST", "LOAD_CONST"):
                code.insert(at, Instr("NOP"))
        run.__code__ = code.to_code()
        self.assertEqual(run(0), expected)

    def test_edit_keeps_places(self):
        run = function("def run(x):\n    return x.first, x.second, 'one', 2.5, (3, 4)")
        code = Bytecode.from_code(run.__code__)
        self.assertEqual(code[-1].name, "RETURN_VALUE")
        code.insert(len(code) - 1, Instr("NOP"))
        made = code.to_code()
        self.assertEqual(made.co_consts, run.__code__.co_consts)
        self.assertEqual(made.co_names, run.__code__.co_names)
        self.assertEqual(made.co_stacksize, run.__code__.co_stacksize)


class Faults(unittest.TestCase):
    """What `bytecode` 0.19.1 gets wrong."""

    def test_copies_keep_the_exception_table(self):
        if not PY311:
            self.skipTest("no exception table")
        run = function("def run(x):\n    try:\n        return x[0]\n    except IndexError:\n        return None")
        concrete = ConcreteBytecode.from_code(run.__code__)
        self.assertTrue(concrete.exception_table)
        self.assertEqual(concrete.copy().exception_table, concrete.exception_table)
        self.assertEqual(concrete[:].exception_table, concrete.exception_table)

    def test_copies_share_no_lists(self):
        code = Bytecode.from_code(function("def run(a, b): return a").__code__)
        other = code.copy()
        other.argnames.append("c")
        self.assertEqual(code.argnames, ["a", "b"])
        concrete = code.to_concrete_bytecode()
        concrete.copy().consts.append(1)
        self.assertNotIn(1, concrete.consts)

    def test_flags_are_kept(self):
        code = Bytecode.from_code(function("def run(a):\n    'doc'\n    return a").__code__)
        kept = CompilerFlags.FUTURE_ANNOTATIONS | CompilerFlags(0x4000000)
        code.flags |= kept
        code.update_flags()
        self.assertEqual(code.flags & kept, kept)

    def test_fused_variables(self):
        if "LOAD_FAST_LOAD_FAST" not in bytecode.instr.BY_NAME:
            self.skipTest("no fused loads")
        names = [f"v{n}" for n in range(20)]
        code = Bytecode([Instr("RESUME", 0), Instr("LOAD_FAST_LOAD_FAST", ("v0", "v16"))])
        code += [Instr("BUILD_TUPLE", 2), Instr("RETURN_VALUE")]
        code.argnames, code.argcount, code.flags = names, 20, CompilerFlags.OPTIMIZED | CompilerFlags.NEWLOCALS
        self.assertEqual(types.FunctionType(code.to_code(), {})(*range(20)), (0, 16))

    def test_constants_by_value(self):
        value = 1.5
        self.assertEqual(Instr("LOAD_CONST", (value,)), Instr("LOAD_CONST", (1.5,)))
        self.assertNotEqual(Instr("LOAD_CONST", (1,)), Instr("LOAD_CONST", (True,)))
        self.assertNotEqual(Instr("LOAD_CONST", 0.0), Instr("LOAD_CONST", -0.0))

    def test_nested_regions(self):
        if not PY311:
            self.skipTest("no exception table")
        inner, outer = Label(), Label()
        first, second = TryBegin(outer, False), TryBegin(inner, False)
        handler = [Instr("PUSH_EXC_INFO"), Instr("POP_TOP"), Instr("POP_EXCEPT")]
        code = Bytecode([Instr("RESUME", 0), first, Instr("NOP"), second, Instr("LOAD_GLOBAL", (False, "inside"))])
        code += [TryEnd(second), Instr("POP_TOP"), Instr("LOAD_GLOBAL", (False, "behind")), TryEnd(first)]
        code += [Instr("RETURN_VALUE")]
        code += [inner, *handler, Instr("LOAD_CONST", "inner"), Instr("RETURN_VALUE")]
        code += [outer, *handler, Instr("LOAD_CONST", "outer"), Instr("RETURN_VALUE")]
        code.flags = CompilerFlags.OPTIMIZED | CompilerFlags.NEWLOCALS
        made = code.to_code()
        self.assertEqual(types.FunctionType(made, {})(), "inner")
        self.assertEqual(types.FunctionType(made, {"inside": 1})(), "outer")
        self.assertEqual(types.FunctionType(made, {"inside": 1, "behind": 2})(), 2)

    def test_refused(self):
        end = [Instr("LOAD_CONST", None), Instr("RETURN_VALUE")]
        for items in ([Instr("LOAD_CONST", None)], [Instr("POP_TOP"), *end]):
            with self.assertRaises((lancehead.VerificationError, RuntimeError)):
                Bytecode(items).to_code()
        label = Label()
        for items in ([Instr("JUMP_FORWARD", label), *end], [label, Instr("JUMP_FORWARD", label), *end]):
            with self.assertRaises(ValueError):
                Bytecode(items).to_code()
        with self.assertRaises(ValueError):
            Bytecode([TryEnd(TryBegin(label, False)), *end]).to_code()
        with self.assertRaises(ValueError):
            Bytecode([TryBegin(label, False), label, *end]).to_code()

    def test_verification_switch(self):
        code = Bytecode([Instr("LOAD_CONST", None)])
        self.assertTrue(bytecode.set_verification(False))
        try:
            self.assertTrue(code.to_code())
            with self.assertRaises(lancehead.VerificationError):
                code.to_code(verify=True)
        finally:
            self.assertFalse(bytecode.set_verification(True))
        with self.assertRaises(lancehead.VerificationError):
            code.to_code()

    def test_hostile_numbers(self):
        """Arguments out of range and tables that lead nowhere are errors, not crashes."""
        for name, arg in (("LOAD_CONST", 9), ("LOAD_NAME", 9), ("LOAD_FAST", 2**31 - 1), ("LOAD_DEREF", 7)):
            with self.assertRaises(ValueError):
                ConcreteBytecode([ConcreteInstr(name, arg)]).to_bytecode()
        code = Bytecode([Instr("BUILD_LIST", 2**31 - 1), Instr("RETURN_VALUE")])
        with self.assertRaises((lancehead.VerificationError, RuntimeError)):
            code.to_code()
        with self.assertRaises(TypeError):
            Bytecode.from_code(None)


class Values(unittest.TestCase):
    def test_instr(self):
        instruction = Instr("LOAD_CONST", 1, lineno=3)
        self.assertEqual((instruction.name, instruction.arg, instruction.lineno), ("LOAD_CONST", 1, 3))
        instruction.set("LOAD_NAME", "x")
        self.assertEqual((instruction.name, instruction.arg), ("LOAD_NAME", "x"))
        with self.assertRaises(TypeError):
            instruction.arg = 1
        with self.assertRaises(TypeError):
            hash(instruction)
        for other in (instruction.copy(), copy.copy(instruction), copy.deepcopy(instruction)):
            self.assertEqual(other, instruction)
            self.assertIsNot(other, instruction)
        self.assertEqual(pickle.loads(pickle.dumps(instruction)), instruction)
        self.assertIs(Instr("NOP").arg, UNSET)
        self.assertIsNone(Instr("LOAD_CONST", None).arg)

    def test_subclass(self):
        class Marked(Instr):
            pass

        marked = Marked("LOAD_CONST", 5)
        self.assertIsInstance(marked.copy(), Marked)
        code = Bytecode([marked, Instr("RETURN_VALUE")])
        self.assertEqual(types.FunctionType(code.to_code(), {})(), 5)

    def test_location(self):
        location = InstrLocation(1, 2, 3, 4)
        self.assertEqual(location, pickle.loads(pickle.dumps(location)))
        self.assertEqual(hash(location), hash(InstrLocation(1, 2, 3, 4)))
        self.assertNotEqual(location, InstrLocation(1, 2, 3, None) if False else InstrLocation(1, 2, 3, 5))
        with self.assertRaises(AttributeError):
            location.lineno = 2
        with self.assertRaises(RuntimeError):
            Instr("NOP", location=location).lineno = 5

    def test_cycles_are_collected(self):
        import gc
        import weakref

        class Seen:
            pass

        block = BasicBlock()
        block.append(Instr("LOAD_CONST", Seen()))
        seen = weakref.ref(block[0].arg)
        block.append(Instr("JUMP_FORWARD", block))
        del block
        gc.collect()
        self.assertIsNone(seen())

    def test_variables(self):
        self.assertEqual(CellVar("x"), CellVar("x"))
        self.assertNotEqual(CellVar("x"), FreeVar("x"))

    def test_lines(self):
        code = Bytecode([Instr("NOP"), SetLineno(7), Instr("NOP", lineno=3), Instr("LOAD_CONST", None)])
        code.append(Instr("RETURN_VALUE"))
        code.legalize()
        self.assertEqual([instruction.lineno for instruction in code], [1, 7, 7, 7])


class Graphs(unittest.TestCase):
    def test_block_moved(self):
        run = function("def run(x):\n    if x:\n        y = 'yes'\n    else:\n        y = 'no'\n    return y")
        graph = ControlFlowGraph.from_bytecode(Bytecode.from_code(run.__code__))
        self.assertEqual(graph.get_dead_blocks(), [])
        # Each block goes to the end, one after the other, but for the first one.
        for _ in range(len(graph) - 1):
            block = graph[1]
            del graph[1]
            graph._blocks.append(block)
            run.__code__ = graph.to_code()
            self.assertEqual((run(1), run(0)), ("yes", "no"))

    def test_listing(self):
        run = function("def run(x):\n    if x:\n        return 1.5\n    return 2.5")
        graph = ControlFlowGraph.from_bytecode(Bytecode.from_code(run.__code__))
        text = bytecode.format_bytecode(graph)
        self.assertIn("block1:", text)
        self.assertIn("LOAD_FAST", text)
        self.assertEqual(text.count(":\n"), len(graph))
        with self.assertRaises(TypeError):
            bytecode.format_bytecode(types.SimpleNamespace(first_lineno=1))


if __name__ == "__main__":
    unittest.main()
