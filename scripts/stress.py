#!/usr/bin/env python3
"""Decompile modules of extreme shapes, and fail where one takes too long or too much memory.

    scripts/stress.py              under 3.8, 3.12 and 3.15
    scripts/stress.py 3.10 --shape boolean_deep

Each shape is one construct, very long or very deep, as generated code has it: what is quadratic or exponential shows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import interpreters
import score

SECONDS = 5.0
MEGABYTES = 500.0


def repeated(template: str, count: int, head: str = "def f(x):\n", tail: str = "") -> str:
    """`head`, then `template` for each number, `tail`."""
    return head + "".join(template.replace("#", str(number)) for number in range(count)) + tail


def nested(template: str, depth: int, body: str, closing: str = "") -> str:
    """A function of `template` lines, each within the one before; `closing` lines close them, innermost first."""
    opened = "".join(" " * (level + 1) + template.replace("#", str(level)) + "\n" for level in range(depth))
    closed = "".join(
        " " * (level + 1 + line.startswith(" ")) + line.strip().replace("#", str(level)) + "\n"
        for level in reversed(range(depth))
        for line in closing.splitlines()
    )
    return "def f(x):\n" + opened + " " * (depth + 1) + body + "\n" + closed


def joined(template: str, separator: str, count: int) -> str:
    """An expression of `count` parts."""
    return separator.join(template.replace("#", str(number)) for number in range(count))


SHAPES: dict[str, Callable[[], str]] = {
    "elif_long": lambda: repeated("  elif x == #: y(#)\n", 2000, "def f(x):\n  if x: y()\n"),
    "if_sequence": lambda: repeated("  if x#: y#()\n", 8000),
    "return_sequence": lambda: repeated("  if x#: return y#\n", 8000),
    "try_sequence": lambda: repeated("  try: y#()\n  except E: pass\n", 4000),
    "with_sequence": lambda: repeated("  with y# as z: g(z)\n", 4000),
    "for_sequence": lambda: repeated("  for y# in x: g(z)\n", 4000),
    "continue_sequence": lambda: repeated("   if x#: continue\n   g(#)\n", 3000, "def f(x):\n  for y in x:\n"),
    "break_sequence": lambda: repeated("   if x#: break\n   g(#)\n", 3000, "def f(x):\n  for y in x:\n"),
    "return_in_try": lambda: repeated(
        "   if x#: return #\n   g(#)\n", 500, "def f(x):\n  try:\n", "  finally:\n   k()\n"
    ),
    "return_in_with": lambda: repeated("   if x#: return #\n   g(#)\n", 500, "def f(x):\n  with a:\n"),
    "functions_many": lambda: repeated("def f#(x): return x + #\n", 5000, ""),
    "if_nested": lambda: nested("if x#:", 90, "y()"),
    "for_nested": lambda: nested("for y# in x:", 18, "y()"),
    "with_nested": lambda: nested("with y#:", 18, "return x"),
    "try_nested": lambda: nested("try:", 18, "return x()", "except E#:\n h(#)"),
    "finally_nested": lambda: nested("try:", 10, "return x()", "finally:\n h(#)"),
    "and_long": lambda: "def f(x):\n  return " + joined("x#", " and ", 3000) + "\n",
    "or_of_ands_long": lambda: "def f(x):\n  if " + joined("x# and y#", " or ", 1500) + ": return 1\n  return 2\n",
    "boolean_deep": lambda: (
        "def f(a, b, c):\n  if " + "(a and " * 80 + "b" + " or c)" * 80 + ": return 1\n  return 2\n"
    ),
    "comparison_long": lambda: "def f(x):\n  return " + joined("x#", " < ", 500) + "\n",
    "conditional_deep": lambda: "def f(x):\n  return " + joined("x# if y#", " else ", 80) + " else z\n",
    "sum_long": lambda: "def f(x):\n  return " + joined("x#", " + ", 900) + "\n",
    "calls_long": lambda: "def f(x):\n  return x" + joined(".m#(#)", "", 900) + "\n",
    "format_long": lambda: "def f(x):\n  return f'" + joined("{x#!r:>#}", " ", 3000) + "'\n",
    "dict_long": lambda: "x = {" + joined("'k#': y#", ", ", 10000) + "}\n",
    "list_long": lambda: "x = [" + joined("y#", ", ", 20000) + "]\n",
    "list_deep": lambda: "x = " + "[" * 80 + "]" * 80 + "\n",
    "lambda_deep": lambda: "x = " + "lambda: " * 60 + "1\n",
    "string_long": lambda: "x = " + repr("ab\n'\"" * 200_000) + "\n",
}


def run(command: list[str]) -> tuple[int, float, float]:
    """Exit status, seconds and megabytes of a command, which is stopped when it takes far too long."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop = threading.Timer(4 * SECONDS, child.kill)
    stop.start()
    _, status, used = os.wait4(child.pid, 0)
    stop.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, time.perf_counter() - start, used.ru_maxrss / 1024


def stress(version: str, python: str, shapes: list[str], folder: Path) -> int:
    """Decompile each shape; how many went wrong."""
    wrong = 0
    for name in shapes:
        source, compiled = folder / f"{name}.py", folder / f"{name}.pyc"
        source.write_text(SHAPES[name]())
        code = "import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], doraise=True)"
        subprocess.run([python, "-I", "-c", code, str(source), str(compiled)], check=True)
        status, seconds, megabytes = run([str(score.TARGET / "release" / "lancehead"), "decompile", str(compiled)])
        bad = status not in (0, 1) or seconds > SECONDS or megabytes > MEGABYTES
        verdict = "BAD" if bad else "ok" if status == 0 else "ok, not recovered"
        print(f"{version:5} {name:20} status {status:3} {seconds:7.2f} s {megabytes:6.0f} MB  {verdict}", flush=True)
        wrong += bad
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("versions", nargs="*", default=["3.8", "3.12", "3.15"])
    parser.add_argument("--shape", action="append", choices=sorted(SHAPES), help="only this one")
    options = parser.parse_args()
    score.release_binary()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for version, python in interpreters.found_interpreters(tuple(options.versions)).items():
            wrong += stress(version, python, options.shape or list(SHAPES), Path(folder))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
