"""Programs with threads, processes and exports in them, and one that was written for depyf."""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from pathlib import Path

import cases
import lancehead.torch
import torch
from lancehead.torch import _folder, _index

PROCESSES = 4
COMMON = """
def common(x):
    y = x * 2
    print("between")
    return y + 1
"""
PROCESS = """
import glob, os, sys, time
import torch
import lancehead.torch
from shared import common

folder, ready = sys.argv[1:]


def own_RANK(x):
    return x + RANK


x = torch.ones(3)
with lancehead.torch.prepare_debug(folder):
    open(ready + "RANK", "w").close()
    while len(glob.glob(ready + "*")) < PROCESSES:
        time.sleep(0.01)
    assert torch.compile(own_RANK, backend="eager")(x).tolist() == [1.0 + RANK] * 3
    assert torch.compile(common, backend="eager")(x).tolist() == [3.0] * 3
"""
#: As it stands at the top of depyf's manual, in other words.
DEPYF_PROGRAM = """
import torch


@torch.compile
def toy_example(a, b):
    x = a / (torch.abs(a) + 1)
    if b.sum() < 0:
        b = b * -1
    return x * b


def main():
    torch.manual_seed(0)
    total = 0
    for _ in range(100):
        total += toy_example(torch.randn(10), torch.randn(10)).sum()
    return total.item()


if __name__ == "__main__":
    import depyf

    with depyf.prepare_debug("./dump_src_dir"):
        first = main()
    with depyf.debug():
        second = main()
    assert first == second, (first, second)
    print("RESULT", first)
"""


def read_index(folder):
    return json.loads(Path(folder, "index.json").read_text(encoding="utf-8"))["functions"]


def run_all(commands, **options):
    """Run programs at the same time, and give what each printed."""
    programs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        for command in commands
    ]
    said = [program.communicate(timeout=600) for program in programs]
    for program, (_, errors) in zip(programs, said):
        assert program.returncode == 0, errors
    return [printed for printed, _ in said]


class Processes(unittest.TestCase):
    def test_several_write_into_one_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            dump, ready = Path(folder, "dump"), Path(folder, "ready")
            Path(folder, "shared.py").write_text(COMMON, encoding="utf-8")
            programs = [Path(folder, f"program_{rank}.py") for rank in range(PROCESSES)]
            for rank, program in enumerate(programs):
                text = PROCESS.replace("RANK", str(rank)).replace("PROCESSES", str(PROCESSES))
                program.write_text(text, encoding="utf-8")
            run_all([[sys.executable, str(program), str(dump), str(ready)] for program in programs])
            functions = read_index(dump)
            by_name = {function["name"]: (name, function) for name, function in functions.items()}
            for rank in range(PROCESSES):
                self.assertEqual(len(by_name[f"own_{rank}"][1]["entries"]), 1)
            name, common = by_name["common"]
            self.assertEqual(len({entry["file"] for entry in common["entries"]}), PROCESSES)
            self.assertEqual(len(functions), PROCESSES + 2)
            for name, function in functions.items():
                for entry in function["entries"]:
                    self.assertTrue(entry["runs"], entry["problem"])
                    for file in (entry["file"], entry["guards"], entry["bytecode"]):
                        self.assertTrue(Path(dump, name, file).read_text(encoding="utf-8"))
            self.assertFalse(list(dump.glob(".index.*.part")))
            self.assertIn("own_3", Path(dump, "index.html").read_text(encoding="utf-8"))

    def test_a_lock_that_is_held_stops_nobody(self):
        def functions(name):
            return {name: {"name": name, "entries": [{"file": "transformed_0.py"}]}}

        with tempfile.TemporaryDirectory() as folder:
            lock = _folder.Lock(os.path.join(folder, ".index.lock"))
            self.assertTrue(lock.take())
            with self.assertLogs("lancehead.torch", "WARNING"):
                _index.write(folder, functions("first"), 0.0, True, patience=0.05)
            self.assertFalse(os.path.exists(os.path.join(folder, "index.json")))
            lock.release()
            _index.write(folder, functions("second"), 0.0, True)
            self.assertEqual(sorted(read_index(folder)), ["first", "second"])
            self.assertFalse(list(Path(folder).glob(".index.*.part")))

    def test_a_number_is_free_again(self):
        with tempfile.TemporaryDirectory() as folder:
            first, second = _folder.Place(folder), _folder.Place(folder)
            self.assertEqual(
                [first.file_name(2), second.file_name(2)], ["transformed_2.py", "transformed_2_process_1.py"]
            )
            first.leave()
            self.assertEqual(_folder.Place(folder).number, 0)
            second.leave()

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_forks(self):
        torch._dynamo.reset()
        with tempfile.TemporaryDirectory() as folder:
            with lancehead.torch.prepare_debug(folder):
                compiled = torch.compile(cases.straight, backend="eager")
                compiled(torch.ones(3))
                child = multiprocessing.get_context("fork").Process(target=compiled, args=(torch.ones(3, 4),))
                child.start()
                child.join(120)
                self.assertEqual(child.exitcode, 0)
                compiled(torch.ones(3, 4, 5))
            ((name, function),) = read_index(folder).items()
            files = {entry["file"] for entry in function["entries"]}
            self.assertEqual(files, {"transformed_0.py", "transformed_1.py", "transformed_0_process_1.py"})
            for entry in function["entries"]:
                self.assertTrue(Path(folder, name, entry["file"]).exists())
                self.assertTrue(Path(folder, name, entry["guards"]).exists())


class Ends(unittest.TestCase):
    def test_who_never_leaves_has_an_index(self):
        text = """
            import sys, torch, lancehead.torch, cases

            kept = lancehead.torch.prepare_debug(sys.argv[1])
            kept.__enter__()
            torch.compile(cases.straight, backend="eager")(torch.ones(3))
        """
        with tempfile.TemporaryDirectory() as folder:
            env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
            run_all([[sys.executable, "-c", textwrap.dedent(text), folder]], env=env)
            ((name, function),) = read_index(folder).items()
            self.assertTrue(Path(folder, name, function["entries"][0]["file"]).read_text(encoding="utf-8"))
            self.assertTrue(Path(folder, "index.html").exists())

    def test_of_who_is_killed_all_is_there_but_the_page(self):
        text = """
            import os, signal, sys, time, torch, lancehead.torch, cases

            with lancehead.torch.prepare_debug(sys.argv[1]):
                torch.compile(cases.print_break, backend="eager")(torch.ones(3))
                until = time.monotonic() + 60
                while not os.path.exists(os.path.join(sys.argv[1], "index.json")) and time.monotonic() < until:
                    time.sleep(0.05)
                os._exit(7)
        """
        with tempfile.TemporaryDirectory() as folder:
            env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
            run = subprocess.run([sys.executable, "-c", textwrap.dedent(text), folder], env=env, capture_output=True)
            self.assertEqual(run.returncode, 7, run.stderr)
            functions = read_index(folder)
            self.assertEqual(len(functions), 2)
            for name, function in functions.items():
                for entry in function["entries"]:
                    self.assertTrue(entry["runs"])
                    for file in (function["original"], entry["file"], entry["bytecode"]):
                        self.assertTrue(Path(folder, name, file).read_text(encoding="utf-8"))
            self.assertFalse(Path(folder, "index.html").exists())
            self.assertIn("print_break", Path(lancehead.torch.report(folder)).read_text(encoding="utf-8"))

    def test_a_reset_within_loses_nothing(self):
        if lancehead.torch._compat.trace_logger() is None:
            self.skipTest("guards are told by the trace log alone")
        torch._dynamo.reset()
        with tempfile.TemporaryDirectory() as folder:
            with lancehead.torch.prepare_debug(folder), contextlib.redirect_stdout(io.StringIO()):
                for _ in range(2):
                    torch.compile(cases.print_break, backend="eager")(torch.ones(3))
                    torch._dynamo.reset()
            for function in read_index(folder).values():
                for entry in function["entries"]:
                    self.assertEqual(bool(entry["graph_breaks"]), not function["resume"])
                    self.assertTrue(entry["guards"], function["name"])


class Threads(unittest.TestCase):
    def test_each_thread_has_its_results(self):
        torch._dynamo.reset()
        functions = [cases.straight, cases.closure, cases.list_comprehension, cases.with_break]
        x = torch.tensor([1.0, 2.0, 3.0])
        expected = [function(x) for function in functions]
        found: dict[int, object] = {}

        def work(number):
            found[number] = torch.compile(functions[number], backend="eager")(x)

        with tempfile.TemporaryDirectory() as folder:
            with lancehead.torch.prepare_debug(folder):
                threads = [threading.Thread(target=work, args=(number,)) for number in range(len(functions))]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            names = {function["name"] for function in read_index(folder).values()}
        self.assertEqual(str([found[number] for number in range(len(functions))]), str(expected))
        self.assertLessEqual({function.__name__ for function in functions}, names)


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(3, 3)

    def forward(self, x):
        return torch.relu(self.inner(x)) + self.shifted(x)

    def shifted(self, x):
        return x - 1


class Exports(unittest.TestCase):
    def test_export_is_left_alone(self):
        torch._dynamo.reset()
        model, x = Small(), torch.ones(2, 3)
        with tempfile.TemporaryDirectory() as folder:
            with lancehead.torch.prepare_debug(folder):
                exported = torch.export.export(model, (x,))
            module = exported.module() if hasattr(exported, "module") else exported
            self.assertTrue(torch.equal(module(x), model(x)))
            self.assertTrue(Path(folder, "index.json").exists())

    def test_modules_and_what_is_compiled_of_them(self):
        torch._dynamo.reset()
        model, x = Small(), torch.ones(2, 3)
        with tempfile.TemporaryDirectory() as folder:
            with lancehead.torch.prepare_debug(folder):
                self.assertTrue(torch.allclose(torch.compile(model, backend="aot_eager")(x), model(x)))
            (function,) = (f for f in read_index(folder).values() if f["name"].endswith("forward"))
            self.assertTrue(all(entry["runs"] for entry in function["entries"]))
        told = lancehead.torch.explain(model)
        self.assertEqual(len(told.entries), 1)


class Depyf(unittest.TestCase):
    def test_a_program_written_for_depyf(self):
        stand_in = "import sys, lancehead.depyf\nsys.modules['depyf'] = lancehead.depyf\n"
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "program.py")
            program.write_text(stand_in + textwrap.dedent(DEPYF_PROGRAM), encoding="utf-8")
            env = {**os.environ, "PYTHONBREAKPOINT": "0", "TORCHINDUCTOR_COMPILE_THREADS": "1"}
            (said,) = run_all([[sys.executable, str(program)]], cwd=folder, env=env)
            self.assertIn("RESULT", said)
            functions = read_index(Path(folder, "dump_src_dir"))
            entries = [entry for function in functions.values() for entry in function["entries"]]
            self.assertGreaterEqual(len(entries), 3)
            self.assertTrue(all(entry["runs"] for entry in entries), entries)
            self.assertTrue(any(entry["resumes"] for entry in entries))
            if lancehead.torch._compat.trace_logger() is not None:
                self.assertIn("inductor", {graph["stage"] for entry in entries for graph in entry["graphs"]})
            self.assertIn("toy_example", Path(folder, "dump_src_dir/index.html").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
