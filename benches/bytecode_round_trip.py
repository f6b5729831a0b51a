#!/usr/bin/env python3
"""Measure `Bytecode.from_code(code).to_code()` beside the library `bytecode`, and whether it gives the same code.

    PYTHONPATH=target/python python3.12 benches/bytecode_round_trip.py --peer DIR [--files N] [--passes N] [--exact]

DIR is where `pip install --target DIR bytecode==0.19.1` put the library. The code objects are those of the first N
files of the interpreter's own library, compiled here; `--exact` compares all files, and measures nothing. Three round
trips are measured: of code that is taken apart and put together, nothing changed; of code into which a `NOP` is put,
which has to be measured and verified anew; and that without verification. Times are of the process, the best of several
passes.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import sysconfig
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, ModuleType

FIELDS = [
    "co_code",
    "co_consts",
    "co_names",
    "co_varnames",
    "co_cellvars",
    "co_freevars",
    "co_stacksize",
    "co_flags",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_firstlineno",
    "co_name",
    "co_filename",
    "co_linetable",
    "co_lnotab",
    "co_exceptiontable",
    "co_qualname",
]


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and those in it."""
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from codes(value)


def library(limit: int | None) -> list[CodeType]:
    """The code objects of the interpreter's library: of its first `limit` files, tests left out, or of all."""
    root = Path(sysconfig.get_path("stdlib"))
    found: list[CodeType] = []
    taken = 0
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if "site-packages" in parts or (limit is not None and {"test", "tests", "idlelib", "lib2to3"} & set(parts)):
            continue
        try:
            found += codes(compile(path.read_bytes(), str(path), "exec", dont_inherit=True))
        except (OSError, SyntaxError, ValueError):
            continue
        taken += 1
        if taken == limit:
            break
    return found


def differences(before: CodeType, after: CodeType) -> list[str]:
    """The fields in which two code objects differ; constants must be the same objects, or equal and of one type."""
    wrong = []
    for field in FIELDS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            one, other = getattr(before, field, None), getattr(after, field, None)
        same = repr(one) == repr(other) if field == "co_consts" else one == other
        if not same:
            wrong.append(field)
    return wrong


def round_trip(module: ModuleType) -> Callable[[CodeType], CodeType]:
    """Takes code apart and puts it together, nothing changed."""
    return lambda code: module.Bytecode.from_code(code).to_code()


def edit(module: ModuleType, **options: bool) -> Callable[[CodeType], CodeType]:
    """Puts a `NOP` behind the first instruction that has a line, so that all has to be done anew."""

    def change(code: CodeType) -> CodeType:
        bytecode = module.Bytecode.from_code(code)
        bytecode.append(module.Instr("NOP"))
        bytecode.insert(len(bytecode) - 2, bytecode.pop())
        return bytecode.to_code(**options)

    return change


def measure(function: Callable[[CodeType], CodeType], found: list[CodeType], passes: int) -> float:
    """Seconds for all of `found`."""
    best = float("inf")
    for _ in range(passes):
        begin = time.process_time()
        for code in found:
            function(code)
        best = min(best, time.process_time() - begin)
    return best


def compare(ours: ModuleType) -> int:
    """How many code objects of the library do not come back the same."""
    found = library(None)
    concrete = ours.ConcreteBytecode
    ways = {
        "Bytecode": round_trip(ours),
        "Bytecode, all made anew": lambda code: anew(ours, code),
        "ConcreteBytecode": lambda code: concrete.from_code(code).to_code(code.co_stacksize),
    }
    failed = 0
    for way, function in ways.items():
        different: dict[str, int] = {}
        first = ""
        count = 0
        for code in found:
            try:
                wrong = differences(code, function(code))
            except Exception as error:
                wrong = [f"{type(error).__name__}: {error}"]
            count += bool(wrong)
            first = first or (f", first {code.co_filename}: {code.co_name}" if wrong else "")
            for field in wrong:
                different[field] = different.get(field, 0) + 1
        print(f"{way}: {len(found) - count} of {len(found)} code objects come back the same{first}")
        for field, number in sorted(different.items(), key=lambda item: -item[1])[:8]:
            print(f"    {field}: {number} differ")
        failed += count if way != "Bytecode, all made anew" else 0
    return failed


def anew(module: ModuleType, code: CodeType) -> CodeType:
    """Without what is known of the code object: depths and stack size are computed."""
    bytecode = module.Bytecode.from_code(code)
    return bytecode.copy().to_concrete_bytecode().to_code()


def main() -> int:
    """The exit status: 1 if something does not come back the same."""
    parser = argparse.ArgumentParser(description="Measure round trips beside the library bytecode.")
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--exact", action="store_true")
    options = parser.parse_args()
    ours = importlib.import_module("lancehead.bytecode")
    version = ".".join(map(str, sys.version_info[:3]))
    if options.exact:
        print(f"CPython {version}")
        return min(compare(ours), 1)
    found = library(options.files)
    times = {
        "unchanged": measure(round_trip(ours), found, options.passes),
        "edited": measure(edit(ours), found, options.passes),
        "edited, not verified": measure(edit(ours, verify=False), found, options.passes),
    }
    print(f"CPython {version}, {len(found)} code objects of {options.files} files")
    peers = {}
    if options.peer:
        sys.path.insert(0, str(options.peer))
        peer = importlib.import_module("bytecode")
        peers["unchanged"] = measure(round_trip(peer), found, options.passes)
        peers["edited"] = peers["edited, not verified"] = measure(edit(peer), found, options.passes)
    for name, seconds in times.items():
        line = f"{name:22} {1e6 * seconds / len(found):8.1f} µs a code object"
        if name in peers:
            line += f"; bytecode {1e6 * peers[name] / len(found):8.1f} µs: {peers[name] / seconds:.1f} times as fast"
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
