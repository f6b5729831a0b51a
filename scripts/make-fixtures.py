#!/usr/bin/env python3
"""Compile fixtures/*.py with every CPython from 3.7 to 3.15 into fixtures/pyc/X.Y/.

    scripts/make-fixtures.py            write what is missing or differs, remove what has no source any more
    scripts/make-fixtures.py --check    write nothing; status 1 if anything would change

The first comment lines of a fixture may say
    # since: 3.10         the first version whose grammar has it (3.7 if not said)
    # optimise: 1 2       also compile with -O and -OO, to NAME.opt-1.pyc and NAME.opt-2.pyc

The same interpreter release always gives the same bytes: headers hold the source's hash and not its time, set
constants are ordered by a fixed hash seed, each file has a process of its own so that what is interned does not
depend on its neighbours, and co_filename is relative. fixtures/pyc/RELEASES says which release made each folder;
another release of the same version may compile differently, so --check skips that folder and says so.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import interpreters

FIXTURES = interpreters.ROOT / "fixtures"
RELEASES = FIXTURES / "pyc" / "RELEASES"
COMPILE = """
import py_compile, sys, warnings
warnings.simplefilter("ignore")
source, target, shown, optimize = sys.argv[1:]
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
py_compile.compile(source, target, shown, doraise=True, optimize=int(optimize), invalidation_mode=mode)
"""


@dataclass(frozen=True)
class Fixture:
    """One source file and what its header asks for."""

    source: Path
    since: int
    optimise: tuple[int, ...]

    @classmethod
    def read(cls, source: Path) -> Fixture:
        """Read the header comments of `source`."""
        text = source.read_text(encoding="utf-8")
        since = re.search(r"^# since: 3\.(\d+)$", text, re.MULTILINE)
        optimise = re.search(r"^# optimise: ([12 ]+)$", text, re.MULTILINE)
        levels = tuple(int(level) for level in optimise.group(1).split()) if optimise else ()
        return cls(source, int(since.group(1)) if since else 7, (0, *levels))

    def outputs(self) -> dict[str, int]:
        """The names of the files made from it, and the optimisation level of each."""
        stem = self.source.stem
        return {f"{stem}.opt-{level}.pyc" if level else f"{stem}.pyc": level for level in self.optimise}


def compile_one(python: str, fixture: Fixture, target: Path, level: int) -> str | None:
    """Compile one fixture to `target`; the error's last line if it does not compile."""
    shown = f"fixtures/{fixture.source.name}"
    # not -I: isolated mode would ignore PYTHONHASHSEED
    command = [python, "-s", "-c", COMPILE, str(fixture.source), str(target), shown, str(level)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")
    return None if done.returncode == 0 else f"{shown}: {done.stderr.strip().splitlines()[-1:]}"


def compile_version(python: str, version: str, folder: Path) -> list[str]:
    """Compile all fixtures that `version` has the grammar for into `folder`; the errors."""
    fixtures = [Fixture.read(source) for source in sorted(FIXTURES.glob("*.py"))]
    minor = int(version.split(".")[1])
    jobs = [
        (fixture, folder / name, level)
        for fixture in fixtures
        if minor >= fixture.since
        for name, level in fixture.outputs().items()
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda job: compile_one(python, *job), jobs)
        return [f"{version}: {error}" for error in results if error]


def differences(made: Path, kept: Path) -> list[str]:
    """The names of files that are not the same in both folders."""
    names = {path.name for folder in (made, kept) if folder.is_dir() for path in folder.iterdir()}
    return [name for name in sorted(names) if read_or_none(made / name) != read_or_none(kept / name)]


def read_or_none(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def install(made: Path, kept: Path, names: list[str]) -> None:
    """Bring `kept` to what `made` holds, for these names."""
    kept.mkdir(parents=True, exist_ok=True)
    for name in names:
        data = read_or_none(made / name)
        if data is None:
            (kept / name).unlink()
        else:
            (kept / name).write_bytes(data)


def read_releases() -> dict[str, str]:
    """Which release made each version's folder."""
    text = RELEASES.read_text() if RELEASES.exists() else ""
    return {release.rpartition(".")[0]: release for release in text.split()}


def write_releases(releases: dict[str, str]) -> None:
    ordered = sorted(releases.values(), key=lambda release: [int(part) for part in re.findall(r"\d+", release)])
    RELEASES.write_text("".join(release + "\n" for release in ordered))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if anything would change")
    check = parser.parse_args().check
    releases, failures = read_releases(), 0
    for version, python in interpreters.found_interpreters().items():
        release = interpreters.release(python) or version
        if check and releases.get(version) != release:
            print(f"{version}: made by {releases.get(version)}, here is {release}: not compared")
            continue
        with tempfile.TemporaryDirectory() as temporary:
            made, kept = Path(temporary), FIXTURES / "pyc" / version
            errors = compile_version(python, version, made)
            changed = differences(made, kept)
            count = len(list(made.iterdir()))
            if not check:
                install(made, kept, changed)
        releases[version] = release
        print(f"{version}: {count} files by {release}, {len(changed)} {'differ' if check else 'changed'}")
        for line in errors + (changed if check else []):
            print(f"    {line}")
        failures += len(errors) + (len(changed) if check else 0)
    if not check:
        write_releases(releases)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
