"""`Code`, and the functions on code of any version."""

import dis as standard_dis
import glob
import os
import subprocess
import sys
import tempfile
import types
import unittest

import lancehead

ROOT = os.environ.get("LANCEHEAD_ROOT") or os.path.join(os.path.dirname(__file__), "..", "..")
FIXTURES = os.path.join(ROOT, "fixtures")


def sample(a, b=1):
    def inner(c):
        return a + c

    try:
        return [inner(i) for i in range(b)]
    except ValueError:
        return None


class OfTheRunningVersion(unittest.TestCase):
    def test_fields(self):
        code = lancehead.Code(sample)
        original = sample.__code__
        self.assertEqual(code.version, "%d.%d" % sys.version_info[:2])
        for name in (
            "argcount", "posonlyargcount", "kwonlyargcount", "nlocals", "stacksize", "flags", "names", "varnames",
            "freevars", "cellvars", "name", "filename", "firstlineno",
        ):  # fmt: skip
            self.assertEqual(getattr(code, name), getattr(original, "co_" + name), name)
        self.assertEqual(code.code, original.co_code)
        self.assertIn("NEWLOCALS", code.flag_names)
        self.assertIn("sample", repr(code))
        self.assertEqual(code.to_code(), original)
        self.assertEqual(code, lancehead.Code(original))
        self.assertEqual(hash(code), hash(lancehead.Code(original)))

    def test_replace(self):
        code = lancehead.Code(lambda: 12345).replace(consts=[54321, 54321], name="changed")
        self.assertEqual(types.FunctionType(code.to_code(), {})(), 54321)
        with self.assertRaises(AttributeError):
            code.replace(nothing=1)

    def test_constants_may_be_anything(self):
        code = lancehead.Code(lambda: 12345)
        shared = [1]
        code = code.replace(consts=[shared if const == 12345 else const for const in code.consts])
        self.assertIs(types.FunctionType(code.to_code(), {})(), shared)
        self.assertTrue(any(const is shared for const in code.consts))
        with self.assertRaises(ValueError):
            code.to_pyc()

    def test_verification(self):
        code = lancehead.Code(sample).replace(stacksize=0)
        with self.assertRaises(lancehead.VerificationError):
            code.verify()
        with self.assertRaises(lancehead.VerificationError):
            code.to_code()

    def test_assembly(self):
        code = lancehead.Code(sample)
        again = lancehead.Code.from_assembly(code.to_assembly())
        self.assertFalse(lancehead.diff(code, again))

    def test_from_scratch(self):
        text = lancehead.Code(lambda x: x + 41).to_assembly().replace("41", "100")
        function = types.FunctionType(lancehead.Code.from_assembly(text).to_code(), {})
        self.assertEqual(function(1), 101)

    def test_dis(self):
        listing = lancehead.dis(sample, recursive=False)
        expected = [i for i in standard_dis.get_instructions(sample) if i.opname not in ("CACHE", "EXTENDED_ARG")]
        found = [i for i in listing if i.opname != "EXTENDED_ARG"]
        self.assertEqual([i.offset for i in found], [i.offset for i in expected])
        self.assertEqual([i.opname for i in found], [i.opname for i in expected])
        self.assertIn("inner", str(lancehead.dis(sample)))
        self.assertIn('<pre style="font-family: monospace', listing._repr_html_())
        lines = {i.position.line for i in found}
        self.assertIn(sample.__code__.co_firstlineno + 1, lines)

    def test_graph(self):
        graph = lancehead.cfg(sample)
        self.assertTrue(graph._repr_svg_().lstrip().startswith("<svg"))
        self.assertIn("digraph", graph.dot())
        self.assertTrue(any(kind == "exception" for block in graph for _, kind in block.successors))
        self.assertEqual(graph.blocks[0].start, 0)
        self.assertIn(str(len(graph)), repr(graph))

    def test_check(self):
        source = "def f(x):\n    return x + 1\n"
        code = compile(source, "f.py", "exec")
        self.assertTrue(lancehead.check(source, code))
        wrong = lancehead.check(source.replace("1", "2"), code)
        self.assertFalse(wrong)
        self.assertIn("f", wrong.differences[0].path)
        with self.assertRaises(ValueError):
            lancehead.check("def (", code)


class OfAnyVersion(unittest.TestCase):
    def test_pyc_files(self):
        paths = sorted(glob.glob(os.path.join(FIXTURES, "pyc", "3.*", "closures_over_loop_variables.pyc")))
        self.assertGreaterEqual(len(paths), 9)
        with tempfile.TemporaryDirectory() as folder:
            for path in paths:
                code = lancehead.load_pyc(path)
                self.assertEqual(code.version, os.path.basename(os.path.dirname(path)))
                target = os.path.join(folder, "again.pyc")
                lancehead.dump_pyc(code, target)
                self.assertEqual(lancehead.load_pyc(target), code)
                self.assertIn("def", lancehead.decompile(path))
                self.assertTrue(lancehead.check(lancehead.decompile(path), path))
                self.assertEqual(lancehead.decompile(code), lancehead.decompile(path))
                self.assertIn("LOAD", str(lancehead.dis(path)))
                if code.version != "%d.%d" % sys.version_info[:2]:
                    with self.assertRaises(ValueError):
                        code.to_code()


class Command(unittest.TestCase):
    def run_command(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "lancehead", *arguments], capture_output=True, text=True, check=False
        )

    def test_version(self):
        done = self.run_command("--version")
        self.assertEqual((done.returncode, done.stdout.split()), (0, ["lancehead", lancehead.__version__]))

    def test_status(self):
        self.assertEqual(self.run_command("decompile", "no-such-file.pyc").returncode, 2)


if __name__ == "__main__":
    unittest.main()
