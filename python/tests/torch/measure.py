"""Run programs under ``torch.compile`` alone, with lancehead, and with another tool, and print what each made of them.

``measure.py BACKEND FOLDER [NAME...]`` prints a line of JSON when it begins a program, and one when it is done; code
objects of Dynamo that do not run as source are left in FOLDER. `scripts/torch-score.py` runs this.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import json
import marshal
import os
import re
import signal
import sys
import tempfile
import types
from typing import Any

import lancehead
import lancehead.torch
import programs
import torch
from portable import portable
from torch._dynamo.convert_frame import register_bytecode_hook

#: Source that is wrong may loop for ever.
_SECONDS_FOR_A_PROGRAM = 90


class Stalled(BaseException):
    """A program took too long. No handler of a program or a tool takes this for its own."""


def _stall(*_: Any) -> None:
    raise Stalled


def flat(value: Any) -> Any:
    """Tensors as lists, all the way down, so that results compare."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), value.requires_grad, str(value.tolist())
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(flat, value)]
    if isinstance(value, dict):
        return [type(value).__name__, *((key, flat(item)) for key, item in value.items())]
    return value


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [t for item in value for t in _tensors(item)] if isinstance(value, (list, tuple)) else []


def _said(error: BaseException) -> dict[str, str]:
    return {"raised": type(error).__name__ + ": " + re.sub("0x[0-9a-f]+", "0x", str(error).partition("\n")[0])}


def _answer(compiled: Any, given: torch.Tensor, parameters: list[torch.Tensor]) -> list[Any]:
    torch.manual_seed(1)
    try:
        result = compiled(given)
    except Exception as error:
        return [_said(error)]
    answer = [flat(result)]
    if given.requires_grad:
        given.grad = None
        wanted = [t.sum() for t in _tensors(result) if t.requires_grad and t.is_floating_point()]
        try:
            if wanted:
                torch.stack(wanted).sum().backward()
        except Exception as error:
            return [*answer, _said(error)]
        answer += [flat(t.grad) for t in (given, *parameters)]
    return answer


def outcome(name: str, backend: str) -> tuple[list[Any], str, int]:
    """Results, gradients, exceptions, what was printed, and how many frames Dynamo compiled.

    Dynamo's own count holds frames that it looked at and left alone: of those of the log, which is on, there are more.
    """
    torch._dynamo.reset()
    frames: list[str] = []
    counting = register_bytecode_hook(lambda old, _: frames.append(old.co_name))
    program, inputs = programs.make(name)
    programs.cases.COUNT = 0
    parameters = list(program.parameters()) if isinstance(program, torch.nn.Module) else []
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            compiled = torch.compile(program, backend=backend)
            answers = [_answer(compiled, given, parameters) for given in inputs]
    finally:
        counting.remove()
    return json.loads(json.dumps(answers, default=repr)), printed.getvalue(), len(frames)


class Objects:
    """What a tool made of each code object of Dynamo: hooks stand before and behind its own."""

    def __init__(self, tool: str, where: str) -> None:
        self.tool, self.where = tool, where
        self.rows: list[dict[str, Any]] = []
        self._made: types.CodeType | None = None

    @contextlib.contextmanager
    def watching(self, around: contextlib.AbstractContextManager[Any]) -> Any:
        first = register_bytecode_hook(self._before)
        last = None
        try:
            with around:
                last = register_bytecode_hook(self._after)
                yield
        finally:
            first.remove()
            if last is not None:
                last.remove()

    def _before(self, old: types.CodeType, new: types.CodeType) -> None:
        self._made = new
        self.rows.append({"name": old.co_name, "decompiled": False, "proven": False, "runs": False, "problem": None})

    def _after(self, _: types.CodeType, runs: types.CodeType) -> None:
        made, row = self._made, self.rows[-1]
        assert made is not None
        row["runs"] = runs is not made and runs.co_filename != made.co_filename
        try:
            (self._lancehead if self.tool == "lancehead" else self._depyf)(made, row)
        except Exception as error:
            row["problem"] = f"{type(error).__name__}: {error}"[:400]
        if not row["runs"] and self.tool == "lancehead":
            with open(f"{self.where}.{len(self.rows) - 1}.bin", "wb") as file:
                file.write(marshal.dumps(portable(made)))

    def _lancehead(self, made: types.CodeType, row: dict[str, Any]) -> None:
        report = lancehead.decompile_report(made)
        # What was recompiled runs only if it is proven, whatever can be said of its source alone.
        row["decompiled"], row["proven"] = report.complete, report.proven or row["runs"]
        if not row["runs"]:
            with tempfile.TemporaryDirectory() as folder:
                lancehead.recompile(made, filename=os.path.join(folder, "again.py"))

    def _depyf(self, made: types.CodeType, row: dict[str, Any]) -> None:
        import depyf

        row["decompiled"] = row["runs"] or bool(depyf.decompile(made))


def _tools(backend: str) -> dict[str, Any]:
    tools: dict[str, Any] = {"lancehead": lancehead.torch.prepare_debug}
    if backend == "eager":
        # What Dynamo makes hardly depends on the backend: that the other tool sees it once will do.
        with contextlib.suppress(ImportError):
            import depyf

            tools["depyf"] = depyf.prepare_debug
    return tools


def measure(name: str, backend: str, folder: str) -> dict[str, Any]:
    """One program under each tool, beside what it does without."""
    line: dict[str, Any] = {"program": name}
    expected = outcome(name, backend)
    line["raised"] = all("raised" in answer[0] for answer in expected[0])
    for tool, prepare in _tools(backend).items():
        objects = Objects(tool, os.path.join(folder, name))
        problem, found = None, None
        with tempfile.TemporaryDirectory() as directory:
            try:
                signal.alarm(_SECONDS_FOR_A_PROGRAM)
                with contextlib.redirect_stderr(io.StringIO()), objects.watching(prepare(directory)):
                    found = outcome(name, backend)
            except (Exception, Stalled) as error:
                problem = f"{type(error).__name__}: {error}"[:400]
            finally:
                signal.alarm(0)
        if found is not None and found != expected:
            # PyTorch compiles functions of its own the first time, and draws on caches the second.
            expected = outcome(name, backend)
        if found is not None and found != expected:
            parts = ("results", "output", "frames")
            problem = "; ".join(
                f"{part}: {got!r:.300} for {want!r:.300}"
                for part, got, want in zip(parts, found, expected)
                if got != want
            )
        line[tool] = {"same": problem is None, "problem": problem, "objects": objects.rows}
    return line


def main() -> None:
    backend, folder, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    os.makedirs(folder, exist_ok=True)
    signal.signal(signal.SIGALRM, _stall)
    # Whatever else is printed must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(line: dict[str, Any]) -> None:
        print(json.dumps(line), file=answers, flush=True)

    say({"torch": torch.__version__.partition("+")[0]})
    for name in names or [*programs.FUNCTIONS, *programs.MODELS]:
        say({"begin": name})
        faulthandler.dump_traceback_later(4 * _SECONDS_FOR_A_PROGRAM, exit=True)
        say(measure(name, backend, folder))


if __name__ == "__main__":
    main()
