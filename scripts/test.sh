#!/usr/bin/env bash
# Run all tests, after laying out what they need: CPython 3.14 and 3.15, where the machine has none.
#
#     scripts/test.sh [CARGO TEST OPTIONS]
#     scripts/test.sh releases [RELEASE…]   the patch releases of scripts/releases.py instead: genuine pairs are checked,
#                                           each laid out first if it is missing
#     scripts/test.sh mutants [VERSION…]    1,000 changed sources a version instead: all must be told apart
#
# Tests against an interpreter that is missing all the same are skipped with a note; LANCEHEAD_REQUIRE_INTERPRETERS=1 makes
# that a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    releases)
        shift
        scripts/releases.py --get "$@" || echo "error: a release is missing" >&2
        [ $# -gt 0 ] || set -- --matrix
        exec scripts/check-pairs.py "$@"
        ;;
    mutants)
        shift
        exec scripts/mutants.py "$@"
        ;;
esac

python=$(command -v python3 || true)
if [ -n "$python" ]; then
    for version in 3.14 3.15; do
        "$python" scripts/interpreters.py --path "$version" > /dev/null ||
            scripts/get-python.sh "$version" > /dev/null || echo "note: going on without CPython $version" >&2
    done
    # Tests are told what was found, so that all look in the same places.
    while read -r version path _; do
        export "PYTHON_${version/./_}=$path"
    done < <("$python" scripts/interpreters.py 2> /dev/null)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --workspace "$@" 2>&1 | tee "$log" || status=$?
python_status=0
python_log=$(mktemp)
trap 'rm -f "$log" "$python_log"' EXIT
if [ -n "$python" ] && [ $# -eq 0 ]; then
    "$python" scripts/architecture.py || python_status=1
    scripts/test-python.sh 2>&1 | tee "$python_log" || python_status=$?
    cargo build --quiet --package lancehead --example adversary &&
        scripts/adversary.py --stride 97 --offset 1 2>&1 | tee -a "$python_log" || python_status=1
    cargo build --quiet --bin lancehead &&
        scripts/docs.py 2>&1 | tee -a "$python_log" || python_status=1
    scripts/bytecode-suite.py 2>&1 | tee -a "$python_log" || python_status=1
fi
cat "$python_log" >> "$log"
[ "$status" -ne 0 ] || status=$python_status
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
     /^python package:/ { passed += $3 }
     END { printf "all tests: %d passed, %d failed, %d ignored\n", passed, failed, ignored }' "$log"
exit "$status"
