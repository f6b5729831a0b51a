#!/usr/bin/env bash
# Test the Python package on each interpreter found, 3.9 to 3.15: one binary for all of them.
#
#     scripts/test-python.sh [--release] [UNITTEST OPTIONS]
#
# The package is put together in target/python from what cargo built, as a wheel has it, so that this needs no network.
# Interpreters that are missing are named; LANCEHEAD_REQUIRE_INTERPRETERS=1 makes that a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=debug
options=()
if [ "${1:-}" = --release ]; then
    profile=release
    options=(--release)
    shift
fi
cargo build --quiet --package lancehead-python ${options[@]+"${options[@]}"}

stage=target/python
rm -rf "$stage"
mkdir -p "$stage"
cp -R python/lancehead python/tests "$stage"
find "$stage" -name __pycache__ -prune -exec rm -rf {} +
rm -f "$stage"/lancehead/_native*.so
library=$(find "target/$profile" -maxdepth 1 \( -name 'lib_native.so' -o -name 'lib_native.dylib' \) | head -n 1)
cp "$library" "$stage/lancehead/_native.abi3.so"

passed=0
status=0
for version in 3.9 3.10 3.11 3.12 3.13 3.14 3.15; do
    python=$(scripts/interpreters.py --path "$version" 2> /dev/null || true)
    if [ -z "$python" ]; then
        echo "note: no CPython $version to test the package on" >&2
        [ "${LANCEHEAD_REQUIRE_INTERPRETERS:-}" != 1 ] || status=1
        continue
    fi
    log=$(mktemp)
    if LANCEHEAD_ROOT=$PWD PYTHONPATH="$stage" PYTHONDONTWRITEBYTECODE=1 \
        "$python" -m unittest discover -s "$stage/tests" -t "$stage" "$@" > "$log" 2>&1; then
        count=$(sed -n 's/^Ran \([0-9]*\) tests\{0,1\} in.*/\1/p' "$log")
        passed=$((passed + count))
        echo "python $version: $count tests passed"
    else
        status=1
        echo "python $version: failed"
        cat "$log"
    fi
    rm -f "$log"
done
echo "python package: $passed tests passed"
exit "$status"
