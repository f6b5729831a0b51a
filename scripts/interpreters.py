#!/usr/bin/env python3
"""Find the CPython interpreters that the tests and measurements run against.

    scripts/interpreters.py                 list what is found, one `version path release` a line
    scripts/interpreters.py --path 3.12     print one path; status 1 if there is none
    scripts/interpreters.py --require-all   status 1 unless all nine are found

An interpreter is looked for in this order: the variable PYTHON_3_12, the newest patch release under pyenv
(PYENV_ROOT, or ~/.pyenv), the folder that get-python.sh fills (LANCEHEAD_PYTHONS, or .pythons beside scripts),
`python3.12` on the PATH.
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = tuple(f"3.{minor}" for minor in range(7, 16))


def pythons_folder() -> Path:
    """The folder that get-python.sh unpacks interpreters into, one subfolder a version."""
    return Path(os.environ.get("LANCEHEAD_PYTHONS", ROOT / ".pythons"))


def pyenv_candidates(version: str) -> list[Path]:
    """Pyenv's interpreters of `version`, newest patch release first."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    patches = [path for path in root.glob(f"versions/{version}.*") if path.name.split(".")[2].isdigit()]
    patches.sort(key=lambda path: int(path.name.split(".")[2]), reverse=True)
    return [path / "bin" / "python" for path in patches]


def candidates(version: str) -> Iterator[str]:
    """Every place where `version` may be, most specific first."""
    named = os.environ.get("PYTHON_" + version.replace(".", "_"))
    if named:
        yield named
        return
    yield from map(str, pyenv_candidates(version))
    yield str(pythons_folder() / version / "bin" / f"python{version}")
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path


def release(path: str) -> str | None:
    """The full version that an interpreter says it is (`3.12.1`), or None if it does not run."""
    command = [path, "-I", "-c", "import platform; print(platform.python_implementation(), platform.python_version())"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    implementation, _, number = done.stdout.strip().partition(" ")
    return number if done.returncode == 0 and implementation == "CPython" else None


@functools.cache
def find(version: str) -> str | None:
    """The path of a working interpreter of `version`, or None."""
    for path in candidates(version):
        found = release(path)
        if found is not None and found.startswith(version + "."):
            return path
    return None


def found_interpreters(wanted: tuple[str, ...] = VERSIONS) -> dict[str, str]:
    """The interpreters found among `wanted`, oldest first. What is missing is said on standard error."""
    found = {}
    for version in wanted:
        path = find(version)
        if path is None:
            print(f"note: no CPython {version} found; nothing is tested against it", file=sys.stderr)
        else:
            found[version] = path
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--path", metavar="X.Y", help="print the path of this version's interpreter")
    parser.add_argument("--require-all", action="store_true", help="fail unless 3.7 to 3.15 are all found")
    arguments = parser.parse_args()
    if arguments.path:
        path = find(arguments.path)
        if path:
            print(path)
        return 0 if path else 1
    found = found_interpreters()
    for version, path in found.items():
        print(version, path, release(path))
    return 1 if arguments.require_all and len(found) < len(VERSIONS) else 0


if __name__ == "__main__":
    sys.exit(main())
