#!/usr/bin/env python3
"""Measure `lancehead.decompile(function)` beside CPython's `compile()` of the source that it prints.

    PYTHONPATH=target/python python3.12 benches/decompile_against_compile.py [--functions N] [--repeat N]

The functions are those of the interpreter's own library, each Nth of all that its modules define, so that N are taken.
Both sides are measured on one function right after the other, in time of this process, which others on the machine do
not lengthen much. The figure is the median over all functions of the one time by the other: below 1, decompiling takes
less time than compiling.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import io
import os
import statistics
import sys
import time
import types
import warnings
from collections.abc import Callable
from functools import partial

import lancehead

#: Modules that do something when they are imported, or are no part of what programs use.
SKIPPED = {"antigravity", "this", "idlelib", "turtledemo", "test", "tests", "lib2to3", "tkinter", "turtle"}


def library_functions() -> list[types.FunctionType]:
    """The functions of the modules and packages at the top of the library and one level below, each once."""
    root = os.path.dirname(os.__file__)
    names = []
    for entry in sorted(os.listdir(root)):
        stem, extension = os.path.splitext(entry)
        if stem in SKIPPED or not stem.isidentifier() or stem.startswith("__"):
            continue
        if extension == ".py":
            names.append(stem)
        elif not extension and os.path.exists(os.path.join(root, entry, "__init__.py")):
            inside = sorted(os.listdir(os.path.join(root, entry)))
            stems = [os.path.splitext(name) for name in inside]
            names.append(entry)
            names += [f"{entry}.{s}" for s, e in stems if e == ".py" and s not in SKIPPED and s[:2] != "__"]
    paths = set()
    for name in names:
        quiet = io.StringIO()
        with contextlib.suppress(BaseException), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            paths.add(importlib.import_module(name).__file__)
    found = {
        id(function.__code__): function
        for function in gc.get_objects()
        if isinstance(function, types.FunctionType)
        and function.__code__.co_filename in paths
        and function.__name__ != "<lambda>"
        and not hasattr(function, "__wrapped__")
    }
    return sorted(found.values(), key=lambda f: (f.__code__.co_filename, f.__code__.co_firstlineno, f.__name__))


def best(work: Callable[[], object], repeat: int) -> float:
    """Seconds of this process that `work` takes: the least of some runs."""
    least = float("inf")
    for _ in range(repeat):
        begin = time.process_time_ns()
        work()
        least = min(least, time.process_time_ns() - begin)
    return least / 1e9


def measure(functions: list[types.FunctionType], check: bool, repeat: int) -> tuple[list[float], list[float]]:
    """For each function the seconds of decompiling it, and of compiling what came of it."""
    ours, theirs = [], []
    for function in functions:
        source = lancehead.decompile(function, check=check)
        try:
            compile(source, "<decompiled>", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        ours.append(best(partial(lancehead.decompile, function, check=check), repeat))
        theirs.append(best(partial(compile, source, "<decompiled>", "exec", dont_inherit=True), repeat))
    return ours, theirs


def main() -> None:
    """Measure with check and without."""
    parser = argparse.ArgumentParser(description="Measure decompile() beside compile().")
    parser.add_argument("--functions", type=int, default=1000, metavar="N")
    parser.add_argument("--repeat", type=int, default=10, metavar="N", help="the best of so many runs counts")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = library_functions()
    step = max(len(found) / options.functions, 1)
    functions = [found[int(index * step)] for index in range(min(options.functions, len(found)))]
    gc.collect()
    gc.disable()
    print(f"CPython {sys.version.split()[0]}, {len(functions)} of {len(found)} functions")

    def nothing() -> None:
        pass

    for check in (True, False):
        ours, theirs = measure(functions, check, options.repeat)
        ratios = [one / other for one, other in zip(ours, theirs)]
        least, most = statistics.quantiles(ratios, n=10)[0], statistics.quantiles(ratios, n=10)[8]
        fixed = min(best(partial(lancehead.decompile, nothing, check=check), 1) for _ in range(200))
        print(
            f"{'with check   ' if check else 'without check'}: median {statistics.median(ratios):.2f} "
            f"(tenths {least:.2f} to {most:.2f}), sums {sum(ours) / sum(theirs):.2f}; "
            f"{1e6 * statistics.median(ours):.0f} µs beside {1e6 * statistics.median(theirs):.0f} µs; "
            f"an empty function {1e6 * fixed:.1f} µs"
        )


if __name__ == "__main__":
    main()
