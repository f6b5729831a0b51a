#!/usr/bin/env python3
"""Measure `lancehead.torch` on the programs in ``python/tests/torch/programs``, with depyf beside it in the same run.

    scripts/torch-score.py PYTHON...                      Pythons that have PyTorch, and depyf if it shall be compared
    scripts/torch-score.py PYTHON --backend inductor      eager, aot_eager (both unless told), inductor
    scripts/torch-score.py PYTHON --only models           programs whose names begin so
    scripts/torch-score.py PYTHON --jobs 8                that many processes at a time
    scripts/torch-score.py PYTHON --check                 status 1 where less is reached than scores/torch.json says
    scripts/torch-score.py PYTHON --update                write what was measured into scores/torch.json

Of each code object that Dynamo makes is asked whether it was decompiled, whether that, or what it compiles to, is
proven to do the same, and whether what runs is code compiled from that source, in programs that do what they do
without us: the same results, gradients, exceptions, output, and frames compiled. depyf is compared with the backend
eager only.

All rows go to target/torch/VERSIONS-BACKEND.json. Code objects of Dynamo that did not run as source go to a folder of
that name, each with marshal. The native module is that of LANCEHEAD_NATIVE, or what cargo builds here. With
LANCEHEAD_TORCH_DEVICE=cuda, tensors and models are on that device.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "python/tests/torch"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RATCHET = ROOT / "scores" / "torch.json"
TOOLS = ("lancehead", "depyf")
SHARES = ("decompiled", "proven", "running")
LIST = "import programs; print(*programs.FUNCTIONS, *programs.MODELS, sep='\\n')"
VERSION = "import sys, torch; print(torch.__version__.partition('+')[0], '%d.%d' % sys.version_info[:2])"


def stage(folder: Path) -> Path:
    """The package with its native module, in ``folder``."""
    library = os.environ.get("LANCEHEAD_NATIVE")
    if library is None:
        subprocess.run(
            ["cargo", "build", "--quiet", "--release", "--package", "lancehead-python"], cwd=ROOT, check=True
        )
        release = TARGET / "release"
        library = next(
            str(release / name) for name in ("lib_native.so", "lib_native.dylib") if (release / name).exists()
        )
    skip = shutil.ignore_patterns("_native*.so", "__pycache__")
    shutil.copytree(ROOT / "python/lancehead", folder / "lancehead", ignore=skip)
    shutil.copy(library, folder / "lancehead/_native.abi3.so")
    return folder


def ask(python: str, env: dict[str, str], text: str) -> list[str]:
    """The words that a short program prints."""
    result = subprocess.run([python, "-c", text], env=env, cwd=PROGRAMS, capture_output=True, text=True, check=True)
    return result.stdout.split()


def rows(python: str, env: dict[str, str], backend: str, names: list[str], left: Path) -> Iterator[dict[str, Any]]:
    """What `measure.py` says of each program; where it dies, that program failed, and it goes on with the next."""
    names = list(names)
    while names:
        command = [python, "-W", "ignore", "measure.py", backend, str(left), *names]
        begun = None
        with subprocess.Popen(
            command, env=env, cwd=PROGRAMS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                said = json.loads(line)
                begun = said.get("begin", begun)
                if "program" in said:
                    begun = None
                    names.remove(said["program"])
                    yield said
        if begun is None:
            if names:
                raise SystemExit(f"{python}: measure.py ended with status {process.returncode}")
            return
        names.remove(begun)
        yield {"program": begun, "died": process.returncode}


def measure(
    python: str, env: dict[str, str], backend: str, names: list[str], left: Path, jobs: int
) -> list[dict[str, Any]]:
    """The rows of all programs, in their order."""
    with ThreadPoolExecutor(jobs) as pool:
        parts = pool.map(
            lambda part: list(rows(python, env, backend, part, left)), [names[number::jobs] for number in range(jobs)]
        )
        by_name = {row["program"]: row for part in parts for row in part}
    return [by_name[name] for name in names if name in by_name]


def summary(measured: list[dict[str, Any]], tool: str) -> dict[str, Any]:
    """One tool's counts: over programs, and over Dynamo's code objects."""
    of_tool = [row[tool] for row in measured if tool in row]
    objects = [(made, one["same"]) for one in of_tool for made in one["objects"]]
    counts = Counter(key for made, _ in objects for key in ("decompiled", "proven") if made[key])
    counts["running"] = sum(made["runs"] and same for made, same in objects)
    return {
        "programs": len(measured),
        "same": sum(one["same"] for one in of_tool),
        "objects": len(objects),
        **{key: counts[key] for key in SHARES},
    }


def failures(measured: list[dict[str, Any]]) -> Iterator[str]:
    """What keeps us from a full score."""
    for row in measured:
        if "died" in row:
            yield f"{row['program']}: died with status {row['died']}"
            continue
        one = row["lancehead"]
        if not one["same"]:
            yield f"{row['program']}: behaves otherwise: {one['problem']}"
        for number, made in enumerate(one["objects"]):
            if not (made["runs"] and made["proven"]):
                yield f"{row['program']}.{number} ({made['name']}): {made['problem']}"


def worse(key: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Where the score of ``now`` is below that of ``before``."""
    if now["same"] < before["same"]:
        yield f"{key}: {now['same']} programs do the same, and {before['same']} did"
    for share in SHARES:
        if now[share] * before["objects"] < before[share] * now["objects"]:
            yield f"{key}: {share} {now[share]} of {now['objects']}, and {before[share]} of {before['objects']} before"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="+")
    parser.add_argument("--backend", action="append", choices=("eager", "aot_eager", "inductor"))
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    complaints: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                [str(stage(Path(folder))), str(PROGRAMS), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TORCHINDUCTOR_COMPILE_THREADS": "1",
        }
        for python in options.python:
            names = [name for name in ask(python, env, LIST) if name.startswith(options.only)]
            # Kernels are compiled once: what a C++ compiler makes of them is not what is measured.
            env["TORCHINDUCTOR_CACHE_DIR"] = str(TARGET / "torch/inductor" / "-".join(ask(python, env, VERSION)))
            versions = "torch {}, Python {}".format(*ask(python, env, VERSION))
            for backend in options.backend or ("eager", "aot_eager"):
                device = env.get("LANCEHEAD_TORCH_DEVICE")
                key = f"{versions}, {backend}" + (f" on {device}" if device else "")
                left = TARGET / "torch" / key.replace(", ", "-").replace(" ", "")
                shutil.rmtree(left, ignore_errors=True)
                left.mkdir(parents=True)
                measured = measure(python, env, backend, names, left, options.jobs)
                left.with_suffix(left.suffix + ".json").write_text(json.dumps(measured, indent=1) + "\n")
                for line in failures(measured):
                    print(f"  {line}")
                now = {tool: summary(measured, tool) for tool in TOOLS if any(tool in row for row in measured)}
                for tool, counts in now.items():
                    print(
                        f"{key}, {tool}: {', '.join(f'{name} {count}' for name, count in counts.items())}", flush=True
                    )
                scores = json.loads(RATCHET.read_text()) if RATCHET.exists() else {}
                complaints += worse(key, scores.get(key, now)["lancehead"], now["lancehead"])
                if options.update:
                    # At once: the rest may take an hour.
                    RATCHET.write_text(json.dumps(dict(sorted((scores | {key: now}).items())), indent=2) + "\n")
    if options.check:
        print(*complaints, sep="\n", file=sys.stderr)
    return int(options.check and bool(complaints))


if __name__ == "__main__":
    sys.exit(main())
