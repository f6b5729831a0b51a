"""``prepare_debug``: source files in place of the bytecode that Dynamo makes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import threading
import types
from collections.abc import Iterator
from typing import Any

from lancehead._decompile import decompile
from lancehead._recompile import recompile

_LOGGER = logging.getLogger("lancehead.torch")
#: So many characters of a function's name stand in the name of its folder: file systems allow 255 bytes.
_NAME_LENGTH = 80
_INDEX_VERSION = 1
_README = """\
# What torch.compile made

Each folder belongs to one function that Dynamo compiled; functions whose names start with `torch_dynamo_resume_in` or
`resume_in` are what it continues with after a graph break.

- `original.py`: the function as Dynamo saw it, decompiled.
- `transformed_N.py`: what Dynamo made of it the N-th time. Where `index.json` says `"runs": true`, this very file is
  what runs, and breakpoints in it hit. Elsewhere Dynamo's own bytecode runs, and `"problem"` says why.
- `index.json`: all of this, for programs.
"""


@contextlib.contextmanager
def prepare_debug(directory: str | os.PathLike[str]) -> Iterator[None]:
    """Write what Dynamo makes within the ``with`` to files in ``directory``, and let those files run.

    A file runs only if it is proven to do what Dynamo's bytecode does. Otherwise that bytecode stays in place, one line
    of the log says so, and ``index.json`` too. Names are the same in each run of the same program; a folder is for one
    process at a time.

    Raises `OSError` if ``directory`` cannot be made. What goes wrong later never reaches the program.
    """
    from torch._dynamo.convert_frame import register_bytecode_hook

    dump = _Dump(os.path.abspath(os.fspath(directory)))
    handle = register_bytecode_hook(dump.replace)
    try:
        yield
    finally:
        handle.remove()
        dump.finish()


class _Dump:
    """What was written into one folder."""

    def __init__(self, directory: str) -> None:
        os.makedirs(directory, exist_ok=True)
        self._directory = directory
        # Several threads may compile at once.
        self._lock = threading.Lock()
        self._folders: dict[types.CodeType, str] = {}
        self._entries: dict[str, dict[str, Any]] = {}

    def replace(self, old: types.CodeType, new: types.CodeType) -> types.CodeType | None:
        """Give what is to run instead of ``new``, or None for ``new`` itself. Raises nothing."""
        try:
            folder, record = self._begin(old)
        except Exception as error:
            _LOGGER.warning("%s: nothing was written: %s", old.co_name, error)
            return None
        try:
            code = recompile(new, filename=os.path.join(self._directory, folder, record["file"]))
        except Exception as error:
            record["problem"] = str(error)
            _LOGGER.warning("%s: Dynamo's own bytecode runs: %s", old.co_name, error)
            return None
        record["runs"] = True
        return code

    def _begin(self, old: types.CodeType) -> tuple[str, dict[str, Any]]:
        with self._lock:
            folder = self._folders.get(old)
            if folder is None:
                folder = self._new_folder(old)
            entries = self._entries[folder]["entries"]
            record = {"file": f"transformed_{len(entries)}.py", "runs": False, "problem": None}
            entries.append(record)
            return folder, record

    def _new_folder(self, old: types.CodeType) -> str:
        stem = folder_name(old)
        folder, number = stem, 1
        while folder in self._entries:
            number += 1
            folder = f"{stem}_{number}"
        path = os.path.join(self._directory, folder)
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "original.py"), "w", encoding="utf-8", newline="\n") as file:
            file.write(decompile(old, check=False))
        self._folders[old] = folder
        self._entries[folder] = {
            "name": getattr(old, "co_qualname", old.co_name),
            "file": old.co_filename,
            "line": old.co_firstlineno,
            "original": "original.py",
            "entries": [],
        }
        return folder

    def finish(self) -> None:
        """Write the index. Raises nothing."""
        with self._lock:
            index = {"version": _INDEX_VERSION, "functions": self._entries}
            try:
                for name, text in (("index.json", json.dumps(index, indent=2) + "\n"), ("README.md", _README)):
                    with open(os.path.join(self._directory, name), "w", encoding="utf-8", newline="\n") as file:
                        file.write(text)
            except OSError as error:
                _LOGGER.warning("the index was not written: %s", error)


def folder_name(code: types.CodeType) -> str:
    """A name for the folder of ``code``: letters, digits, and a hash where the name is too long for a file."""
    plain = re.sub(r"\W+", "_", code.co_name, flags=re.ASCII).strip("_") or "function"
    if len(plain) > _NAME_LENGTH:
        plain = f"{plain[:_NAME_LENGTH]}_{hashlib.sha256(code.co_name.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return f"{plain}_line_{code.co_firstlineno}"
