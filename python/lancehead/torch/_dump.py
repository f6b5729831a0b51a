"""``prepare_debug``: source files in place of the bytecode that Dynamo makes."""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import os
import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

from lancehead._native import RecompilationError
from lancehead._objects import definition_name
from lancehead._recompile import recompiled
from lancehead.torch import _compat, _folder, _graphs, _records, _report

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

    What runs is on disk milliseconds later. The rest is written when nothing has been compiled for half a second, and
    at the end. Of a program that is killed, what was compiled before is there, but no page: `report` makes that.

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
        self._directory = directory
        self.recorder = _graphs.Recorder()
        self._begin()

    def _begin(self) -> None:
        self._has_forked = False
        self._place = _folder.Place(self._directory)
        self._writer = _folder.Writer(_warm_up, self._catch_up)
        self._records = _records.Records(self._directory)
        self._breaks = _Breaks()
        # Several threads may compile at once.
        self._lock = threading.Lock()
        self._folders: dict[types.CodeType, str] = {}
        #: How many compilations there are in each.
        self._counts: dict[str, int] = {}

    def forked(self) -> None:
        """Take note that this is another process now."""
        self._has_forked = True

    def _begin_again(self) -> None:
        """Begin in a process that was forked: its threads are gone, and its names have to be its own."""
        self._begin()
        finalize = getattr(sys.modules.get("multiprocessing.util"), "Finalize", None)
        if finalize is not None:
            # Nobody leaves the context manager there, and `atexit` is not asked.
            finalize(None, self.finish, exitpriority=10)

    def replace(self, old: types.CodeType, new: types.CodeType) -> types.CodeType | None:
        """Give what is to run instead of ``new``, or None for ``new`` itself. Raises nothing.

        Dynamo waits for this: what can be done later, or has been done before, is not done here.
        """
        try:
            folder, file = self._names(old)
            path = f"{self._directory}{os.sep}{folder}{os.sep}{file}"
        except Exception as error:
            _LOGGER.warning("%s: nothing was written: %s", old.co_name, error)
            return None
        runs: types.CodeType | None = None
        problem: str | None = None
        try:
            source, code = recompiled(new, definition_name(new.co_flags, new.co_name), path, form=1)
            self._writer.write(path, source)
            if isinstance(code, RecompilationError):
                raise code
            runs = with_functions_of(new, code)
        except Exception as error:
            problem = str(error)
            _LOGGER.warning("%s: Dynamo's own bytecode runs: %s", old.co_name, error)
        try:
            self._records.tell(
                _records.Compilation(
                    old, new, runs, problem, folder, file, _compat.compile_id(), self._breaks.since(), _resumes_of(new)
                )
            )
        except Exception as error:
            _LOGGER.warning("%s: not all was written: %s", old.co_name, error)
        return runs

    def write_once(self, path: str, text: str) -> None:
        """Write a file soon, unless it is there."""
        if self._has_forked:
            self._begin_again()
        self._writer.write(path, text, again=False)

    def _names(self, old: types.CodeType) -> tuple[str, str]:
        """The folder for ``old``, and the file for one more compilation of it."""
        if self._has_forked:
            self._begin_again()
        with self._lock:
            folder = self._folders.get(old)
            if folder is None:
                stem = _folder.folder_name(old)
                folder, number = stem, 1
                while folder in self._counts:
                    number += 1
                    folder = f"{stem}_{number}"
                self._folders[old] = folder
                self._counts[folder] = 0
            number = self._counts[folder]
            self._counts[folder] = number + 1
            return folder, self._place.file_name(number)

    def _catch_up(self) -> None:
        """Write what was left for later, but for the page."""
        self._records.write(self.recorder, self._place.since, is_last=False)

    def finish(self) -> None:
        """Write the index and the page. Raises nothing."""
        if self._has_forked:
            return
        self._writer.close()
        try:
            self._records.write(self.recorder, self._place.since, is_last=True)
            _report.report(self._directory)
        except Exception as error:
            _LOGGER.warning("the index was not written: %s", error)
        finally:
            self._place.leave()


class _Breaks:
    """Graph breaks that nobody has asked for yet."""

    def __init__(self) -> None:
        self._all = _compat.graph_breaks()
        self._seen = len(self._all)
        self._last = self._all[-1] if self._all else None

    def since(self) -> list[Any]:
        """Those that came since this was last asked."""
        found = self._all
        # A reset of Dynamo empties the list.
        is_same = self._seen == 0 or (self._seen <= len(found) and found[self._seen - 1] is self._last)
        new = found[self._seen if is_same else 0 :]
        self._seen = len(found)
        self._last = found[-1] if found else None
        return new


def _resumes_of(new: types.CodeType) -> list[types.CodeType]:
    """The code of the functions that ``new`` goes on with after a graph break: Dynamo has just made them."""
    names = [name for name in new.co_names if name.startswith("__resume")]
    known = getattr(_compat.frame_under_way(), "f_globals", {}) if names else {}
    functions = [known.get(name) for name in names]
    return [function.__code__ for function in functions if isinstance(function, types.FunctionType)]


def _like_dynamo(x: Any, y: Any) -> Any:
    y = x.graph(x[0], y.part["name"])
    if y is None:
        y = [y[0]][0:1]
    return x.resume(*[y, x])


@functools.cache
def _warm_up() -> None:
    """Do once what the hook does: the first time takes as long as ten others, for the library has to be read."""
    with contextlib.suppress(Exception):
        recompiled(_like_dynamo.__code__, "_like_dynamo", __file__, form=1)


def _forked() -> None:
    for dump in _active:
        dump.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


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
