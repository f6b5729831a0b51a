#!/usr/bin/env python3
"""Build a wheel that satisfies what other packages demand of `bytecode` or `depyf`, by Lancehead.

    packaging/build-shim.py bytecode [--version 0.19.1] [--out DIR]
    packaging/build-shim.py depyf [--version 0.20.0] [--out DIR]
    pip install DIR/bytecode-0.19.1+lancehead-py3-none-any.whl

A package that pins `bytecode==0.17.0` gets `--version 0.17.0`: a version with a local part satisfies the pin. The wheel
holds one file, which lets `lancehead.bytecode` stand in, and depends on `lancehead`. Built twice, it is the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: The release whose interface each package has.
VERSIONS = {"bytecode": "0.19.1", "depyf": "0.20.0"}
SUMMARY = "The name {name} for lancehead.{name}."


def members(name: str, version: str) -> dict[str, bytes]:
    """The files of the wheel, but for its record."""
    info = f"{name}-{version}.dist-info"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        f"Summary: {SUMMARY.format(name=name)}",
        "License: MIT OR Apache-2.0",
        "Requires-Python: >=3.9",
        "Requires-Dist: lancehead",
        "",
    ]
    wheel = ["Wheel-Version: 1.0", "Generator: lancehead", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
    source = HERE / f"{name}-shim" / name / "__init__.py"
    return {
        f"{name}/__init__.py": source.read_bytes(),
        f"{name}/py.typed": b"",
        f"{info}/METADATA": "\n".join(metadata).encode(),
        f"{info}/WHEEL": "\n".join(wheel).encode(),
    }


def record(files: dict[str, bytes], name: str) -> bytes:
    """The wheel's list of what is in it."""
    lines = []
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{name},,", ""]).encode()


def build(name: str, release: str, out: Path) -> Path:
    """Write the wheel and give its path."""
    version = f"{release}+lancehead"
    files = members(name, version)
    listed = f"{name}-{version}.dist-info/RECORD"
    files[listed] = record(files, listed)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in files.items():
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), data)
    return path


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name", choices=sorted(VERSIONS))
    parser.add_argument("--version", help="the release that is asked for")
    parser.add_argument("--out", type=Path, default=Path("dist"), help="where the wheel goes")
    options = parser.parse_args()
    print(build(options.name, options.version or VERSIONS[options.name], options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
