"""A debugger's session as somebody has it: breakpoints in the files of a former run, values seen, steps taken.

    PYTHONPATH=... python python/tests/torch/test_debugger.py

The program runs once to make the dump; its names are the same in the next run, so breakpoints can be set beforehand.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

import adapter

PROGRAM = """
import sys
import torch
import lancehead.torch


def scaled(x):
    y = torch.sin(x) * 2
    print("between")
    return y + x


def main():
    with lancehead.torch.prepare_debug(sys.argv[1]):
        compiled = torch.compile(scaled, backend="eager")
        for value in (1.0, 2.0):
            print("RESULT", compiled(torch.full((3,), value)).tolist())


main()
"""


def statement(path: Path, text: str) -> int:
    """The number of the first line of ``path`` whose code begins with ``text``."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip().startswith(text):
            return number
    raise AssertionError(f"no line of {path} begins with {text!r}")


class Session(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        root = Path(cls.folder.name).resolve()
        cls.program, cls.dump = root / "program.py", root / "dump"
        cls.program.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
        cls.results = cls.lines(cls.run_program([sys.executable, str(cls.program), str(cls.dump)]))
        cls.functions = json.loads((cls.dump / "index.json").read_text(encoding="utf-8"))["functions"]

    @staticmethod
    def run_program(command, said=""):
        run = subprocess.run(command, input=said, capture_output=True, text=True, timeout=300)
        if run.returncode:
            raise AssertionError(f"{command} ended with {run.returncode}:\n{run.stdout}\n{run.stderr}")
        return run.stdout

    @staticmethod
    def lines(output):
        return re.findall(r"RESULT (\[.*?\])", output)

    def transformed(self, beginning):
        """What runs instead of the function whose name begins so."""
        for folder, function in self.functions.items():
            if function["name"].rpartition(".")[2].startswith(beginning):
                entry = function["entries"][0]
                self.assertTrue(entry["runs"], entry["problem"])
                return self.dump / folder / entry["file"]
        raise AssertionError(f"{beginning} is not among {list(self.functions)}")

    def pdb(self, *commands):
        return self.run_program(
            [sys.executable, "-m", "pdb", str(self.program), str(self.dump)], "\n".join([*commands, "q"]) + "\n"
        )

    def test_program_does_the_same_without_us(self):
        text = PROGRAM.replace("lancehead.torch.prepare_debug(sys.argv[1])", "__import__('contextlib').nullcontext()")
        alone = self.program.with_name("alone.py")
        alone.write_text(textwrap.dedent(text), encoding="utf-8")
        self.assertEqual(self.lines(self.run_program([sys.executable, str(alone)])), self.results)
        self.assertEqual(len(self.results), 2)

    def test_breakpoint_in_a_transformed_function(self):
        path = self.transformed("scaled")
        line = statement(path, "return")
        said = self.pdb(f"b {path}:{line}", "c", "p 'first', x.tolist()", "w", "n", "c", "p 'second', x.tolist()", "c")
        self.assertIn(f"Breakpoint 1 at {path}:{line}", said)
        # Both stops, the stack that `w` prints, and the return that `n` comes to.
        self.assertEqual(said.count(f"> {path}({line})scaled()"), 4, said)
        self.assertIn("('first', [1.0, 1.0, 1.0])", said)
        self.assertIn("('second', [2.0, 2.0, 2.0])", said)
        self.assertEqual(self.lines(said)[:2], self.results)

    def test_breakpoint_in_a_resume_function(self):
        path = self.transformed(("torch_dynamo_resume_in_scaled", "resume_in_scaled"))
        said = self.pdb(f"b {path}:{statement(path, 'return')}", "c", "p 'seen', x.tolist()", "s", "s", "w", "c", "c")
        self.assertIn("('seen', [1.0, 1.0, 1.0])", said)
        self.assertEqual(self.lines(said)[:2], self.results)

    def test_stepping_from_the_program_into_it(self):
        path = self.transformed("scaled")
        first = next(
            number
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if line.startswith("    ") and not line.strip().startswith(("#", '"""'))
        )
        said = self.pdb(f"b {path}:{first}", "c", "n", "n", "p 'after', x.sum().item()", "cl 1", "c")
        self.assertIn("('after', 3.0)", said)
        self.assertEqual(self.lines(said)[:2], self.results)

    @unittest.skipUnless(importlib.util.find_spec("debugpy"), "debugpy is not installed")
    def test_an_editor_stops_and_steps(self):
        path = self.transformed("scaled")
        line = statement(path, "return")
        client = adapter.Client(str(self.program), str(self.dump))
        try:
            self.assertEqual(client.begin({str(path): [line]}), [True])
            for value in ("1.0", "2.0"):
                thread, frame = client.stop()
                self.assertEqual((frame["source"]["path"], frame["line"], frame["name"]), (str(path), line, "scaled"))
                self.assertEqual(client.value(frame, "x.tolist()"), f"[{value}, {value}, {value}]")
                client.ask("stepIn", threadId=thread)
                self.assertEqual(client.stop()[0], thread)
                client.ask("continue", threadId=thread)
            self.assertEqual(self.lines(client.finish()), self.results)
        finally:
            client.program.kill()

    def test_breakpoint_in_a_graph(self):
        graphs = sorted((self.dump / "graphs").glob("*.py"))
        path = next(path for path in graphs if "sin" in path.read_text(encoding="utf-8"))
        line = statement(path, "return")
        said = self.pdb(
            f"b {path}:{line}",
            "c",
            "p 'graph', [v.tolist() for v in locals().values() if hasattr(v, 'tolist')]",
            "n",
            "c",
            "c",
        )
        self.assertRegex(said, r"> .*" + re.escape(f"{path.name}({line})forward()"))
        self.assertIn("1.68", said)
        self.assertEqual(self.lines(said)[:2], self.results)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    unittest.main()
