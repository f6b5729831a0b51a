"""``prepare_debug``: source files in place of the bytecode that Dynamo makes."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import logging
import os
import threading
import types
from collections.abc import Iterator
from typing import Any

import lancehead._code
from lancehead._decompile import decompile
from lancehead._native import RecompilationError
from lancehead._objects import definition_name
from lancehead._recompile import recompiled
from lancehead.torch import _compat, _folder, _graphs, _index, _report
from lancehead.torch._explain import GraphBreak

_LOGGER = logging.getLogger("lancehead.torch")
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
    _compat.skip_bystanders()
    dump = _Dump(directory)
    with _graphs.recorded(dump.recorder), _graphs.graphs_from_files(os.path.join(directory, "graphs"), dump.write_once):
        handle = register_bytecode_hook(dump.replace)
        _active.append(dump)
        # Some enter this and never leave.
        atexit.register(dump.finish)
        try:
            yield
        finally:
            atexit.unregister(dump.finish)
            _active.remove(dump)
            handle.remove()
            dump.finish()


class _Dump:
    """What was written into one folder."""

    def __init__(self, directory: str) -> None:
        self.recorder = _graphs.Recorder()
        self._directory = directory
        self._place = _folder.Place(directory)
        self._writer = _folder.Writer()
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
            path = os.path.join(self._directory, folder, record["file"])
        except Exception as error:
            _LOGGER.warning("%s: nothing was written: %s", old.co_name, error)
            return None
        runs: types.CodeType | None = None
        try:
            source, code = recompiled(new, definition_name(new.co_flags, new.co_name), path, form=1)
            self._writer.write(path, source)
            if isinstance(code, RecompilationError):
                raise code
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

    def write_once(self, path: str, text: str) -> None:
        """Write a file soon, unless it is there."""
        self._begin_process()
        self._writer.write(path, text, again=False)

    def _begin_process(self) -> None:
        """Begin anew in a process that was forked: its threads are gone, and its names have to be its own."""
        if self._place.process != os.getpid():
            self._lock = threading.Lock()
            self._place = _folder.Place(self._directory)
            self._writer = _folder.Writer()
            self._folders, self._functions, self._codes, self._resumes = {}, {}, [], []

    def _begin(self, old: types.CodeType) -> tuple[str, dict[str, Any]]:
        self._begin_process()
        with self._lock:
            folder = self._folders.get(old)
            if folder is None:
                folder = self._new_folder(old)
            entries = self._functions[folder]["entries"]
            record = {
                "file": self._place.file_name(len(entries)),
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

    def _new_folder(self, old: types.CodeType) -> str:
        stem = _folder.folder_name(old)
        folder, number = stem, 1
        while folder in self._functions:
            number += 1
            folder = f"{stem}_{number}"
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
        _folder.write(os.path.join(self._directory, folder, name), text)
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
        resumes = [name for name in new.co_names if name.startswith("__resume")]
        names = _compat.globals_under_way() if resumes else {}
        with self._lock:
            found = _compat.graph_breaks()
            record["graph_breaks"] += found[self._breaks :]
            self._breaks = len(found)
            self._codes.append((old, new, runs or new, folder, record))
            for name in resumes:
                resume = names.get(name)
                if isinstance(resume, types.FunctionType):
                    self._resumes.append((record, resume.__code__))

    def finish(self) -> None:
        """Write what is known only now: guards, graphs, the index and the page. Raises nothing."""
        self._begin_process()
        self._writer.close()
        with self._lock:
            try:
                for record, code in self._resumes:
                    if code in self._folders:
                        record["resumes"].append(self._folders[code])
                for function in self._functions.values():
                    for record in function["entries"]:
                        record["graph_breaks"] = [dataclasses.asdict(GraphBreak.of(r)) for r in record["graph_breaks"]]
                for old, folder in self._folders.items():
                    self._write(folder, "original.py", decompile(old, check=False))
                    self._write(folder, "original.bytecode.txt", str(lancehead._code.dis(old)))
                for old, new, code, folder, record in self._codes:
                    stem = record["file"][: -len(".py")]
                    record["bytecode"] = self._write(folder, f"{stem}.bytecode.txt", str(lancehead._code.dis(new)))
                    self._guards(old, code, folder, record)
                    self._stages(folder, record)
                _index.write(self._directory, self._functions, self._place.since)
                _report.report(self._directory)
            except Exception as error:
                _LOGGER.warning("the index was not written: %s", error)
            finally:
                self._place.leave()

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
        for stage, text in self.recorder.graphs.get(record["compile_id"] or "", []):
            seen[stage] = seen.get(stage, 0) + 1
            number = f"_{seen[stage]}" if seen[stage] > 1 else ""
            name = self._write(folder, f"{stem}.{stage}{number}.py", text)
            record["graphs"].append({"stage": stage, "file": name})


def with_functions_of(original: types.CodeType, code: types.CodeType) -> types.CodeType:
    """``code`` with the functions that ``original`` makes in place of its own copies of them.

    Dynamo keeps what it has compiled by code object: a copy would be compiled again each time.
    """
    functions: dict[str, list[types.CodeType]] = {}
    for const in original.co_consts:
        if isinstance(const, types.CodeType):
            functions.setdefault(const.co_name, []).append(const)
    if not functions:
        return code
    consts: list[Any] = []
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            known = functions.get(const.co_name, [])
            if len(known) == 1 and known[0].co_freevars == const.co_freevars:
                const = known[0]
        consts.append(const)
    return code.replace(co_consts=tuple(consts))
