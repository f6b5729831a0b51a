#!/usr/bin/env python3
"""Time what `lancehead.torch` adds to the work of ``torch.compile``, with depyf beside it in the same run.

    scripts/torch-bench.py [OPTIONS]     run by a Python that has PyTorch and the package

Three tables: `prepare_debug` around the models of ``python/tests/torch/programs`` with inductor (processor time of this
process and of the compilers that it starts, the least of N rounds, caches of inductor off); the bytecode hooks of
`prepare_debug` and of `install` beside Dynamo's own processor time (backend eager); and one function of many statements
without a branch. Each tool is measured in a process of its own.

What counts as the hook is the processor time of the thread that compiles between a bytecode hook that stands before the
tool's and one behind it. Dynamo's own is that in `convert_frame._compile`, frames within frames counted once, less the
hooks, in rounds of the same process in which the hook does nothing: what a tool adds elsewhere does not make it look
better.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python/tests/torch"))
# PyTorch reads this when it is imported.
os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"

import lancehead  # noqa: E402
import lancehead.torch  # noqa: E402
import programs  # noqa: E402
import torch  # noqa: E402
from torch._dynamo import convert_frame  # noqa: E402
from torch._dynamo.convert_frame import register_bytecode_hook  # noqa: E402

try:
    import depyf
except ImportError:
    depyf = None

TOOLS: dict[str, Any] = {"alone": None, "lancehead": lancehead.torch.prepare_debug}
if depyf is not None:
    TOOLS["depyf"] = depyf.prepare_debug
NOTHING = "a hook that does nothing"


#: Programs that raised.
FAILED: set[str] = set()
Prepare = Optional[Callable[[str], contextlib.AbstractContextManager[Any]]]


class Stopwatch:
    """The time between two bytecode hooks: one registered before a tool's own, one behind it."""

    def __init__(self) -> None:
        self.spent, self.calls, self._since = 0.0, 0, 0.0

    def start(self, *_: types.CodeType) -> None:
        self._since = time.thread_time()

    def stop(self, *_: types.CodeType) -> None:
        self.spent += time.thread_time() - self._since
        self.calls += 1


def processor_time() -> float:
    """Seconds of processor time of this process and of those that it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def compile_once(name: str, backend: str, prepare: Prepare, watch: Stopwatch) -> float:
    """The processor time of compiling and calling one program twice, with a fresh dump."""
    torch._dynamo.reset()
    program, inputs = programs.make(name)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        cache = os.path.join(folder, "cache")
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        first = register_bytecode_hook(watch.start)
        began = processor_time()
        around = prepare(os.path.join(folder, "dump")) if prepare else contextlib.nullcontext()
        try:
            with contextlib.redirect_stderr(io.StringIO()), around:
                last = register_bytecode_hook(watch.stop)
                try:
                    compiled = torch.compile(program, backend=backend)
                    for given in inputs[:2]:
                        compiled(given)
                finally:
                    last.remove()
        except Exception:
            # Some functions raise on purpose, some because of a tool.
            FAILED.add(name)
        took = processor_time() - began
        first.remove()
    return took


class DynamoTime:
    """The processor time of this thread in Dynamo's function that compiles a frame."""

    def __init__(self) -> None:
        self.spent, self._depth = 0.0, 0

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Measure within the ``with``."""
        compile_frame = convert_frame._compile

        def timed(*args: object, **kwargs: object) -> object:
            self._depth += 1
            began = time.thread_time()
            try:
                return compile_frame(*args, **kwargs)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.spent += time.thread_time() - began

        convert_frame._compile = timed
        try:
            yield
        finally:
            convert_frame._compile = compile_frame


@contextlib.contextmanager
def installed(tool: types.ModuleType) -> Iterator[None]:
    """``tool.install()``, with the log on that it writes to."""
    logger = torch._logging.getArtifactLogger("torch._dynamo.convert_frame", "bytecode")
    level, logger.propagate = logger.level, False
    logger.setLevel(logging.DEBUG)
    tool.install()
    try:
        yield
    finally:
        tool.uninstall()
        logger.setLevel(level)
        logger.propagate = True


def models_of(tool: str, rounds: int) -> None:
    """Print the least processor time for each model with one tool as a line of JSON: what a tool leaves behind in
    PyTorch must not be taken for the time of another."""
    for name in programs.MODELS:
        found = [compile_once(name, "inductor", TOOLS[tool], Stopwatch()) for _ in range(rounds)]
        print(json.dumps({"model": name, "seconds": min(found), "fails": name in FAILED}), flush=True)


def models(rounds: int) -> None:
    print(f"prepare_debug around models, inductor: processor time, the least of {rounds} rounds")
    least: dict[str, dict[str, float]] = {}
    for tool in TOOLS:
        command = [sys.executable, "-W", "ignore", __file__, "--tool", tool, "--rounds", str(rounds)]
        printed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        rows = [json.loads(line) for line in printed.stdout.splitlines() if line.startswith('{"model"')]
        least[tool] = {row["model"]: row["seconds"] for row in rows if not row["fails"]}
        failing = [row["model"] for row in rows if row["fails"]]
        print(f"  {tool}: {sum(least[tool].values()):.2f} s", *(["fails:", *failing] if failing else []), flush=True)
    for tool, seconds in least.items():
        both = [name for name in least["alone"] if name in seconds]
        alone = sum(least["alone"][name] for name in both)
        added = 100 * (sum(seconds[name] for name in both) / alone - 1)
        print(f"  {tool}: {added:+.2f} % on {len(both)} models", flush=True)


@contextlib.contextmanager
def nothing() -> Iterator[None]:
    """A hook that does nothing: what PyTorch itself spends on calling one."""
    handle = register_bytecode_hook(lambda *_: None)
    try:
        yield
    finally:
        handle.remove()


def hooks() -> dict[str, Prepare]:
    """What is measured between two stopwatches."""
    found: dict[str, Prepare] = {NOTHING: lambda _: nothing()}
    for name, tool in [("lancehead", lancehead.torch), ("depyf", depyf)]:
        if tool is not None:
            found[f"{name}, prepare_debug"] = tool.prepare_debug
            found[f"{name}, install"] = lambda _, tool=tool: installed(tool)
    return found


def groups(beginning: str) -> dict[str, list[str]]:
    """The programs that the hooks are measured on."""
    both = {"functions": programs.FUNCTIONS, "models": programs.MODELS}
    return {kind: [name for name in group if name.startswith(beginning)] for kind, group in both.items()}


def hook_of(tool: str, rounds: int, beginning: str) -> None:
    """Print what each round took without and with a tool as lines of JSON: code objects, seconds in the hook, and
    seconds in Dynamo without those. By turns, so that both find the machine as busy."""
    for kind, group in groups(beginning).items():
        for _ in range(rounds):
            for hooked in dict.fromkeys([NOTHING, tool]):
                watch, own = Stopwatch(), DynamoTime()
                with own.measured():
                    for program in group:
                        compile_once(program, "eager", hooks()[hooked], watch)
                row = {"objects": watch.calls, "hook": watch.spent, "dynamo": own.spent - watch.spent}
                print(json.dumps({"kind": kind, "tool": hooked, **row}), flush=True)


def hook(rounds: int, beginning: str) -> None:
    print(f"bytecode hooks beside Dynamo's own processor time without us, eager: the median of {rounds} rounds")
    for tool in hooks():
        command = [sys.executable, "-W", "ignore", __file__, "--hook", tool, "--rounds", str(rounds)]
        command += ["--only", beginning]
        printed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        rows = [json.loads(line) for line in printed.stdout.splitlines() if line.startswith('{"kind"')]
        for kind in groups(beginning):
            alone = [row["dynamo"] for row in rows if (row["kind"], row["tool"]) == (kind, NOTHING)]
            of_tool = [row for row in rows if (row["kind"], row["tool"]) == (kind, tool)]
            objects = max(row["objects"] for row in of_tool)
            if not objects:
                continue
            spent = statistics.median(row["hook"] for row in of_tool)
            within = statistics.median(row["dynamo"] for row in of_tool)
            shares = [100 * row["hook"] / seconds for row, seconds in zip(of_tool, alone)]
            print(
                f"  {kind}, {tool}: {objects} code objects, {1e3 * spent:.1f} ms, {1e3 * spent / objects:.3f} ms each,"
                f" {statistics.median(shares):.2f} % of Dynamo's {statistics.median(alone):.2f} s (rounds:"
                f" {', '.join(format(share, '.2f') for share in shares)}; Dynamo took {within:.2f} s beside it)",
                flush=True,
            )


def straight_line(statements: int) -> None:
    print(f"one function of {statements} statements")
    made: dict[str, Any] = {}
    body = "".join(f"    x{n} = f(x{n - 1}, {n})\n" for n in range(1, statements + 1))
    exec(f"def straight(f, x0):\n{body}    return x{statements}\n", made)
    ways: dict[str, Callable[[Any], str]] = {"lancehead": lancehead.decompile}
    if depyf is not None:
        ways["depyf"] = depyf.decompile
    took: dict[str, float] = {}
    for tool, decompile in ways.items():
        began = time.process_time()
        try:
            decompile(made["straight"])
        except Exception as error:
            print(f"  {tool}: {type(error).__name__} after {time.process_time() - began:.2f} s")
            continue
        took[tool] = time.process_time() - began
        print(f"  {tool}: {took[tool]:.4f} s", flush=True)
    if len(took) == 2:
        print(f"  {took['depyf'] / took['lancehead']:.0f} times as fast")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--statements", type=int, default=1600)
    parser.add_argument("--skip", action="append", default=[], choices=("models", "hook", "straight"))
    parser.add_argument("--tool", choices=TOOLS, help="models with this one alone, as JSON")
    parser.add_argument("--hook", choices=hooks(), help="hooks of this one alone, as JSON")
    parser.add_argument("--only", default="", help="programs for the hook whose names begin so")
    options = parser.parse_args()
    if options.hook:
        hook_of(options.hook, options.rounds, options.only)
        return
    if options.tool:
        models_of(options.tool, options.rounds)
        return
    print(f"torch {torch.__version__}, Python {sys.version.partition(' ')[0]}")
    if "straight" not in options.skip:
        straight_line(options.statements)
    if "hook" not in options.skip:
        hook(options.rounds, options.only)
    if "models" not in options.skip:
        models(options.rounds)


if __name__ == "__main__":
    main()
