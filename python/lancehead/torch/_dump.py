"""``prepare_debug``: source files in place of the bytecode that Dynamo makes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import threading
import time
import types
from collections.abc import Iterator
from typing import Any

import lancehead._code
from lancehead._decompile import decompile
from lancehead._recompile import recompile
from lancehead.torch import _compat, _graphs, _report
from lancehead.torch._explain import GraphBreak

_LOGGER = logging.getLogger("lancehead.torch")
#: So many characters of a function's name stand in the name of its folder: file systems allow 255 bytes.
_NAME_LENGTH = 80
_INDEX_VERSION = 2
_README = """\
# What torch.compile made

`index.html` shows all of it on one page; `lancehead torch-report FOLDER` makes that page anew.

Each folder belongs to one function that Dynamo compiled; functions whose names start with `torch_dynamo_resume_in` or
`resume_in` are what it continues with after a graph break.

- `original.py`: the function as Dynamo saw it, decompiled.
- `transformed_N.py`: what Dynamo made of it the N-th time. Where `index.json` says `"runs": true`, this very file is
  what runs, and breakpoints in it hit. Elsewhere Dynamo's own bytecode runs, and `"problem"` says why.
- `transformed_N.guards.py`: what must hold for it to run.
- `transformed_N.STAGE.py`: the graph in each stage: `captured`, `joint`, `forward`, `backward`, `inference`,
  `pre_grad`, `post_grad`, and `inductor`, the code that Inductor made of it.
- `*.bytecode.txt`: the bytecode, before and after.

`graphs` holds the graph modules that run. `index.json` is all of this, for programs.
"""
_active: list[_Dump] = []


def is_active() -> bool:
    """Whether some ``prepare_debug`` is under way."""
    return bool(_active)


@contextlib.contextmanager
def prepare_debug(directory: str | os.PathLike[str]) -> Iterator[None]:
    """Write what Dynamo makes within the ``with`` to files in ``directory``, and let those files run.

    A file runs only if it is proven to do what Dynamo's bytecode does. Otherwise that bytecode stays in place, one line
    of the log says so, and ``index.json`` too. Names are the same in each run of the same program. Several processes
    may write into one folder.

    Raises `OSError` if ``directory`` cannot be made. What goes wrong later never reaches the program.
    """
    from torch._dynamo.convert_frame import register_bytecode_hook

    directory = os.path.abspath(os.fspath(directory))
    os.makedirs(directory, exist_ok=True)
    with _graphs.recorded() as recorder, _graphs.graphs_from_files(os.path.join(directory, "graphs")):
        dump = _Dump(directory, recorder)
        handle = register_bytecode_hook(dump.replace)
        _active.append(dump)
        try:
            yield
        finally:
            _active.remove(dump)
            handle.remove()
            dump.finish()


class _Dump:
    """What was written into one folder."""

    def __init__(self, directory: str, recorder: _graphs.Recorder) -> None:
        self._directory = directory
        self._recorder = recorder
        self._start = time.time()
        self._breaks = len(_compat.graph_breaks())
        # Several threads may compile at once.
        self._lock = threading.Lock()
        self._folders: dict[types.CodeType, str] = {}
        self._functions: dict[str, dict[str, Any]] = {}
        self._codes: list[tuple[types.CodeType, types.CodeType, types.CodeType, str, dict[str, Any]]] = []
        self._resumes: list[tuple[dict[str, Any], types.CodeType]] = []

    def replace(self, old: types.CodeType, new: types.CodeType) -> types.CodeType | None:
        """Give what is to run instead of ``new``, or None for ``new`` itself. Raises nothing."""
        try:
            folder, record = self._begin(old)
        except Exception as error:
            _LOGGER.warning("%s: nothing was written: %s", old.co_name, error)
            return None
        runs: types.CodeType | None = None
        try:
            code = recompile(new, filename=os.path.join(self._directory, folder, record["file"]))
            runs = with_functions_of(new, code)
            record["runs"] = True
        except Exception as error:
            record["problem"] = str(error)
            _LOGGER.warning("%s: Dynamo's own bytecode runs: %s", old.co_name, error)
        try:
            self._note(old, new, runs, folder, record)
        except Exception as error:
            _LOGGER.warning("%s: not all was written: %s", old.co_name, error)
        return runs

    def _begin(self, old: types.CodeType) -> tuple[str, dict[str, Any]]:
        with self._lock:
            folder = self._folders.get(old)
            if folder is None:
                folder = self._new_folder(old)
            entries = self._functions[folder]["entries"]
            record = {
                "file": self._free_name(folder, len(entries)),
                "runs": False,
                "problem": None,
                "compile_id": _compat.compile_id(),
                "bytecode": None,
                "guards": None,
                "graphs": [],
                "graph_breaks": [],
                "resumes": [],
            }
            entries.append(record)
            return folder, record

    def _free_name(self, folder: str, number: int) -> str:
        """A name that no other process has taken since this one began; what was there before is replaced."""
        while True:
            name = f"transformed_{number}.py"
            path = os.path.join(self._directory, folder, name)
            ours = {entry["file"] for entry in self._functions[folder]["entries"]}
            if name not in ours and self._claim(path):
                return name
            number += 1

    def _claim(self, path: str) -> bool:
        try:
            if os.path.getmtime(path) < self._start:
                os.remove(path)
        except OSError:
            pass
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True

    def _new_folder(self, old: types.CodeType) -> str:
        stem = folder_name(old)
        folder, number = stem, 1
        while folder in self._functions:
            number += 1
            folder = f"{stem}_{number}"
        os.makedirs(os.path.join(self._directory, folder), exist_ok=True)
        self._folders[old] = folder
        self._functions[folder] = {
            "name": getattr(old, "co_qualname", old.co_name),
            "file": old.co_filename,
            "line": old.co_firstlineno,
            "resume": "resume_in" in old.co_name,
            "original": "original.py",
            "bytecode": "original.bytecode.txt",
            "entries": [],
        }
        return folder

    def _write(self, folder: str, name: str, text: str) -> str:
        """Write a file; what claims to be Python and is none becomes text. Give its name."""
        if name.endswith(".py"):
            try:
                compile(text, name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                name = name[: -len(".py")] + ".txt"
        path = os.path.join(self._directory, folder, name)
        with open(path, "w", encoding="utf-8", newline="\n", errors="backslashreplace") as file:
            file.write(text)
        return name

    def _note(
        self,
        old: types.CodeType,
        new: types.CodeType,
        runs: types.CodeType | None,
        folder: str,
        record: dict[str, Any],
    ) -> None:
        """Take note of what only this moment knows. The rest is written when nobody waits for a compiler."""
        names = _compat.globals_under_way()
        with self._lock:
            found = _compat.graph_breaks()
            for reason in map(GraphBreak.of, found[self._breaks :]):
                record["graph_breaks"].append({"reason": reason.reason, "file": reason.file, "line": reason.line})
            self._breaks = len(found)
            self._codes.append((old, new, runs or new, folder, record))
            for name in new.co_names:
                resume = names.get(name) if name.startswith("__resume") else None
                if isinstance(resume, types.FunctionType):
                    self._resumes.append((record, resume.__code__))

    def finish(self) -> None:
        """Write what is known only now: guards, graphs, the index and the page. Raises nothing."""
        with self._lock:
            try:
                for record, code in self._resumes:
                    if code in self._folders:
                        record["resumes"].append(self._folders[code])
                for old, folder in self._folders.items():
                    self._write(folder, "original.py", decompile(old, check=False))
                    self._write(folder, "original.bytecode.txt", str(lancehead._code.dis(old)))
                for old, new, code, folder, record in self._codes:
                    stem = record["file"][: -len(".py")]
                    record["bytecode"] = self._write(folder, f"{stem}.bytecode.txt", str(lancehead._code.dis(new)))
                    self._guards(old, code, folder, record)
                    self._stages(folder, record)
                self._index()
                _report.report(self._directory)
            except Exception as error:
                _LOGGER.warning("the index was not written: %s", error)

    def _guards(self, old: types.CodeType, code: types.CodeType, folder: str, record: dict[str, Any]) -> None:
        entry = next((entry for entry in _compat.cache_entries(old) if entry.code is code), None)
        if entry is None:
            return
        lines = [f'"""What must hold for {record["file"]} to run."""', "", "GUARDS = ["]
        lines += [f"    {_graphs.without_uuid(part)!r}," for part in _compat.guard_parts(entry)]
        lines.append("]")
        tree = _graphs.without_uuid(_compat.guard_tree(entry))
        if tree:
            lines += ["", "# As PyTorch draws them:", *(f"# {line}" for line in tree.splitlines())]
        stem = record["file"][: -len(".py")]
        record["guards"] = self._write(folder, f"{stem}.guards.py", "\n".join(lines) + "\n")

    def _stages(self, folder: str, record: dict[str, Any]) -> None:
        stem = record["file"][: -len(".py")]
        seen: dict[str, int] = {}
        for stage, text in self._recorder.graphs.get(record["compile_id"] or "", []):
            seen[stage] = seen.get(stage, 0) + 1
            number = f"_{seen[stage]}" if seen[stage] > 1 else ""
            name = self._write(folder, f"{stem}.{stage}{number}.py", text)
            record["graphs"].append({"stage": stage, "file": name})

    def _index(self) -> None:
        """Write ``index.json``, with what other processes have written there since this one began."""
        path = os.path.join(self._directory, "index.json")
        functions = self._functions
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            if os.path.getmtime(path) >= self._start:
                with open(path, encoding="utf-8") as file:
                    functions = merged(json.load(file)["functions"], functions)
        index = {"version": _INDEX_VERSION, "functions": functions}
        for name, text in (("index.json", json.dumps(index, indent=2) + "\n"), ("README.md", _README)):
            temporary = os.path.join(self._directory, f".{name}.{os.getpid()}")
            with open(temporary, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(temporary, os.path.join(self._directory, name))


def with_functions_of(original: types.CodeType, code: types.CodeType) -> types.CodeType:
    """``code`` with the functions that ``original`` makes in place of its own copies of them.

    Dynamo keeps what it has compiled by code object: a copy would be compiled again each time.
    """
    functions: dict[str, list[types.CodeType]] = {}
    for const in original.co_consts:
        if isinstance(const, types.CodeType):
            functions.setdefault(const.co_name, []).append(const)
    consts: list[Any] = []
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            known = functions.get(const.co_name, [])
            if len(known) == 1 and known[0].co_freevars == const.co_freevars:
                const = known[0]
        consts.append(const)
    return code.replace(co_consts=tuple(consts))


def merged(theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Two indices as one; entries go by their files."""
    both = dict(theirs)
    for folder, function in ours.items():
        known = {entry["file"] for entry in function["entries"]}
        others = [entry for entry in both.get(folder, {}).get("entries", []) if entry["file"] not in known]
        both[folder] = {**function, "entries": others + function["entries"]}
    return both


def folder_name(code: types.CodeType) -> str:
    """A name for the folder of ``code``: letters, digits, and a hash where the name is too long for a file."""
    plain = re.sub(r"\W+", "_", code.co_name, flags=re.ASCII).strip("_") or "function"
    if len(plain) > _NAME_LENGTH:
        plain = f"{plain[:_NAME_LENGTH]}_{hashlib.sha256(code.co_name.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return f"{plain}_line_{code.co_firstlineno}"
