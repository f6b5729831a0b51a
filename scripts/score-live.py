#!/usr/bin/env python3
"""Decompile and recompile the functions of the running interpreter's library, and count those that come back equal.

    PYTHONPATH=target/python pythonX.Y scripts/score-live.py [--every N] [--least PERCENT]

The package has to be importable: scripts/test-python.sh puts it together. Status 1 if fewer are equal than --least.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import io
import os
import pkgutil
import sys
import tempfile
import types
import warnings
from collections import Counter
from collections.abc import Iterator

import lancehead

LIBRARY = os.path.dirname(os.__file__)
#: What does something when it is imported, or has no business in a running program.
SKIPPED = {"antigravity", "this", "idlelib", "turtledemo", "test", "lib2to3", "tkinter", "turtle", "site-packages"}


def import_library() -> None:
    """Import all modules of the library that can be imported."""
    warnings.simplefilter("ignore")
    for module in pkgutil.walk_packages([LIBRARY], onerror=lambda name: None):
        if module.name.split(".")[0] in SKIPPED or module.name.endswith("__main__"):
            continue
        quiet = io.StringIO()
        with contextlib.suppress(BaseException), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            importlib.import_module(module.name)


def codes() -> Iterator[types.CodeType]:
    """The code of all functions of the library that are in memory, each once."""
    found = {
        id(function.__code__): function.__code__
        for function in gc.get_objects()
        if isinstance(function, types.FunctionType) and function.__code__.co_filename.startswith(LIBRARY)
    }
    return iter(sorted(found.values(), key=lambda code: (code.co_filename, code.co_firstlineno, code.co_name)))


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="take every Nth function only")
    parser.add_argument("--least", type=float, default=99.0, help="per cent that have to be equal")
    parser.add_argument("--show", type=int, default=20, help="how many of the others to show")
    options = parser.parse_args()
    import_library()
    reasons: Counter[str] = Counter()
    shown: list[str] = []
    total = equal = 0
    with tempfile.TemporaryDirectory() as folder:
        for code in list(codes())[:: options.every]:
            total += 1
            try:
                lancehead.recompile(code, filename=os.path.join(folder, "source.py"))
                equal += 1
            except lancehead.RecompilationError as error:
                reasons[str(error)[:60]] += 1
                shown.append(f"{os.path.relpath(code.co_filename, LIBRARY)}:{code.co_firstlineno}: {error}"[:200])
    for line in shown[: options.show]:
        print(line)
    percent = 100 * equal / max(total, 1)
    print(f"{sys.version_info[0]}.{sys.version_info[1]}: {equal} of {total} functions equal ({percent:.2f} %)")
    return int(percent < options.least)


if __name__ == "__main__":
    sys.exit(main())
