"""Runs code objects that were edited at random, each in a process of its own, and tells which of them crash.

The file that is its argument holds marshalled code objects, each after its length in four bytes. Nothing that the code can
reach does any harm: all names lead to objects that answer everything with themselves.
"""

import builtins
import gc
import marshal
import os
import resource
import signal
import struct
import sys
import types

SAFE = (
    "ArithmeticError AssertionError AttributeError BaseException Exception ImportError IndexError KeyError LookupError "
    "NameError NotImplementedError OSError RuntimeError StopIteration StopAsyncIteration TypeError ValueError "
    "__build_class__ bool bytes callable dict enumerate float frozenset hasattr int isinstance iter len list map max "
    "min next object range repr reversed set sorted str sum super tuple type zip"
).split()


class Yes:
    """Answers everything with itself, and does nothing."""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def answer(self, *args, **kwargs):
        return self

    def __iter__(self):
        return iter([self, self, self])

    def __await__(self):
        return iter([self, self])

    def __aiter__(self):
        self_copy = Yes()
        self_copy.left = 2
        return self_copy

    async def __anext__(self):
        self.left = self.__dict__.get("left", 0) - 1
        if self.left < 0:
            raise StopAsyncIteration
        return self

    def __bool__(self):
        count = self.__dict__["count"] = self.__dict__.get("count", 0) + 1
        return count % 3 != 0

    def __exit__(self, *args):
        return False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *args):
        return False

    def __index__(self):
        return 1

    def __len__(self):
        return 3

    def __hash__(self):
        return 1

    def keys(self):
        return ["a", "b"]

    def __contains__(self, item):
        return True

    def __mro_entries__(self, bases):
        return ()

    for name in (
        "call enter getitem setitem delitem add radd sub rsub mul rmul truediv floordiv mod pow and or xor lshift rshift "
        "matmul iadd isub imul neg pos invert eq ne lt le gt ge"
    ).split():
        locals()["__%s__" % name] = answer


def run(code):
    yes = Yes()
    names = {name: getattr(builtins, name) for name in SAFE if hasattr(builtins, name)}
    names["__import__"] = lambda *args, **kwargs: yes
    space = {name: yes for name in code.co_names if name not in names}
    space.update(__builtins__=names, __name__="edited")
    if not code.co_flags & 2:
        return exec(code, space)
    closure = tuple(types.CellType(yes) if hasattr(types, "CellType") else cell(yes) for _ in code.co_freevars)
    function = types.FunctionType(code, space, "edited", None, closure)
    count = code.co_argcount
    positional = [[yes, 2, "text", [yes, 1], {"a": yes}, None][i % 6] for i in range(count)]
    if code.co_varnames[:1] == (".0",):
        positional[0] = iter([yes, 1])  # which the interpreter takes for granted
    named = {name: yes for name in code.co_varnames[count : count + code.co_kwonlyargcount]}
    result = function(*positional, **named)
    if hasattr(result, "send"):
        drive(result)
    elif hasattr(result, "asend"):
        drive(result.asend(None))
        drive(result.athrow(ValueError))


def cell(value):
    return (lambda: value).__closure__[0]


def drive(generator):
    try:
        for _ in range(20):
            generator.send(None)
        generator.throw(ValueError("edited"))
    finally:
        generator.close()


def child(code):
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    signal.alarm(1)
    try:
        run(code)
    except BaseException:
        pass
    try:
        gc.collect()
    except BaseException:
        pass
    os._exit(0)


def main(path):
    with open(path, "rb") as file:
        data = file.read()
    at = index = 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        blob = data[at + 4 : at + 4 + length]
        at += 4 + length
        pid = os.fork()
        if pid == 0:
            try:
                child(marshal.loads(blob))
            finally:
                os._exit(0)
        status = os.waitpid(pid, 0)[1]
        # Endless loops and hunger for memory are no crashes of the interpreter.
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) not in (signal.SIGALRM, signal.SIGKILL):
            print("crash", index, os.WTERMSIG(status), flush=True)
        index += 1
    print("ran", index)


main(sys.argv[1])
