#!/usr/bin/env python3
"""Run the public tests of `bytecode` 0.19.1 against `lancehead.bytecode`.

    scripts/bytecode-suite.py [--stage DIR] [--tests DIR] [--verbose] [VERSION ...]

Each version runs them twice: with the verification switched off, since the library does not verify, and with it, as it
is by default. Some tests build code that would crash an interpreter; those fail then, and are named in SINFUL.

The tests are downloaded by pip each time, unless `--tests` names a folder that holds the unpacked source distribution,
and never kept. `--stage` names the folder that holds the package `lancehead`, as scripts/test-python.sh lays it out.
A version that has fewer passes than LEAST says, or that fails a test that docs/python/bytecode.md does not explain,
makes this fail; so does a download that does not work, unless LANCEHEAD_OFFLINE=1 says that there is no network.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = "0.19.1"
#: How many tests have to pass for each version, of 170, with the verification switched off.
LEAST = {"3.11": 165, "3.12": 165, "3.13": 165, "3.14": 165, "3.15": 160}
#: How many may fail besides with the verification, because their code is not fit to run.
SINFUL = 11

RUNNER = """
import sys, unittest
import lancehead.bytecode, lancehead.bytecode.utils
lancehead.bytecode.set_verification(sys.argv[1] == "verify")
for name, module in list(sys.modules.items()):
    if name.startswith("lancehead.bytecode"):
        sys.modules[name[len("lancehead."):]] = module
suite = unittest.defaultTestLoader.discover("tests", top_level_dir=".")
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0, buffer=True).run(suite)
failed = {test.test_case if hasattr(test, "test_case") else test for test, _ in result.failures + result.errors}
for test in sorted(failed, key=str):
    print("FAILED", test.id())
for test, reason in result.skipped:
    print("SKIPPED", test.id(), reason)
print("PASSED", result.testsRun - len(failed) - len(result.skipped), "of", result.testsRun)
"""


def download(folder: Path) -> Path:
    """The unpacked source distribution; raises `CalledProcessError` when pip cannot get it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), f"bytecode=={RELEASE}"], check=True)
    (archive_path,) = folder.glob("bytecode-*.tar.gz")
    with tarfile.open(archive_path) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"bytecode-{RELEASE}"


def interpreter(version: str) -> str | None:
    """The interpreter of a version."""
    command = [sys.executable, str(ROOT / "scripts" / "interpreters.py"), "--path", version]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None


def run(version: str, python: str, stage: Path, tests: Path, verify: bool, verbose: bool) -> bool:
    """Whether enough tests pass."""
    environment = {**os.environ, "PYTHONPATH": str(stage), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [python, "-c", RUNNER, "verify" if verify else "trust"],
        cwd=tests,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=900,
        check=False,
    )
    if verbose:
        print(done.stdout)
    found = re.search(r"^PASSED (\d+) of (\d+)$", done.stdout, re.MULTILINE)
    if not found:
        print(done.stdout[-4000:])
        print(f"bytecode suite {version}: did not run to its end (status {done.returncode})")
        return False
    passed, total = map(int, found.groups())
    failed = re.findall(r"^FAILED (tests.*)$", done.stdout, re.MULTILINE)
    skipped = re.findall(r"^SKIPPED (.*)$", done.stdout, re.MULTILINE)
    explained = (ROOT / "docs" / "python" / "bytecode.md").read_text(encoding="utf-8")
    unexplained = [test for test in failed if test.rsplit(".", 1)[-1] not in explained]
    how = "verified" if verify else "not verified"
    least = LEAST[version] - (SINFUL if verify else 0)
    ended = f"{passed} of {total} pass, {len(failed)} fail, {len(skipped)} skipped"
    print(f"bytecode suite {version}, {how}: {ended}")
    for test in failed:
        print(f"  {'fails, not explained' if test in unexplained else 'fails, as explained'}: {test}")
    if passed < least:
        print(f"bytecode suite {version}, {how}: at least {least} have to pass")
    return passed >= least and not unexplained


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description="Run the tests of `bytecode` against lancehead.bytecode.")
    parser.add_argument("versions", nargs="*", default=list(LEAST))
    parser.add_argument("--stage", type=Path, default=ROOT / "target" / "python")
    parser.add_argument("--tests", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            tests = options.tests or download(Path(folder))
        except subprocess.CalledProcessError:
            offline = os.environ.get("LANCEHEAD_OFFLINE") == "1"
            print(
                f"bytecode suite: {'SKIPPED' if offline else 'failed'}: its tests cannot be downloaded", file=sys.stderr
            )
            return 0 if offline else 1
        for version in options.versions:
            python = interpreter(version)
            if python is None:
                print(f"note: no CPython {version} to run the tests of bytecode on", file=sys.stderr)
                status |= os.environ.get("LANCEHEAD_REQUIRE_INTERPRETERS") == "1"
                continue
            for verify in (False, True):
                fine = run(version, python, options.stage.resolve(), tests.resolve(), verify, options.verbose)
                status |= not fine
    return status


if __name__ == "__main__":
    sys.exit(main())
