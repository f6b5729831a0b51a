#!/usr/bin/env python3
"""Decompile and recompile every function of each interpreter's library, loaded live; count those that come back equal.

    scripts/score-live.py [VERSION ...] [--every N] [--check | --update]

The package has to be in target/python: scripts/test-python.sh puts it together. The modules of a library are imported
and scored in child processes with bounds of time and memory; what ends one of them counts against the function, or the
module, that it happened in, and the run goes on behind it. The figures are kept in scores/live.json.
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
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RATCHET = ROOT / "scores" / "live.json"
PACKAGE = ROOT / "target" / "python"
#: What does something when it is imported, or has no business in a running program.
SKIPPED = {"antigravity", "this", "idlelib", "turtledemo", "test", "lib2to3", "tkinter", "turtle", "site-packages"}
#: Per cent of functions that have to be equal.
BAR = 99.0
MEMORY = 4 << 30
#: Seconds without a word from a child, after which it hangs.
SILENCE = 60.0
#: Modules that one child imports.
BATCH = 60


# In the child, which runs under the version that is scored.


def library_modules(library: str) -> Iterator[tuple[str, str]]:
    """The modules of the library that are written in Python: names and paths."""
    for folder, folders, files in os.walk(library):
        inside = os.path.relpath(folder, library)
        folders[:] = sorted(name for name in folders if name.isidentifier() and name not in SKIPPED | {"tests"})
        package = [] if inside == "." else inside.split(os.sep)
        for file in sorted(files):
            stem, extension = os.path.splitext(file)
            if extension == ".py" and stem.isidentifier() and stem != "__main__" and stem not in SKIPPED:
                names = package if stem == "__init__" else [*package, stem]
                if names:
                    yield ".".join(names), os.path.join(folder, file)


def functions_of(paths: set[str]) -> list[Any]:
    """The code of all functions in memory that come from these files, each once."""
    import gc
    import types

    found = {
        id(function.__code__): function.__code__
        for function in gc.get_objects()
        if isinstance(function, types.FunctionType) and function.__code__.co_filename in paths
    }
    return sorted(found.values(), key=lambda code: (code.co_filename, code.co_firstlineno, code.co_name, code.co_code))


def child(names: list[str], every: int, skip: int) -> None:
    """Import modules and score their functions but the first `skip`; say what is done, and what came of it."""
    import resource
    import warnings

    import lancehead

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    library = os.path.dirname(os.__file__)
    paths = dict(library_modules(library))
    out = os.fdopen(os.dup(1), "w", buffering=1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    warnings.simplefilter("ignore")
    wanted = names or list(paths)
    for name in wanted:
        print("import", name, file=out)
        quiet = io.StringIO()
        with contextlib.suppress(BaseException), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        codes = functions_of({paths[name] for name in wanted if name in paths})[::every]
        for code in codes[skip:]:
            where = f"{os.path.relpath(code.co_filename, library)}:{code.co_firstlineno} {code.co_name}"
            print("begin", where, file=out)
            try:
                lancehead.recompile(code, filename=os.path.join(folder, "source.py"))
                print("equal", file=out)
            except lancehead.RecompilationError as error:
                print("differs", json.dumps(str(error)), file=out)
            except BaseException as error:
                print("differs", json.dumps(f"{type(error).__name__}: {error}"), file=out)
    print("done", file=out)
    out.flush()
    # Threads and exit handlers of whatever was imported are nobody's business here.
    os._exit(0)


# In the parent.


@dataclass
class Score:
    """What became of the functions of one interpreter's library."""

    release: str
    functions: int = 0
    equal: int = 0
    #: Modules that ended the process that imported them.
    unimportable: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """Per cent of functions that come back equal."""
        return 100 * self.equal / max(self.functions, 1)

    def kept(self) -> dict[str, Any]:
        """What the ratchet holds."""
        kept = asdict(self)
        del kept["failures"]
        return kept


def told(command: list[str], environment: dict[str, str]) -> Iterator[str]:
    """The lines that a child says, until it ends, or is silent for too long and is ended."""
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, cwd=tempfile.gettempdir()
    ) as process:
        assert process.stdout is not None
        timer = threading.Timer(SILENCE, process.kill)
        timer.start()
        for line in process.stdout:
            timer.cancel()
            yield line.rstrip("\n")
            timer = threading.Timer(SILENCE, process.kill)
            timer.start()
        timer.cancel()
        process.kill()


def score_batch(python: str, names: list[str], every: int, score: Score) -> None:
    """Score the functions of some modules, in as many processes as it takes."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    names, skip = list(names), 0
    while names:
        command = [python, str(Path(__file__).resolve()), "--child", "--every", str(every), "--skip", str(skip), *names]
        importing = running = ""
        for line in told(command, environment):
            word, _, rest = line.partition(" ")
            if word == "import":
                importing = rest
            elif word == "begin":
                importing, running = "", rest
            elif word in ("equal", "differs"):
                score.functions += 1
                skip += 1
                if word == "equal":
                    score.equal += 1
                else:
                    score.failures.append((running, json.loads(rest)))
                running = ""
            elif word == "done":
                return
        if running:
            score.functions += 1
            skip += 1
            score.failures.append((running, "ended its process"))
        elif importing:
            score.unimportable.append(importing)
            names.remove(importing)
        else:
            raise SystemExit(f"{python}: cannot score {names}")


def module_names(python: str) -> list[str]:
    """The modules of an interpreter's library."""
    command = [python, str(Path(__file__).resolve()), "--list"]
    return subprocess.check_output(command, text=True).split()


def measure(version: str, python: str, every: int) -> Score:
    """Score one interpreter's library."""
    release = subprocess.check_output([python, "-c", "import platform; print(platform.python_version())"], text=True)
    score = Score(release.strip())
    names = module_names(python)
    for start in range(0, len(names), BATCH):
        score_batch(python, names[start : start + BATCH], every, score)
    return score


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="versions, 3.9 to 3.15; all if none")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth function only")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="show so many of those that are not equal")
    parser.add_argument("--skip", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help=argparse.SUPPRESS)
    ratchet = parser.add_mutually_exclusive_group()
    ratchet.add_argument("--check", action="store_true", help="fail if fewer are equal than scores/live.json says")
    ratchet.add_argument("--update", action="store_true", help="write scores/live.json")
    return parser.parse_args()


def main() -> int:
    """Run the command."""
    options = parse_arguments()
    if options.list:
        print("\n".join(name for name, _ in library_modules(os.path.dirname(os.__file__))))
        return 0
    if options.child:
        child(options.names, options.every, options.skip)
    sys.path.insert(0, str(ROOT / "scripts"))
    import interpreters

    kept = json.loads(RATCHET.read_text()) if RATCHET.exists() else {}
    versions = tuple(options.names or interpreters.VERSIONS[2:])
    problems = []
    for version, python in interpreters.found_interpreters(versions).items():
        score = measure(version, python, options.every)
        before = kept.get(version)
        print(f"{version}: {score.equal} of {score.functions} functions equal ({score.percent:.2f} %)", flush=True)
        for name in score.unimportable:
            print(f"    the import of {name} ended the process")
        for where, reason in score.failures[: options.show]:
            print(f"    {where}: {reason}"[:300])
        if options.show:
            for reason, count in Counter(reason.partition(": ")[2][:50] for _, reason in score.failures).most_common(8):
                print(f"    {count:5} {reason}")
        if score.percent < BAR:
            problems.append(f"{version}: less than {BAR} % are equal")
        if options.check and before and before["release"] == score.release:
            missing = before["functions"] - before["equal"]
            if score.functions - score.equal > missing and score.percent < Score(**before).percent:
                problems.append(f"{version}: {score.functions - score.equal} differ, before {missing}")
        if options.update and options.every == 1:
            kept[version] = score.kept()
            RATCHET.write_text(json.dumps(kept, indent=2) + "\n")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
