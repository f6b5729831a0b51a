#!/usr/bin/env python3
"""Run CPython's own tests over code that the Python package has touched, on each interpreter found, 3.9 to 3.15.

    scripts/test-cpython.py [VERSION ...] [--group recompiled | hooked | copied | instrumented] [--module NAME]

`recompiled`: modules of the library pass their tests as before when each of their functions runs the code that
`recompile` gives for it. The others are frame hooks, under which tests of generators, classes, exceptions and tracing
end as before: `hooked` changes nothing, `copied` lets each function run a copy of its code, `instrumented` lets each
function of the tests run its code with calls of a hook at starts, lines and branches.

The package has to be in target/python: scripts/test-python.sh puts it together. Where CPython behaves otherwise under
any frame evaluation function, its own is asked what the result should be (`_testinternalcapi.set_eval_frame_record`).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(os.environ.get("LANCEHEAD_PACKAGE", ROOT / "target" / "python"))
#: Modules whose functions are replaced, and the tests that they have to pass.
RECOMPILED = {
    "textwrap": ["test_textwrap"],
    "json": ["test_json"],
    "difflib": ["test_difflib"],
    "heapq": ["test_heapq"],
    "statistics": ["test_statistics"],
    "bisect": ["test_bisect"],
    "calendar": ["test_calendar"],
    "configparser": ["test_configparser"],
    "contextlib": ["test_contextlib", "test_contextlib_async"],
    "copy": ["test_copy"],
    "csv": ["test_csv"],
    "fnmatch": ["test_fnmatch"],
    "fractions": ["test_fractions"],
    "graphlib": ["test_graphlib"],
    "html": ["test_html", "test_htmlparser"],
    "ipaddress": ["test_ipaddress"],
    "pprint": ["test_pprint"],
    "queue": ["test_queue"],
    "reprlib": ["test_reprlib"],
    "shlex": ["test_shlex"],
    "string": ["test_string"],
    "urllib.parse": ["test_urlparse"],
}
HOOKED = [
    "test_generators",
    "test_coroutines",
    "test_exceptions",
    "test_class",
    "test_descr",
    "test_super",
    "test_sys_settrace",
    "test_sys_setprofile",
    "test_monitoring",
]
#: Tests of which function or line is traced: code with calls in it differs there by its nature.
NOT_INSTRUMENTED = {"test_sys_settrace", "test_sys_setprofile", "test_monitoring"}
#: So many functions have to be replaced in each version, over all modules.
LEAST_FUNCTIONS = 200
#: Tests that see which code object runs, what is specialised, how many objects there are, or when a signal is handled:
#: where functions run other code, they end otherwise.
SEES_CODE = {
    "syntax",  # g.gi_code is f.__code__
    "test_slots",  # counts objects, of which a copy of a code object is one
    "test_clear",  # events of one code object by sys.monitoring
    "test_no_unwind_for_shim_frame",  # looks for an instruction that is specialised without a hook only
    "test_raise_and_yield_from",  # between which instructions a signal is handled
    "test_recursion_error_cleanup",  # a call more at the recursion limit
}
#: Hooks that tests are run under.
KINDS = ("hooked", "copied", "instrumented")
TIME = 300


# In the child, which runs under the version that is tested.


def replace_functions(name: str, folder: str) -> tuple[int, list[str]]:
    """Let all functions of a module or package, in all copies of it, run their recompiled code."""
    import gc
    import types

    import lancehead

    module = importlib.import_module(name)
    assert module.__file__ is not None
    path = os.path.dirname(module.__file__) + os.sep if hasattr(module, "__path__") else module.__file__
    known: dict[types.CodeType, types.CodeType | None] = {}
    refused = []
    replaced = 0
    for function in gc.get_objects():
        if not isinstance(function, types.FunctionType) or not function.__code__.co_filename.startswith(path):
            continue
        code = function.__code__
        if code not in known:
            file = os.path.join(folder, f"{name}-{len(known)}.py")
            try:
                known[code] = lancehead.recompile(code, filename=file)
            except lancehead.RecompilationError as error:
                known[code] = None
                refused.append(str(error))
        new = known[code]
        if new is not None:
            function.__code__ = new
            replaced += 1
    return len([new for new in known.values() if new is not None]), refused


def outcome(names: list[str], around: Callable[[], Any], first: Callable[[], Any]) -> dict[str, Any]:
    """What the tests of these modules end in, within a context, after something was done."""
    import unittest
    import warnings

    warnings.simplefilter("ignore")
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromName("test." + name) for name in names)
    result = unittest.TestResult()
    extra = first()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), around():
        suite.run(result)
    failed = [str(test) for test, _ in result.failures + result.errors]
    texts = {str(test): text for test, text in result.failures + result.errors}
    return {"run": result.testsRun, "failed": sorted(failed), "texts": texts, "extra": extra}


@contextlib.contextmanager
def recorded() -> Iterator[None]:
    """CPython's own frame evaluation function, which changes nothing."""
    import _testinternalcapi

    _testinternalcapi.set_eval_frame_record([])
    try:
        yield
    finally:
        _testinternalcapi.set_eval_frame_default()


@contextlib.contextmanager
def instrumented() -> Iterator[None]:
    """A hook that lets each function of the tests run its code with calls of a hook in it."""
    import builtins

    import lancehead

    def choose(code: types.CodeType) -> types.CodeType | None:
        if "test" not in os.path.basename(code.co_filename):
            return None
        return lancehead.instrument(code, hook="__tell__", starts=True, branches=True).code.to_code()

    builtins.__dict__["__tell__"] = abs
    with lancehead.frame_hook(choose):
        yield


def child(kind: str, names: list[str]) -> None:
    """Run tests and say how they ended."""
    import lancehead

    around: Callable[[], Any] = contextlib.nullcontext
    first: Callable[[], Any] = list
    tests = names
    if kind in ("recompiled", "untouched"):
        tests = RECOMPILED[names[0]]
    folder = tempfile.TemporaryDirectory()
    if kind == "recompiled":
        first = lambda: replace_functions(names[0], folder.name)  # noqa: E731
    elif kind == "hooked":
        around = lambda: lancehead.frame_hook(lambda code: None)  # noqa: E731
    elif kind == "copied":
        around = lambda: lancehead.frame_hook(lambda code: code.replace())  # noqa: E731
    elif kind == "instrumented":
        around = instrumented
    elif kind == "recorded":
        around = recorded
    out = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    tests = [test for test in tests if has_test(test)]
    answer = outcome(tests, around, first)
    os.write(out, json.dumps(answer).encode())
    folder.cleanup()
    os._exit(0)


def has_test(name: str) -> bool:
    """Whether this version has a test module."""
    import importlib.util

    return importlib.util.find_spec("test." + name) is not None


# In the parent.


def ask(python: str, kind: str, *names: str) -> dict[str, Any]:
    """The outcome of tests in a process of their own."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    command = [python, str(Path(__file__).resolve()), "--child", kind, *names]
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "out"), "w+b") as out:
        try:
            done = subprocess.run(
                command, env=environment, cwd=folder, stdout=out, stderr=subprocess.PIPE, timeout=TIME, check=False
            )
        except subprocess.TimeoutExpired:
            return {"run": 0, "failed": ["it did not end"], "texts": {}, "extra": None}
        out.seek(0)
        text = out.read()
    if done.returncode != 0 or not text:
        errors = done.stderr.decode(errors="replace")
        return {"run": 0, "failed": [f"status {done.returncode}: {errors[-1500:]}"], "texts": {}, "extra": None}
    answer: dict[str, Any] = json.loads(text)
    return answer


def difference(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Tests that end otherwise, with what they say."""
    lines = [] if before["run"] == after["run"] else [f"{after['run']} tests ran, before {before['run']}"]
    for test in sorted(set(after["failed"]) ^ set(before["failed"])):
        lines.append(f"{test}: {(after['texts'].get(test) or 'fails no more')[-600:]}")
    return lines


def check_recompiled(version: str, python: str, only: str | None) -> list[str]:
    """Modules of the library made of recompiled functions."""
    problems, functions, tests = [], 0, 0
    for name in [only] if only else RECOMPILED:
        before, after = ask(python, "untouched", name), ask(python, "recompiled", name)
        problems += [f"{version}: {name}: {line}" for line in difference(before, after)]
        replaced, refused = after["extra"] or (0, [])
        functions += replaced
        tests += after["run"]
        for reason in refused:
            print(f"    {name}: not replaced: {reason}"[:200])
    print(f"{version}: {tests} tests, {functions} functions recompiled", flush=True)
    if not only and functions < LEAST_FUNCTIONS:
        problems.append(f"{version}: only {functions} functions were replaced")
    return problems


def check_hooked(version: str, python: str, only: str | None, kind: str) -> list[str]:
    """Tests under a hook that changes nothing, or what functions run."""
    problems, tests = [], 0
    names = [only] if only else HOOKED if kind != "instrumented" else [n for n in HOOKED if n not in NOT_INSTRUMENTED]
    for name in names:
        before, after = ask(python, "untouched-tests", name), ask(python, kind, name)
        tests += after["run"]
        found = difference(before, after)
        if found:
            # Since 3.12 and up to 3.14, tracing tells of the end of an awaited coroutine twice when there is any such
            # function: it is resumed by a call then, which raises (`SEND` in `Python/bytecodes.c`).
            recorded = ask(python, "recorded", name)
            if recorded["run"]:
                found = difference(recorded, after)
        if kind != "hooked":
            found = [line for line in found if line.split(" ", 1)[0].rstrip(":") not in SEES_CODE]
        problems += [f"{version}: {name}: {kind}: {line}" for line in found]
    print(f"{version}: {tests} tests under a frame hook, {kind}", flush=True)
    return problems


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="versions, 3.9 to 3.15; all if none")
    parser.add_argument("--group", choices=("recompiled", *KINDS), help="only these tests")
    parser.add_argument("--module", metavar="NAME", help="only this module")
    parser.add_argument("--child", metavar="KIND", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.names)
    sys.path.insert(0, str(ROOT / "scripts"))
    import interpreters

    problems: list[str] = []
    for version, python in interpreters.found_interpreters(tuple(options.names) or interpreters.VERSIONS[2:]).items():
        probe = [python, "-c", "import test.test_generators"]
        if subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            print(f"note: CPython {version} has no test package here", file=sys.stderr)
            continue
        if options.group in (None, "recompiled"):
            problems += check_recompiled(version, python, options.module)
        for kind in KINDS:
            if options.group in (None, kind):
                problems += check_hooked(version, python, options.module, kind)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
