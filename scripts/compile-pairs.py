"""Compile sources for checking, under the release that is to compile them.

    compile-pairs.py SOURCES FOLDER LEVEL [PREFIX]

SOURCES lists paths, one a line. Each that compiles with optimization LEVEL is copied to FOLDER as NNNNN_name.py, with
NNNNN_name.pyc beside it. Paths are found under PREFIX.
Runs on 3.7 and later; prints the release and the number of pairs.
"""

import os
import py_compile
import shutil
import sys
import warnings


def main(sources, folder, level, prefix=""):
    warnings.simplefilter("ignore")
    made = 0
    with open(prefix + sources, encoding="utf-8") as listed:
        paths = [line for line in listed.read().split("\n") if line]
    for number, path in enumerate(paths):
        part = os.path.join(prefix + folder, "%03d" % (number // 200))
        os.makedirs(part, exist_ok=True)
        copy = os.path.join(part, "%05d_%s" % (number, os.path.basename(path)[-60:]))
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        try:
            py_compile.compile(
                prefix + path, copy + "c", "m.py", doraise=True, optimize=int(level), invalidation_mode=mode
            )
        except Exception:
            continue
        shutil.copyfile(prefix + path, copy)
        made += 1
    print("%d.%d.%d" % sys.version_info[:3], made)


main(*sys.argv[1:])
