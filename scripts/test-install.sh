#!/usr/bin/env bash
# Install the Python package from a clean checkout with each interpreter found, 3.9 to 3.15, and use it there.
#
#     scripts/test-install.sh [VERSION ...]
#
# `pip install .` has to do, as for any package; and the wheel that the first interpreter makes has to serve all. pip gets
# maturin from where it is set up to get packages. What is committed is tested. Everything is done in target/install.
# CARGO_PROFILE_RELEASE_LTO=off and the like make it quicker.
set -euo pipefail
cd "$(dirname "$0")/.."

place=$PWD/target/install
checkout=$place/checkout
export CARGO_TARGET_DIR=$place/build PIP_DISABLE_PIP_VERSION_CHECK=1
rm -rf "$checkout" "$place/wheel" "$place/venv"
mkdir -p "$place"
git clone --quiet --no-hardlinks . "$checkout"

# What an installed package has to do, away from any checkout.
use() {
    (
        cd "$place/venv"
        bin/python - << 'END'
import importlib.metadata, importlib.resources, json, os, tempfile, textwrap, types
import lancehead

assert "site-packages" in lancehead.__file__, lancehead.__file__
assert importlib.metadata.version("lancehead") == lancehead.__version__
files = {file.name for file in importlib.resources.files("lancehead").iterdir()}
assert {"py.typed", "_native.pyi"} <= files, files
assert "def dumps(obj" in lancehead.decompile(json.dumps, strict=True)
with tempfile.TemporaryDirectory() as folder:
    code = lancehead.recompile(textwrap.dedent, filename=os.path.join(folder, "dedent.py"))
    dedent = types.FunctionType(code, textwrap.dedent.__globals__)
    assert dedent("  a\n   b\n") == "a\n b\n"
import lancehead.depyf, lancehead.torch
END
        printf 'def f(x):\n    return [y for y in x if y]\n' > example.py
        bin/python -c 'import py_compile; py_compile.compile("example.py", "example.pyc")'
        bin/lancehead --version > /dev/null
        bin/lancehead decompile example.pyc | grep -q 'return \[y for y in x if y\]'
        bin/python -m lancehead info example.pyc | grep -q 'f'
    )
}

passed=0
status=0
wheel=
[ $# -gt 0 ] || set -- 3.9 3.10 3.11 3.12 3.13 3.14 3.15
for version in "$@"; do
    python=$(scripts/interpreters.py --path "$version" 2> /dev/null || true)
    if [ -z "$python" ]; then
        echo "note: no CPython $version to install the package in" >&2
        [ "${LANCEHEAD_REQUIRE_INTERPRETERS:-}" != 1 ] || status=1
        continue
    fi
    if ! "$python" -c 'import ensurepip' 2> /dev/null; then
        echo "note: CPython $version has no ensurepip, which environments are made with" >&2
        continue
    fi
    rm -rf "$place/venv"
    "$python" -m venv "$place/venv"
    log=$place/$version.log
    {
        pip() { "$place/venv/bin/python" -m pip "$@"; }
        pip install --no-deps "$checkout" && use &&
            if [ -z "$wheel" ]; then
                pip wheel --no-deps --wheel-dir "$place/wheel" "$checkout"
            fi
    } > "$log" 2>&1 || { status=1; echo "python $version: pip install . failed"; tail -n 30 "$log"; continue; }
    wheel=$(ls "$place"/wheel/lancehead-*-cp39-abi3-*.whl)
    if pip install --no-deps --no-index --force-reinstall "$wheel" >> "$log" 2>&1 && use >> "$log" 2>&1; then
        passed=$((passed + 1))
        echo "python $version: installed from the checkout, and from $(basename "$wheel")"
    else
        status=1
        echo "python $version: $(basename "$wheel") does not serve"
        tail -n 30 "$log"
    fi
done
echo "python installations: $passed passed"
exit "$status"
