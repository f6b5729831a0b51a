"""Prints what `marshal` makes of .pyc files, in the words of the test that reads this."""
import marshal
import struct
import sys

CODE = type((lambda: None).__code__)
FIELDS = (
    "argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames freevars cellvars "
    "filename name qualname firstlineno linetable lnotab exceptiontable"
).split()


def text(value):
    return value.encode("utf-8", "surrogatepass").hex()


def bits(value):
    return struct.pack(">d", value).hex()


def show(value):
    kind = type(value)
    if value is None or value is True or value is False or value is Ellipsis or value is StopIteration:
        return {StopIteration: "StopIteration"}.get(value, str(value))
    if kind is int:
        return "int %d" % value
    if kind is float:
        return "float " + bits(value)
    if kind is complex:
        return "complex %s %s" % (bits(value.real), bits(value.imag))
    if kind is str:
        return "str " + text(value)
    if kind is bytes:
        return "bytes " + value.hex()
    if kind in (tuple, list):
        return "%s[%s]" % (kind.__name__, ", ".join(map(show, value)))
    if kind in (set, frozenset):
        return "%s[%s]" % (kind.__name__, ", ".join(sorted(map(show, value))))
    if kind is slice:
        return "slice[%s, %s, %s]" % (show(value.start), show(value.stop), show(value.step))
    if kind.__name__ in ("dict", "frozendict"):
        return "%s[%s]" % (kind.__name__, ", ".join(show(k) + ": " + show(v) for k, v in value.items()))
    assert kind is CODE, kind
    return "code{%s}" % "; ".join(field + " " + show(getattr(value, "co_" + field)) for field in fields())


def fields():
    absent = set()
    if sys.version_info < (3, 8):
        absent |= {"posonlyargcount"}
    if sys.version_info < (3, 11):
        absent |= {"qualname", "exceptiontable"}
    # One table, two names: the newer one where there is one.
    absent |= {"lnotab"} if sys.version_info >= (3, 10) else {"linetable"}
    return [field for field in FIELDS if field not in absent]


if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        data = file.read()
    magic, flags, first, second = struct.unpack("<HxxIII", data[:16])
    print("header %d %d %d %d" % (magic, flags, first, second))
    print(show(marshal.loads(data[16:])))
