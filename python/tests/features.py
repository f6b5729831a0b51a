"""Small functions, one feature of the language each, with arguments to call them with."""

from __future__ import annotations

import math
import operator
from typing import Any

CASES: list[tuple[Any, list[tuple[Any, ...]]]] = []
COUNTER = 0


def case(*arguments: tuple[Any, ...]) -> Any:
    """Add a function to the cases."""

    def add(function: Any) -> Any:
        CASES.append((function, list(arguments)))
        return function

    return add


for _symbol in ("-{}", "+{}", "~{}", "not {}"):
    exec(f"def unary_{len(CASES)}(a):\n    return {_symbol.format('a')}", globals())
    case((5,), (0,))(globals()[f"unary_{len(CASES)}"])

for _symbol in ("+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^"):
    exec(f"def binary_{len(CASES)}(a, b):\n    return a {_symbol} b", globals())
    case((7, 2), (12, 3))(globals()[f"binary_{len(CASES)}"])
    exec(f"def inplace_{len(CASES)}(a, b):\n    a {_symbol}= b\n    return a", globals())
    case((7, 2), (12, 3))(globals()[f"inplace_{len(CASES)}"])

for _symbol in ("==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"):
    exec(f"def compare_{len(CASES)}(a, b):\n    return a {_symbol} b", globals())
    case(("a", "ab"), ("b", "b"))(globals()[f"compare_{len(CASES)}"])


class Matrix:
    def __init__(self, value):
        self.value = value

    def __matmul__(self, other):
        return ("matmul", self.value, other.value)

    def __imatmul__(self, other):
        return ("imatmul", self.value, other.value)


class Box:
    def __init__(self, **values):
        self.__dict__.update(values)


class Manager:
    def __init__(self):
        self.log = []

    def __enter__(self):
        self.log.append("enter")
        return self

    def __exit__(self, kind, value, trace):
        self.log.append(kind and kind.__name__)
        return kind is KeyError


@case((1, 2))
def matrix_multiply(a, b):
    a = Matrix(a)
    c = a @ Matrix(b)
    a @= Matrix(3)
    return c, a


@case(([1, 2, 3], 1))
def subscript(a, b):
    a[0] = a[b]
    a[1] += 5
    del a[2]
    return a


@case((), ())
def global_variable():
    global COUNTER
    COUNTER = 41
    COUNTER += 1
    return COUNTER


@case(([1, 2],))
def delete_variable(a):
    b = a
    del a
    return b


@case(((1, 2, 3, 4),))
def unpack(a):
    b, (c, *d), *e = a[0], a, a[-1]
    [f, g] = d[:2]
    return b, c, d, e, f, g


@case((1, 2))
def swap(a, b):
    a, b = b, a
    return a, b


@case((1, 2, 3))
def rotate_three(a, b, c):
    a, b, c = c, a, b
    return a, b, c


@case((1, 2, 3, 4))
def rotate_four(a, b, c, d):
    a, b, c, d = d, c, a, b
    return a, b, c, d


@case((1, 2))
def containers(a, b):
    return [a, b], (a, b), {a, b}, {"x": a, b: "y"}, [], (), {}


@case(([1], [2, 3], {"k": 1}))
def containers_unpacking(a, b, c):
    return [*a, 0, *b], (*a, *b), {*a, *b}, {**c, "z": 1, **{"w": 2}}


@case((1,))
def large_constants(a):
    return [1, 2, 3, 4, 5, a], (1, 2, 3), {1, 2, 3, 4}, {"a": 1, "b": 2, "c": 3}, a in {1, 2, 3}, a in [4, 5]


def target(*args, **kwargs):
    return args, kwargs


@case((1, 2))
def call_keywords(a, b):
    return target(a, x=b, y=3), target(), target(x=1)


@case(([1, 2], {"k": 3}))
def call_unpacking(a, b):
    return target(*a, **b), target(0, *a, z=1, **b), target(*a, 5), target(**b)


@case((1,), (1, 2), (1, 2, 3))
def signature(a, b=2, *args, c=3, **kwargs):
    return a, b, args, c, kwargs


@case((1, 2, 3))
def positional_only(a, /, b, *rest):
    return a, b, rest


@case((3,))
def attributes(a):
    box = Box(x=a)
    box.y = box.x + 1
    box.y *= 2
    del box.x
    return vars(box)


@case((3,))
def import_forms(a):
    import os.path as path
    from math import floor, sqrt as root

    import json.decoder

    return path.join("a", "b"), floor(a), root(a), json.decoder.__name__


@case(([1, 2, 3, 4, 5, 6],))
def slices(a):
    b = a[1:], a[:2], a[::2], a[1:4:2], a[:], a[-2:]
    a[1:3] = [9]
    del a[-1:]
    return a, b


@case((4,))
def list_comprehension(a):
    return [i * a for i in range(a) if i % 2], [(i, j) for i in range(a) for j in range(i) if i != j]


@case((4,))
def set_comprehension(a):
    return {i % 3 for i in range(a)}


@case((4,))
def dict_comprehension(a):
    return {i: i * i for i in range(a) if i}


@case((3,))
def nested_comprehension(a):
    return [[j + a for j in range(i)] for i in range(a)], {k: [v for v in range(k)] for k in range(a)}


@case((3,))
def generator_expression(a):
    return sum(i * a for i in range(a)), list(x for x in range(a) if any(y == x for y in range(2)))


@case((3.14159, "x"))
def f_strings(a, b):
    return f"{a:.2f} {b!r:>5} {b!s} {b!a} {{}} {a:{5}.{2}} {a + 1}{b}" f"{'q'}", f"{b}", f""


@case((0, 0), (0, 1), (1, 0), (1, 1))
def if_and_or(a, b):
    if a and b:
        return 1
    if a or b:
        return 2
    if not (a or b):
        return 3


@case((None,), (1,))
def if_none(a):
    if a is None:
        b = "none"
    else:
        b = "some"
    if a is not None:
        b += "!"
    return b


@case((1,), (5,), (50,))
def elif_chain(a):
    if a < 3:
        return "few"
    elif a < 10:
        return "some"
    else:
        return "many"


@case((0, 1, 2), (1, 0, 0), (1, 2, 0))
def boolean_values(a, b, c):
    return a and b or c, a or b and c, (a or b) and c, not a and not b


@case((0, 0), (0, 1), (1, 0), (1, 1))
def conditional_expression(a, b):
    return "x" if a else "y" if b else "z", [1 if a else 2, (3 if b else 4) + 1]


@case((1, 2, 3), (3, 2, 1))
def chained_comparison(a, b, c):
    if a < b < c:
        return "up"
    return a > b > c


@case((5,))
def for_loop(a):
    total = 0
    for i in range(a):
        if i == 1:
            continue
        if i == 4:
            break
        total += i
    else:
        total = -1
    for x, (y, *z) in [(1, (2, 3, 4))]:
        total += x + y + len(z)
    return total


@case((10,), (0,))
def while_loop(a):
    n = 0
    while a > 0:
        a -= 1
        if a % 3 == 0:
            continue
        n += a
        if n > 20:
            break
    else:
        n += 1000
    return n


@case((3,))
def while_true(a):
    while True:
        a += 1
        if a > 7:
            return a


@case((0,), (1,), (2,))
def with_statement(a):
    manager = Manager()
    with manager as m, Manager():
        m.log.append("body")
        if a == 1:
            raise KeyError
        if a == 2:
            return m.log
    return manager.log


@case((0,), (1,), (2,), (3,))
def try_statement(a):
    log = []
    try:
        if a == 1:
            raise ValueError("x")
        if a == 2:
            raise KeyError("y")
        if a == 3:
            return log
    except ValueError as error:
        log.append(str(error))
    except (KeyError, TypeError):
        log.append("key")
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


@case((1,), (0,))
def raise_from(a):
    try:
        try:
            return 1 / a
        except ZeroDivisionError as error:
            raise ValueError("no") from error
    except ValueError as error:
        return repr(error.__cause__)


@case((5,), (-5,))
def assertion(a):
    try:
        assert a > 0, "negative"
        assert a
    except AssertionError as error:
        return str(error)
    return a


@case((4,))
def closure(a):
    b = 1

    def inner(c=2):
        nonlocal b
        b += c
        return a + b

    return inner(), inner(5), b


@case((4,))
def lambdas(a):
    return (lambda x, y=2, *z, k=a: (x, y, z, k))(1), sorted([3, 1, 2], key=lambda x: -x)


@case((4,))
def local_class(a):
    class Local(Box):
        """A class."""

        field = a

        def method(self):
            return super().__class__.__name__, self.field

        @property
        def twice(self):
            return self.field * 2

        @staticmethod
        def static(x):
            return x

    local = Local(z=1)
    return local.method(), local.twice, Local.static(3), local.z, Local.__doc__


@case((4,))
def generator(a):
    def make(n):
        got = yield "first"
        for i in range(n):
            got = yield i, got
        yield from [7, 8]
        return "done"

    g = make(a)
    log = [next(g), g.send("a"), g.send("b")]
    return log + list(g)


@case((4,))
def coroutine(a):
    import asyncio

    async def numbers(n):
        for i in range(n):
            yield i

    class Context:
        async def __aenter__(self):
            return self

        async def __aexit__(self, *exc):
            return False

    async def main():
        async with Context():
            found = [i async for i in numbers(a)]
            return found, await asyncio.sleep(0, result=3)

    return asyncio.run(main())


@case((10,))
def walrus(a):
    values = []
    while (half := a // 2) > 0:
        values.append(half)
        a = half
    return values, [y for x in range(4) if (y := x * 2) > 2]


@case((1,))
def decorated(a):
    def twice(function):
        return lambda *args: 2 * function(*args)

    @twice
    def inner(x):
        return x + a

    return inner(4)


@case((1,))
def annotated(a: int) -> str:
    b: int = a

    def inner(x: "float", *y: str) -> None:
        pass

    return b, sorted(inner.__annotations__)


@case((3,))
def docstring(a):
    """The first line.

    The second paragraph.
    """
    return a


@case((2.5,))
def methods(a):
    return "a-b".split("-"), "x".join(["1", "2"]).upper().replace("X", "y"), math.floor(a), operator.add(a, 1)


@case((1,))
def chained_assignment(a):
    b = c = d = [a]
    b[0] = c[0] + 1
    return b, c, d


@case((1,))
def constants(a):
    return None, True, False, ..., 1, -1, 1.5, -0.0, 1e100, 2j, "s", b"b", (1, (2, "x")), 10**20, "\ud800", a


@case((1,), (3,))
def early_returns(a):
    for i in range(10):
        for j in range(10):
            if i * j == a:
                return i, j
    return None


@case(([1, 2, 3], 2), ([1, 2, 3], 9))
def loops_with_else(items, wanted):
    found = []
    for item in items:
        if item == wanted:
            found.append("for")
            break
    else:
        found.append("not in for")
    while items:
        if items.pop() == wanted:
            break
        found.append("while")
    else:
        found.append("not in while")
    return found


@case((2,))
def functions_with_defaults(a):
    def inner(x, y=a, *, z=a + 1, **more: int) -> "int":
        return x + y + z + len(more)

    return inner(1), inner(1, 2, z=3, w=4), inner.__defaults__, inner.__kwdefaults__, inner.__annotations__


@case((3,))
def delegation(n):
    def inner():
        got = yield from iter(range(n))
        return got, "returned"

    def outer():
        result = yield from inner()
        yield result

    return list(outer())


@case((5,))
def counters(n):
    total = 0

    def add(x):
        nonlocal total
        total += x
        return total

    return [add(i) for i in range(n)], total


@case(({"a": [1]},))
def stores_everywhere(x):
    class Place:
        pass

    place = Place()
    place.attribute, x["b"], (first, *rest), x["a"][1:1] = 1, 2, [3, 4, 5], [6, 7]
    place.attribute += 1
    x["a"][0] **= 2
    del x["a"][1], place.attribute
    return x, first, rest, hasattr(place, "attribute")


@case((0,), (1,), (2,))
def finally_with_returns(a):
    log = []
    for i in range(3):
        try:
            if i == a:
                continue
            if a == 2:
                break
            try:
                log.append(10 // (i - a))
            except ZeroDivisionError as error:
                log.append(str(error))
            else:
                log.append("else")
        finally:
            log.append("finally")
    return log


@case((4,))
def asynchronous_comprehensions(n):
    async def numbers():
        for i in range(n):
            yield i

    async def main():
        squares = [i * i async for i in numbers() if i % 2]
        return squares, {i: j async for i in numbers() for j in range(i)}

    try:
        main().send(None)
    except StopIteration as stop:
        return stop.value


@case((1,))
def class_with_everything(a):
    class Meta(type):
        def __new__(cls, name, bases, namespace, **kwargs):
            return super().__new__(cls, name, bases, {**namespace, **kwargs})

    class Base:
        def who(self):
            return "base"

    class Derived(Base, metaclass=Meta, extra=a):
        size: int = 3

        def who(self):
            return "derived of " + super().who() + __class__.__name__

        @property
        def double(self):
            return self.size * 2

        @classmethod
        def make(cls):
            return cls()

    made = Derived.make()
    return made.who(), made.double, made.extra


exec(
    "@case((1,))\ndef many_constants(a):\n    return [" + ", ".join(f"a + {n}.5" for n in range(400)) + "]",
    globals(),
)
exec(
    "@case((1,))\ndef long_jump(a):\n    if a:\n"
    + "".join(f"        a += a * {n}.25\n" for n in range(300))
    + "    return a",
    globals(),
)
