"""Compares the round trip of code objects with that of the Python library `bytecode`, in one run.

Both take the code objects of 150 modules of this interpreter's standard library apart, into instructions with
labels, and put them together again; processor time is what counts. Needs `bytecode` (`pip install bytecode`) and,
from the repository's root, `cargo build --release -p lancehead-code --example round_trip`;
"""

import marshal
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
import types

from bytecode import Bytecode

MODULES = 150


def sources():
    root = os.path.dirname(os.__file__)
    for name in sorted(os.listdir(root)):
        if name.endswith(".py"):
            yield os.path.join(root, name)


def tree(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from tree(constant)


def seconds(codes):
    begin = time.process_time()
    for code in codes:
        Bytecode.from_code(code).to_code()
    return time.process_time() - begin


def child_seconds(*command):
    """The processor time of a command: reading the file counts, so two runs are compared."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.check_call([str(part) for part in command], stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main(example):
    modules = []
    for path in sources():
        with open(path, "rb") as file:
            modules.append(compile(file.read(), path, "exec", dont_inherit=True))
        if len(modules) == MODULES:
            break
    codes = [code for module in modules for code in tree(module)]
    theirs = min(seconds(codes) for _ in range(3))
    print("bytecode:  %.3f seconds for %d code objects" % (theirs, len(codes)))
    with tempfile.NamedTemporaryFile(suffix=".marshal") as file:
        for module in modules:
            data = marshal.dumps(module)
            file.write(struct.pack("<I", len(data)) + data)
        file.flush()
        version = "%d.%d" % sys.version_info[:2]
        ours = (child_seconds(example, version, file.name, 60) - child_seconds(example, version, file.name, 10)) / 50
    print("lancehead: %.3f seconds" % ours)
    print("ratio: %.0f" % (theirs / ours))


main(sys.argv[1])
