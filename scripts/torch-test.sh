#!/usr/bin/env bash
# Test lancehead.torch under a Python that has PyTorch. It runs on request, since PyTorch is heavy.
#
#     scripts/torch-test.sh PYTHON [UNITTEST OPTIONS]
#
# The native module is that of LANCEHEAD_NATIVE, or what cargo builds here.
# LANCEHEAD_TORCH_PROBLEMS=1 prints which of Dynamo's code objects stay as they are, and why.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$1
shift
library=${LANCEHEAD_NATIVE:-}
if [ -z "$library" ]; then
    cargo build --quiet --release --package lancehead-python
    library=$(find target/release -maxdepth 1 \( -name 'lib_native.so' -o -name 'lib_native.dylib' \) | head -n 1)
fi
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R python/lancehead "$stage"
rm -f "$stage"/lancehead/_native*.so
cp "$library" "$stage/lancehead/_native.abi3.so"
export PYTHONPATH="$stage${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1
status=0
for tests in python/tests/torch/test_*.py; do
    "$python" "$tests" "$@" || status=1
done
exit "$status"
