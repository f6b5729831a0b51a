"""``index.json``: what lies in the folder of `prepare_debug`, for programs."""

from __future__ import annotations

import contextlib
import glob
import json
import logging
import os
from typing import Any

from lancehead.torch import _folder

_LOGGER = logging.getLogger("lancehead.torch")
VERSION = 2
_README = """\
# What torch.compile made

`index.html` shows all of it on one page; `lancehead torch-report FOLDER` makes that page anew.

Each folder belongs to one function that Dynamo compiled; functions whose names start with `torch_dynamo_resume_in` or
`resume_in` are what it continues with after a graph break.

- `original.py`: the function as Dynamo saw it, decompiled.
- `transformed_N.py`: what Dynamo made of it the N-th time. Where `index.json` says `"runs": true`, this very file is
  what runs, and breakpoints in it hit. Elsewhere Dynamo's own bytecode runs, and `"problem"` says why.
- `transformed_N.guards.py`: what must hold for it to run.
- `transformed_N.STAGE.py`: the graph in each stage: `captured` by Dynamo, `pre_grad` and `after_pre_grad`, `joint`,
  `forward`, `backward` or `inference`, `before_post_grad` and `post_grad`; and `inductor`, what Inductor made of it.
- `*.bytecode.txt`: the bytecode, before and after.

Files of the second and further processes that write here at the same time end in `_process_N`.

`graphs` holds the graph modules that run. `index.json` is all of this, for programs.
"""
Functions = dict[str, dict[str, Any]]


def write(
    directory: str, functions: Functions, since: float, is_last: bool, patience: float = _folder.PATIENCE
) -> None:
    """Add ``functions`` to the index of ``directory``, in which other processes may have written since ``since``.

    An older index is replaced. Where the lock cannot be had in time, ``functions`` are left to whoever has it next;
    unless this is not the last time: then there is no waiting, and nothing happens.
    """
    with _folder.locked(os.path.join(directory, ".index.lock"), patience if is_last else 0.0) as taken:
        if not (taken or is_last):
            return
        if not taken:
            path = os.path.join(directory, f".index.{os.getpid()}.part")
            _folder.replace(path, json.dumps({"version": VERSION, "functions": functions}))
            _LOGGER.warning("%s is locked: what this process compiled is in %s", directory, path)
            return
        path = os.path.join(directory, "index.json")
        both = merged(_read(path, since), functions)
        parts = glob.glob(os.path.join(glob.escape(directory), ".index.*.part"))
        for part in parts:
            both = merged(both, _read(part, since))
        _folder.replace(path, json.dumps({"version": VERSION, "functions": both}, indent=2) + "\n")
        _folder.replace(os.path.join(directory, "README.md"), _README)
        for part in parts:
            with contextlib.suppress(OSError):
                os.remove(part)


def _read(path: str, since: float) -> Functions:
    """The functions of an index that is not older; none if it cannot be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        if os.path.getmtime(path) >= since:
            with open(path, encoding="utf-8") as file:
                found = json.load(file)
            return dict(found["functions"]) if found["version"] == VERSION else {}
    return {}


def merged(theirs: Functions, ours: Functions) -> Functions:
    """Two indices as one; entries go by their files."""
    both = dict(theirs)
    for folder, function in ours.items():
        known = {entry["file"] for entry in function["entries"]}
        others = [entry for entry in both.get(folder, {}).get("entries", []) if entry["file"] not in known]
        both[folder] = {**function, "entries": others + function["entries"]}
    return both
