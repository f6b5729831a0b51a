"""Programs that run within ``prepare_debug`` do what they do without it."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import pdb
import subprocess
import sys
import tempfile
import unittest
import weakref

import cases
import lancehead.depyf
import lancehead.torch
import torch

INPUTS = [[1.0, 2.0, 3.0, 4.0], [-1.0, -2.0, -3.0, -4.0]]


def flat(value):
    """Tensors as lists, all the way down, so that results compare."""
    if isinstance(value, torch.Tensor):
        return value.dtype, value.requires_grad, value.tolist()
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(flat, value)]
    if isinstance(value, dict):
        return {key: flat(item) for key, item in value.items()}
    return value


def outcome(function, directory=None, backend="eager"):
    """Results or exceptions, what was printed, and how many frames were compiled."""
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    cases.COUNT = 0
    around = lancehead.torch.prepare_debug(directory) if directory else contextlib.nullcontext()
    printed, results = io.StringIO(), []
    with around, contextlib.redirect_stdout(printed):
        compiled = torch.compile(function, backend=backend)
        for values in INPUTS:
            try:
                results.append(flat(compiled(torch.tensor(values))))
            except RuntimeError as error:
                results.append((type(error).__name__, str(error).splitlines()[0]))
    return results, printed.getvalue(), dict(torch._dynamo.utils.counters["frames"])


def entries(directory):
    with open(os.path.join(directory, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    return [(name, entry) for name, function in index["functions"].items() for entry in function["entries"]]


class SameBehaviour(unittest.TestCase):
    def test_each_case(self):
        running = total = 0
        for function in cases.CASES:
            with self.subTest(function.__name__), tempfile.TemporaryDirectory() as directory:
                outcome(function)  # What PyTorch compiles for itself, it compiles now.
                expected = outcome(function)
                self.assertEqual(outcome(function, directory), expected)
                for name, entry in entries(directory):
                    total += 1
                    running += entry["runs"]
                    self.assertEqual(entry["runs"], entry["problem"] is None)
                    path = os.path.join(directory, name, entry["file"])
                    if entry["runs"]:
                        with open(path, encoding="utf-8") as file:
                            compile(file.read(), path, "exec")
                    if os.environ.get("LANCEHEAD_TORCH_PROBLEMS") and entry["problem"]:
                        print(function.__name__, "|", name, "|", entry["problem"], file=sys.stderr)
        print(f"{running} of {total} code objects of Dynamo run as source", file=sys.stderr)
        self.assertGreater(total, 0)


class Many(torch.nn.Module):
    """More parameters than a compiler keeps arguments on the stack."""

    def __init__(self):
        super().__init__()
        self.weights = torch.nn.ParameterList([torch.nn.Parameter(torch.full((4,), float(n))) for n in range(40)])

    def forward(self, x):
        for weight in self.weights:
            x = x * 0.5 + weight
        return x


def many_in_a_list(x):
    return [x + n for n in range(40)]


def many_in_a_dict(x):
    return {f"key {n}": x + n for n in range(40)}


def many_across_a_break(x):
    values = [x + n for n in range(40)]
    print(len(values))
    return torch.stack(values).sum(0)


class ManyValues(unittest.TestCase):
    def test_all_run(self):
        for function in (Many(), many_in_a_list, many_in_a_dict, many_across_a_break):
            with self.subTest(function), tempfile.TemporaryDirectory() as directory:
                expected = outcome(function)
                self.assertEqual(outcome(function, directory), expected)
                self.assertTrue(entries(directory))
                for name, entry in entries(directory):
                    self.assertTrue(entry["runs"], f"{name}: {entry['problem']}")


class Dump(unittest.TestCase):
    def test_names_are_the_same_in_each_run(self):
        def files(directory):
            return sorted(
                os.path.relpath(os.path.join(top, f), directory) for top, _, fs in os.walk(directory) for f in fs
            )

        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            outcome(cases.print_break, first)
            outcome(cases.print_break, second)
            self.assertEqual(files(first), files(second))

    def test_a_failure_of_ours_leaves_the_program_alone(self):
        with tempfile.TemporaryDirectory() as directory:
            expected = outcome(cases.print_break)
            real = lancehead.torch._dump.recompiled

            def fail(*_, **__):
                raise KeyError("made up")

            lancehead.torch._dump.recompiled = fail
            try:
                with self.assertLogs("lancehead.torch", "WARNING"):
                    self.assertEqual(outcome(cases.print_break, directory), expected)
            finally:
                lancehead.torch._dump.recompiled = real
            self.assertTrue(entries(directory))
            self.assertFalse(any(entry["runs"] for _, entry in entries(directory)))

    def test_debugger_stops_in_transformed_code(self):
        with tempfile.TemporaryDirectory() as directory:
            outcome(cases.straight, directory)
            ((name, entry),) = entries(directory)
            if not entry["runs"]:
                self.skipTest(f"nothing to stop in: {entry['problem']}")
            path = os.path.realpath(os.path.join(directory, name, entry["file"]))
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
            line = next(i for i, text in enumerate(lines, 1) if text.strip().startswith("return"))
            torch._dynamo.reset()
            said = io.StringIO()
            debugger = pdb.Pdb(stdin=io.StringIO("p x.tolist()\ncontinue\n"), stdout=said, nosigint=True, readrc=False)
            with lancehead.torch.prepare_debug(directory):
                compiled = torch.compile(cases.straight, backend="eager")
                x = torch.tensor(INPUTS[0])
                compiled(x)
            self.assertIsNone(debugger.set_break(path, line))
            # `set_trace` would stop here first; only the breakpoint is wanted.
            debugger.reset()
            debugger.botframe = sys._getframe()
            debugger.set_continue()
            sys.settrace(debugger.trace_dispatch)
            try:
                result = compiled(x)
            finally:
                sys.settrace(None)
            self.assertIn(os.path.basename(path), said.getvalue())
            self.assertIn(str(INPUTS[0]), said.getvalue())
            self.assertTrue(torch.equal(result, cases.straight(x)))


class Page(unittest.TestCase):
    def dumped(self, directory, backend="aot_eager"):
        torch._dynamo.reset()
        with lancehead.torch.prepare_debug(directory), contextlib.redirect_stdout(io.StringIO()):
            compiled = torch.compile(cases.print_break, backend=backend)
            compiled(torch.tensor(INPUTS[0], requires_grad=True)).sum().backward()
        with open(os.path.join(directory, "index.json"), encoding="utf-8") as file:
            return json.load(file)["functions"]

    def test_all_is_there(self):
        with tempfile.TemporaryDirectory() as directory:
            functions = self.dumped(directory)
            first = next(function for function in functions.values() if not function["resume"])
            (entry,) = first["entries"]
            self.assertIn("print", entry["graph_breaks"][0]["reason"])
            self.assertEqual([functions[name]["resume"] for name in entry["resumes"]], [True])
            folder = os.path.join(directory, next(name for name in functions if functions[name] is first))
            names = [entry["file"], entry["guards"], entry["bytecode"], first["original"], first["bytecode"]]
            names += [graph["file"] for graph in entry["graphs"]]
            for name in names:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                self.assertTrue(text)
                if name.endswith(".py"):
                    compile(text, name, "exec")
            stages = [graph["stage"] for graph in entry["graphs"]]
            if lancehead.torch._compat.trace_logger() is not None:
                self.assertIn("captured", stages)
                self.assertIn("backward", stages)
            with open(os.path.join(directory, "index.html"), encoding="utf-8") as file:
                page = file.read()
            for name in functions:
                self.assertIn(f'id="{name}"', page)
            os.remove(os.path.join(directory, "index.html"))
            subprocess.run(
                [sys.executable, "-m", "lancehead", "torch-report", directory], check=True, stdout=subprocess.DEVNULL
            )
            self.assertTrue(os.path.exists(os.path.join(directory, "index.html")))

    def test_graphs_run_from_their_files(self):
        torch._dynamo.reset()
        with tempfile.TemporaryDirectory() as directory:
            seen = set()

            def trace(frame, event, arg):
                seen.add(frame.f_code.co_filename)

            with lancehead.torch.prepare_debug(directory):
                compiled = torch.compile(cases.straight, backend="eager")
                compiled(torch.tensor(INPUTS[0]))
            sys.settrace(trace)
            try:
                compiled(torch.tensor(INPUTS[0]))
            finally:
                sys.settrace(None)
            self.assertTrue([name for name in seen if name.startswith(os.path.join(directory, "graphs"))])


class Explain(unittest.TestCase):
    def test_what_was_compiled_before(self):
        torch._dynamo.reset()
        compiled = torch.compile(cases.print_break, backend="eager")
        with contextlib.redirect_stdout(io.StringIO()):
            compiled(torch.tensor(INPUTS[0]))
        told = lancehead.torch.explain(compiled)
        (entry,) = told.entries
        self.assertTrue(entry.guards)
        self.assertTrue(entry.graphs)
        self.assertEqual(len(entry.resumes), 1)
        self.assertTrue(entry.resumes[0].entries)
        self.assertTrue(told.graph_breaks)
        self.assertIn("print_break", str(told))

    def test_what_is_no_function(self):
        with self.assertRaises(TypeError):
            lancehead.torch.explain(3)


class Depyf(unittest.TestCase):
    def test_what_was_compiled_for_a_code_object(self):
        from lancehead.depyf.explain import dump_src
        from lancehead.depyf.explain.utils import DynamoOptimizationResult, get_current_compiled_fn_name

        torch._dynamo.reset()
        code, names = cases.print_break.__code__, cases.print_break.__globals__
        with self.assertRaises(RuntimeError):
            dump_src(code, names)
        with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(io.StringIO()):
            with lancehead.depyf.prepare_debug(directory):
                torch.compile(cases.print_break, backend="eager")(torch.tensor(INPUTS[0]))
                source = dump_src(code, names)
                data = DynamoOptimizationResult(code, None, names).to_data()
        compile(source, "<dump_src>", "exec")
        self.assertEqual(source.count("def print_break"), 2)
        self.assertIn("resume_in_print_break", source)
        (entry,) = data["transformed_code_entries"]
        self.assertTrue(entry["guard"])
        self.assertIn("__compiled_fn", entry["compiled_subgraph"])
        self.assertEqual(len(entry["referenced_global_functions"]), 1)
        self.assertTrue(get_current_compiled_fn_name().startswith("__compiled_fn_"))


class Double(lancehead.torch.Dispatcher):
    def forward(self, x, more=None):
        return x * 2 + (1 if more is None else 2)


class Dispatch(unittest.TestCase):
    def test_guards_are_skipped(self):
        torch._dynamo.reset()
        double, x = Double(backend="eager"), torch.ones(2)
        self.assertEqual(double(x).tolist(), [3, 3])
        self.assertEqual(double(x, more=1).tolist(), [4, 4])
        self.assertEqual(len(double.compiled_codes), 2)
        with double.dispatch_to_code(1):
            self.assertEqual(double.forward(x).tolist(), [4, 4])
        self.assertEqual(double(x).tolist(), [3, 3])

    def test_each_object_has_its_own_compilations(self):
        torch._dynamo.reset()
        first, second, x = Double(backend="eager"), Double(backend="eager"), torch.ones(2)
        first(x)
        # What was compiled for the first does for the second as well.
        second(x)
        self.assertEqual((len(first.compiled_codes), len(second.compiled_codes)), (1, 0))
        second(x, more=1)
        self.assertEqual((len(first.compiled_codes), len(second.compiled_codes)), (1, 1))

    def test_dynamo_does_not_keep_it(self):
        torch._dynamo.reset()
        gc.collect()
        double = Double(backend="eager")
        double(torch.ones(2))
        hooks = torch._dynamo.convert_frame._bytecode_hooks
        count, known = len(hooks), weakref.ref(double)
        torch._dynamo.reset()
        del double
        gc.collect()
        self.assertIsNone(known())
        self.assertEqual(len(hooks), count - 1)

    def test_as_depyf_makes_it(self):
        from lancehead.depyf.optimization import TorchCompileWrapperWithCustomDispatcher

        class Custom(TorchCompileWrapperWithCustomDispatcher):
            def __init__(self):
                super().__init__(torch.compile(self.forward, backend="eager"), True)

            def __call__(self, x):
                if not self.compiled_codes:
                    return self.compiled_callable(x)
                with self.dispatch_to_code(0):
                    return self.forward(x)

            def forward(self, x):
                return x + 1

        torch._dynamo.reset()
        custom = Custom()
        self.assertEqual([custom(torch.ones(1)).item() for _ in range(2)], [2, 2])
        self.assertTrue(custom.use_custom_dispatcher)

    def test_debug_compiles_nothing(self):
        with tempfile.TemporaryDirectory() as directory, lancehead.torch.prepare_debug(directory):
            with self.assertRaises(RuntimeError), lancehead.torch.debug():
                pass
        with lancehead.torch.debug():
            pass


class Import(unittest.TestCase):
    def test_does_not_import_torch(self):
        text = "import sys, lancehead.torch, lancehead.depyf; assert 'torch' not in sys.modules"
        subprocess.run([sys.executable, "-c", text], check=True)


if __name__ == "__main__":
    unittest.main()
