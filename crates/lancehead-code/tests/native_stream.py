"""Writes the instruction stream of every module of the standard library, as the `dis` of this interpreter sees it.

For each module: a line `path TAB length-of-marshal TAB length-of-text`, the marshalled code object, then the text. With
`rows` as its argument the text has one line for each instruction of each code object, outer ones first; with `text`
it is what `dis.dis` prints, without addresses; with `none` there is no text. A second argument is how many modules
are enough. Works from 3.7 on.
"""

import dis
import io
import marshal
import os
import re
import struct
import sys
import types
import warnings

MINOR = sys.version_info[1]
SKIPPED = {"site-packages", "__pycache__", "lib2to3"}
TESTS = {"test", "tests", "idle_test"}


def sources(root, with_tests):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and (with_tests or f not in TESTS))
        for name in sorted(files):
            path = os.path.join(folder, name)
            if name.endswith(".py") and os.path.isfile(path):  # some distributions leave dead links
                yield path


def encode(value):
    """A text for a value that tells apart what `==` does not (1, 1.0, True; 0.0, -0.0)."""
    kind = type(value)
    if value is None or value is Ellipsis or kind is bool or kind is int:
        return repr(value) if kind is not int or abs(value) < 1 << 63 else hex(value)
    if kind is str:
        return "s" + value.encode("utf-8", "surrogatepass").hex()
    if kind is bytes:
        return "b" + value.hex()
    if kind is float:
        return "f" + struct.pack(">d", value).hex()
    if kind is complex:
        return "c" + struct.pack(">dd", value.real, value.imag).hex()
    if kind is tuple:
        return "(" + ",".join(map(encode, value)) + ")"
    if kind is frozenset:
        return "{" + ",".join(sorted(map(encode, value))) + "}"
    if kind is slice:
        return "slice(" + ",".join(map(encode, (value.start, value.stop, value.step))) + ")"
    if kind is types.CodeType:
        return "code:%s:%d" % (encode(value.co_name), value.co_firstlineno)
    if kind.__name__ == "frozendict":
        return "dict(" + ",".join(encode(k) + ":" + encode(v) for k, v in value.items()) + ")"
    return "type:" + value.__name__


def line_of(instruction):
    if MINOR < 13:
        return "%s %d" % (instruction.starts_line, instruction.is_jump_target)
    caches = ",".join("%s:%s" % (name, data.hex()) for name, _, data in instruction.cache_info or [])
    return "%d:%s %d %d %s" % (
        instruction.starts_line,
        instruction.line_number,
        instruction.label is not None,
        instruction.start_offset,
        caches or "-",
    )


def value_of(code, instruction):
    if instruction.opname == "LOAD_COMMON_CONSTANT":  # whose value is a number in 3.14
        return instruction.argrepr
    if instruction.argval is getattr(dis, "UNKNOWN", code):  # KW_NAMES in 3.11
        return encode(code.co_consts[instruction.arg])
    return encode(instruction.argval)


def row(code, instruction):
    value = value_of(code, instruction)
    fields = [str(instruction.offset), instruction.opname, str(instruction.arg), value, line_of(instruction)]
    if MINOR >= 11:
        fields.append(" ".join(map(str, instruction.positions)))
    return " ".join(fields)


def rows_of(code):
    rows = ["code %s" % encode(code.co_name)]
    rows.extend(row(code, instruction) for instruction in dis.get_instructions(code))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            rows.append(rows_of(constant))
    return "\n".join(rows)


def printed(code):
    with io.StringIO() as out:
        dis.dis(code, file=out)
        return re.sub(r"(<code object [^\n]*?) at 0x[0-9a-f]+(?=, file)", r"\1", out.getvalue())


KINDS = {"rows": lambda code: rows_of(code) + "\n", "text": printed, "none": lambda code: ""}


def main(kind, enough=sys.maxsize):
    out = sys.stdout.buffer
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(10000)
    for path in sources(os.path.dirname(os.__file__), os.environ.get("LANCEHEAD_FULL") == "1"):
        with open(path, "rb") as file:
            source = file.read()
        try:
            code = compile(source, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            continue  # test data that is meant not to compile
        data = marshal.dumps(code)
        text = KINDS[kind](code).encode("utf-8", "surrogatepass")
        out.write(b"%s\t%d\t%d\n" % (os.fsencode(path), len(data), len(text)))
        out.write(data)
        out.write(text)
        enough -= 1
        if enough == 0:
            break


main(sys.argv[1], *map(int, sys.argv[2:]))
