"""`lancehead.bytecode` in the place of `bytecode`: what programs that nobody here wrote rely on."""

import copy
import pickle
import subprocess
import sys
import unittest

import lancehead
from lancehead import bytecode
from lancehead.bytecode import (
    UNSET,
    Bytecode,
    ConcreteInstr,
    ControlFlowGraph,
    Instr,
    InstrLocation,
    Label,
    TryBegin,
    TryEnd,
    instr,
)

PY311 = sys.version_info >= (3, 11)
PY312 = sys.version_info >= (3, 12)


def returning(*items):
    """Code that begins as the version's functions do, and returns None."""
    resume = [Instr("RESUME", 0)] if PY311 else []
    return Bytecode([*resume, *items, Instr("LOAD_CONST", None), Instr("RETURN_VALUE")])


class Located(Instr):
    """As coverage tools have it: takes more than an instruction, and passes the rest on."""

    def __init__(self, file, name, arg=UNSET, *, offset=0, lineno=UNSET):
        super().__init__(name, arg, lineno=lineno)
        self.file, self.offset = file, offset


class LocatedConcrete(ConcreteInstr):
    def __init__(self, file, name, arg=UNSET):
        super().__init__(name, arg)
        self.file = file


class MadeByNew(Instr):
    def __new__(cls, file):
        return super().__new__(cls, "NOP")

    def __init__(self, file):
        super().__init__("POP_TOP", lineno=4)


class Subclasses(unittest.TestCase):
    def test_init_of_its_own(self):
        located = Located("f.py", "LOAD_CONST", 3, offset=7, lineno=2)
        self.assertEqual((located.name, located.arg, located.lineno), ("LOAD_CONST", 3, 2))
        self.assertEqual((located.file, located.offset), ("f.py", 7))
        self.assertEqual(LocatedConcrete("f.py", "LOAD_CONST", 300).size, 4)
        made = MadeByNew("f.py")
        self.assertEqual((made.name, made.lineno), ("POP_TOP", 4))
        with self.assertRaises(TypeError):
            Located("f.py", 5)
        with self.assertRaises(TypeError):
            Instr("NOP", nothing=1)

    def test_copies(self):
        located = Located("f.py", "LOAD_CONST", 3, offset=7, lineno=2)
        for other in (copy.copy(located), copy.deepcopy(located), pickle.loads(pickle.dumps(located))):
            self.assertIs(type(other), Located)
            self.assertEqual(other, located)
            self.assertEqual((other.file, other.offset), ("f.py", 7))
        self.assertIs(copy.deepcopy(UNSET), UNSET)
        self.assertIs(pickle.loads(pickle.dumps(UNSET)), UNSET)
        nop = Instr("NOP")
        self.assertEqual(copy.deepcopy(nop), nop)

    def test_they_run(self):
        def f(x):
            return x

        code = Bytecode.from_code(f.__code__)
        code.insert(-1, Located("f.py", "POP_TOP"))
        code.insert(-1, Located("f.py", "LOAD_CONST", 5))
        f.__code__ = code.to_code()
        self.assertEqual(f(1), 5)


class Instructions(unittest.TestCase):
    def test_location_says_more_than_a_line(self):
        location = InstrLocation(4, 4, 0, 1)
        self.assertEqual(Instr("NOP", lineno=3, location=location).location, location)
        self.assertEqual(Instr("NOP", lineno=3).lineno, 3)

    def test_texts(self):
        self.assertEqual(repr(Instr("NOP")), "<NOP location=None>")
        place = "InstrLocation(lineno=3, end_lineno=None, col_offset=None, end_col_offset=None)"
        self.assertEqual(repr(Instr("LOAD_CONST", 1, lineno=3)), f"<LOAD_CONST arg=1 location={place}>")
        self.assertEqual(repr(Bytecode([Instr("NOP")])), "[<NOP location=None>]")

    def test_no_value_is_no_number(self):
        self.assertIs(instr._UNSET(), UNSET)
        self.assertFalse(UNSET == 0)
        for use in (int, bool):
            with self.assertRaises(TypeError):
                use(UNSET)

    def test_names(self):
        for name in "InstrArg PLACEHOLDER_LABEL HAS_JUMP IS_INSTR_FINAL RESUME_OPCODE PY312 PY315 T A".split():
            self.assertTrue(hasattr(instr, name), name)
        self.assertEqual(instr.STATIC_STACK_EFFECTS["POP_TOP"], (-1, 0))
        self.assertEqual(instr.DYNAMIC_STACK_EFFECTS["BUILD_TUPLE"](-2, 3, None), (-3, 1))
        self.assertIs(bytecode.concrete.InstrArg, instr.InstrArg)
        self.assertIs(bytecode.cfg.ConcreteInstr, ConcreteInstr)
        self.assertEqual(bytecode.version.version_info[:2], (0, 19))


class Tables(unittest.TestCase):
    def test_what_nothing_refers_to_goes(self):
        def f(a):
            gone = a.name  # noqa: F841
            return 3

        code = Bytecode.from_code(f.__code__)
        place = next(at for at, item in enumerate(code) if getattr(item, "name", "") == "STORE_FAST")
        code[place - 1 : place + 1] = [Instr("POP_TOP")]
        made = code.to_code()
        self.assertEqual((made.co_varnames, made.co_nlocals, made.co_names), (("a",), 1, ()))
        f.__code__ = made
        self.assertEqual(f(1), 3)

    def test_what_is_not_changed_keeps_all(self):
        code = lancehead.Code(f := lambda: 1).to_code()
        other = code.replace(co_names=("unused",), co_consts=(*code.co_consts, "unused"))
        self.assertEqual(Bytecode.from_code(other).to_code(), other)
        self.assertEqual(Bytecode.from_code(other).to_code().co_names, ("unused",))
        self.assertEqual(f(), 1)


class Errors(unittest.TestCase):
    def test_words(self):
        with self.assertRaisesRegex(RuntimeError, "stacksize"):
            returning(Instr("POP_TOP")).to_code()

    @unittest.skipUnless(PY312, "before 3.12 each load looks")
    def test_loads_look_where_variables_may_not_be_set(self):
        def f(x):
            if x:
                y = 1  # noqa: F841
            return x

        code = Bytecode.from_code(f.__code__)
        place = max(at for at, item in enumerate(code) if getattr(item, "name", "").startswith("LOAD_FAST"))
        code[place] = Instr("LOAD_FAST", "y")
        f.__code__ = code.to_code()
        self.assertEqual(f(1), 1)
        with self.assertRaises(UnboundLocalError):
            f(0)


@unittest.skipUnless(PY311, "exception tables came with 3.11")
class Regions(unittest.TestCase):
    def test_one_for_each(self):
        def f(xs):
            for x in xs:
                try:
                    yield x
                except ValueError:
                    yield 0

        graph = ControlFlowGraph.from_bytecode(Bytecode.from_code(f.__code__))
        listed = Bytecode.from_code(f.__code__)
        begun = [item for block in graph for item in block if isinstance(item, TryBegin)]
        anew = sum(isinstance(item, TryBegin) for item in graph.to_bytecode())
        self.assertEqual(anew, sum(isinstance(item, TryBegin) for item in listed))
        self.assertLessEqual(len(begun), len(graph))
        # While a graph is walked, blocks may be split.
        for block in graph:
            for place, item in enumerate(block):
                if isinstance(item, TryBegin):
                    graph.split_block(block, place + 1)
        f.__code__ = graph.to_code()
        generator = f([1, 2])
        self.assertEqual((next(generator), generator.throw(ValueError), next(generator)), (1, 0, 2))

    def test_a_jump_out_of_a_region_ends_it(self):
        handler, after = Label(), Label()
        begin = TryBegin(handler, False)
        jump = "POP_JUMP_IF_TRUE" if PY312 else "POP_JUMP_FORWARD_IF_TRUE"
        test = [Instr("TO_BOOL")] if sys.version_info >= (3, 13) else []
        code = returning(begin, Instr("LOAD_CONST", 1), *test, Instr(jump, after), Instr("NOP"), TryEnd(begin), after)
        code += [handler, Instr("POP_TOP"), Instr("LOAD_CONST", 2), Instr("RETURN_VALUE")]
        graph = ControlFlowGraph.from_bytecode(code)
        ends = [index for index, block in enumerate(graph) if any(isinstance(item, TryEnd) for item in block)]
        self.assertEqual(len(ends), 2)
        anew = graph.to_bytecode()
        self.assertEqual(sum(isinstance(item, TryEnd) for item in anew), 1)


class StandIn(unittest.TestCase):
    def test_code_to_look_at(self):
        """Code that nobody runs may have no end; should somebody run it, it raises."""
        unfinished = Bytecode([*([Instr("RESUME", 0)] if PY311 else []), Instr("LOAD_CONST", None, lineno=3)])
        with self.assertRaises(lancehead.VerificationError):
            unfinished.to_code()
        before = sys.modules.get("bytecode")
        sys.modules["bytecode"] = bytecode
        try:
            code = unfinished.to_code()
        finally:
            del sys.modules["bytecode"]
            if before is not None:
                sys.modules["bytecode"] = before
        self.assertEqual([line for *_, line in code.co_lines()][-1:] if PY311 else [None], [None])
        with self.assertRaisesRegex(RuntimeError, "reraise"):
            exec(code)

    def test_all_modules(self):
        program = (
            "import lancehead.bytecode as ours; ours.stand_in()\n"
            "import bytecode, bytecode.cfg, bytecode.concrete\n"
            "from bytecode.instr import InstrArg\n"
            "assert bytecode is ours and bytecode.cfg is ours.cfg, bytecode\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True)


if __name__ == "__main__":
    unittest.main()
