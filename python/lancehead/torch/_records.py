"""What `prepare_debug` knows of each compilation, and the files that tell it: none of it done while Dynamo waits."""

from __future__ import annotations

import dataclasses
import os
import threading
import types
from typing import Any, NamedTuple

import lancehead._code
from lancehead._decompile import decompile
from lancehead.torch import _compat, _folder, _graphs, _index
from lancehead.torch._explain import GraphBreak


class Compilation(NamedTuple):
    """What only the moment knows at which Dynamo has compiled something."""

    #: What was compiled, what Dynamo made of it, and what runs in place of that, if anything does.
    old: types.CodeType
    new: types.CodeType
    runs: types.CodeType | None
    #: Why nothing does.
    problem: str | None
    folder: str
    file: str
    compile_id: Any
    #: What PyTorch says of them.
    graph_breaks: list[Any]
    #: What it goes on with.
    resumes: list[types.CodeType]


class Records:
    """The compilations of one process in one folder.

    They are told from any thread, by the one that compiles. All else takes its time.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._told: list[Compilation] = []
        #: Each compilation whose files were begun, with its entry in the index.
        self._begun: list[tuple[Compilation, dict[str, Any]]] = []
        self._functions: _index.Functions = {}

    def tell(self, compilation: Compilation) -> None:
        """Take note of a compilation. Costs next to nothing."""
        self._told.append(compilation)

    def write(self, recorder: _graphs.Recorder, since: float, is_last: bool) -> None:
        """Write what there is to tell and has not been written, and the index of all of it.

        ``since`` is when this process began to write into the folder. The last time, PyTorch is asked for the guards:
        its objects are not to be touched by another thread than those that it works in. Raises `OSError`.
        """
        with self._lock:
            for compilation in self._told[len(self._begun) :]:
                self._begin(compilation)
            folders = {compilation.old: compilation.folder for compilation, _ in self._begun}
            for compilation, record in self._begun:
                record["resumes"] = [folders[code] for code in compilation.resumes if code in folders]
                parts, tree = _guards_of(compilation) if is_last else ([], "")
                tree = tree or recorder.guards.get(record["compile_id"] or "", "")
                if parts or tree:
                    self._guards(compilation, record, parts, tree)
                self._stages(compilation.folder, record, recorder)
            _index.write(self._directory, self._functions, since, is_last)

    def _begin(self, compilation: Compilation) -> None:
        function = self._functions.get(compilation.folder)
        if function is None:
            function = self._functions[compilation.folder] = self._begin_function(compilation.folder, compilation.old)
        stem = compilation.file[: -len(".py")]
        listing = str(lancehead._code.dis(compilation.new))
        record = {
            "file": compilation.file,
            "runs": compilation.runs is not None,
            "problem": compilation.problem,
            "compile_id": None if compilation.compile_id is None else str(compilation.compile_id),
            "bytecode": self._write(compilation.folder, f"{stem}.bytecode.txt", listing),
            "guards": None,
            "graphs": [],
            "graph_breaks": [dataclasses.asdict(GraphBreak.of(reason)) for reason in compilation.graph_breaks],
            "resumes": [],
        }
        function["entries"].append(record)
        self._begun.append((compilation, record))

    def _begin_function(self, folder: str, old: types.CodeType) -> dict[str, Any]:
        return {
            "name": getattr(old, "co_qualname", old.co_name),
            "file": old.co_filename,
            "line": old.co_firstlineno,
            "resume": "resume_in" in old.co_name,
            "original": self._write(folder, "original.py", decompile(old, check=False)),
            "bytecode": self._write(folder, "original.bytecode.txt", str(lancehead._code.dis(old))),
            "entries": [],
        }

    def _guards(self, compilation: Compilation, record: dict[str, Any], parts: list[str], tree: str) -> None:
        lines = [f'"""What must hold for {compilation.file} to run."""']
        if parts:
            lines += ["", "GUARDS = [", *(f"    {_graphs.without_uuid(part)!r}," for part in parts), "]"]
        if tree:
            tree = _graphs.without_uuid(tree)
            lines += ["", "# As PyTorch draws them:", *(f"# {line}" for line in tree.splitlines())]
        stem = compilation.file[: -len(".py")]
        record["guards"] = self._write(compilation.folder, f"{stem}.guards.py", "\n".join(lines) + "\n")

    def _stages(self, folder: str, record: dict[str, Any], recorder: _graphs.Recorder) -> None:
        stem = record["file"][: -len(".py")]
        graphs = record["graphs"]
        for stage, text in recorder.graphs.get(record["compile_id"] or "", [])[len(graphs) :]:
            earlier = sum(graph["stage"] == stage for graph in graphs)
            number = f"_{earlier + 1}" if earlier else ""
            graphs.append({"stage": stage, "file": self._write(folder, f"{stem}.{stage}{number}.py", text)})

    def _write(self, folder: str, name: str, text: str) -> str:
        """Write a file; what claims to be Python and is none becomes text. Give its name."""
        if name.endswith(".py"):
            try:
                compile(text, name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                name = name[: -len(".py")] + ".txt"
        _folder.write(os.path.join(self._directory, folder, name), text)
        return name


def _guards_of(compilation: Compilation) -> tuple[list[str], str]:
    """The guards of what runs, and how PyTorch draws them; nothing if Dynamo has dropped it."""
    code = compilation.runs or compilation.new
    entry = next((entry for entry in _compat.cache_entries(compilation.old) if entry.code is code), None)
    return ([], "") if entry is None else (_compat.guard_parts(entry), _compat.guard_tree(entry))
