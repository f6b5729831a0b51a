"""Small programs for adversary.py: each calls record() with all that it finds out, and runs code until it is hot.

Keys are names; values the oldest version that can run the program, and its text.
"""

from __future__ import annotations

HOT = """
def hot(call, *inputs):
    for value in inputs:
        last = None
        for _ in range(20):
            try:
                new = call(value) if not isinstance(value, tuple) else call(*value)
            except BaseException as error:
                new = (type(error).__name__, str(error))
            if new != last:
                record((call.__name__, value, new))
                last = new
"""

PROGRAMS: dict[str, tuple[tuple[int, int], str]] = {
    "compare": (
        (3, 7),
        """
def less(a, b):
    if a < b:
        return 'less'
    return 'not less'
def chain(a, b, c):
    return a < b <= c
def equal(a, b):
    x = a == b
    return x if a != b else not x
for f in (less, equal):
    hot(f, (1, 2), (2, 1), (1, 1), (1.5, 2.5), (float('nan'), 1.0), ('a', 'b'), ('a', 'a'), (1, 'a'))
hot(chain, (1, 2, 3), (1, 2, 0), (3, 2, 1))
""",
    ),
    "truth": (
        (3, 7),
        """
class Truth:
    def __init__(self, value): self.value = value
    def __bool__(self):
        record('asked')
        return self.value
def branch(a):
    if a:
        return 1
    return 0
def both(a, b):
    return a and b or not a
def loop(a):
    n = 0
    while a:
        a.pop()
        n += 1
    return n
hot(branch, [], [1], 0, 1, None, '', 'a', True, False, 2.0)
record((branch(Truth(True)), branch(Truth(False)), not Truth(True)))
hot(both, ([], 1), ([1], 0), (1, 2), ('', []))
hot(lambda n: loop([0] * n), 0, 3)
""",
    ),
    "loops": (
        (3, 7),
        """
def total(items):
    n = 0
    for item in items:
        if item is None:
            continue
        if item == 9:
            break
        n += item
    else:
        n = -n
    return n
def nested(a):
    out = []
    for x in range(a):
        for y in range(x):
            out.append((x, y))
    return out
hot(total, [[1, 2, 3]], [[1, None, 9, 2]], [[]], [(4, 5)], [None])
hot(nested, 3, 0)
""",
    ),
    "exceptions": (
        (3, 7),
        """
def guarded(a):
    try:
        try:
            x = 1 // a
        except ZeroDivisionError as error:
            x = str(error)
        finally:
            record('finally')
        return x
    except TypeError:
        return 'type'
    else:
        return 'else'
def around(a):
    with Manager() as m:
        if a:
            raise KeyError(a)
        return m
    return 'swallowed'
class Manager:
    def __enter__(self): return 5
    def __exit__(self, *info):
        record([getattr(i, '__name__', str(type(i).__name__)) for i in info])
        return True
hot(guarded, 0, 1, 'a')
hot(around, 0, 1)
""",
    ),
    "generators": (
        (3, 7),
        """
def plain(a):
    try:
        x = yield a
        record(x)
        y = yield from inner(a)
        record(y)
    finally:
        record('closed')
    yield 'end'
def inner(a):
    try:
        z = yield 'inner'
    except ValueError:
        z = yield 'value'
    return z
def drive(kind):
    g = plain(3)
    out = [next(g)]
    if kind == 'close':
        g.close()
        return out
    out.append(g.send(1))
    if kind == 'throw':
        out.append(g.throw(ValueError()))
    if kind == 'late':
        g.close()
    try:
        out.append(g.send(2))
        out.append(next(g))
    except BaseException as error:
        out.append(type(error).__name__)
    return out
def simple():
    yield 1
    yield 2
s = simple(); next(s)
try: record(s.throw(KeyError(1)))
except KeyError: record('thrown')
s = simple(); next(s); s.close(); record(list(s))
hot(drive, 'close', 'throw', 'late', 'send')
record([list(simple()), list(x for x in (1, 2) if x > 1)])
""",
    ),
    "coroutines": (
        (3, 7),
        """
class Wait:
    def __await__(self):
        got = yield 'wait'
        return got
class Manager:
    async def __aenter__(self): return await Wait()
    async def __aexit__(self, *info): record(len(info)); return False
async def numbers(n):
    for i in range(n):
        yield i
    await Wait()
async def main(a):
    out = []
    async with Manager() as m:
        out.append(m)
        async for i in numbers(a):
            out.append(i)
    out += [j async for j in numbers(2)]
    return out
def run(coroutine):
    sent = None
    for _ in range(20):
        try:
            record(coroutine.send(sent))
            sent = 7
        except StopIteration as stop:
            return stop.value
hot(lambda a: run(main(a)), 0, 2)
c = main(1); c.send(None); c.close()
""",
    ),
    "closures": (
        (3, 7),
        """
def make(a, b):
    def minus():
        return a - b
    def bump():
        nonlocal a
        a += 1
        return minus()
    return minus, bump
def ends(x, y):
    return [f() for f in make(x, y)]
class Base:
    def who(self): return 'base'
class Derived(Base):
    kind = 'derived'
    def who(self):
        return super().who() + __class__.__name__ + self.kind
def deleted(a):
    if a:
        b = a
    return b
hot(ends, (5, 3), (1, 10))
record(Derived().who())
hot(deleted, 0, 1)
record([f() for f in [lambda i=i: i for i in range(3)]])
""",
    ),
    "calls": (
        (3, 7),
        """
def f(a, b=2, *args, c, d=4, **rest):
    return a, b, args, c, d, sorted(rest.items())
def call(a):
    return [f(a, c=1), f(a, 2, 3, c=4), f(*a, **{'c': 1, 'x': 2}), f(a, c=a, d=0)]
def text(a):
    return f'{a!r:>5}|{a}|{a:<3}'
def unpack(a):
    x, *y, z = a
    (p, q), r = (x, z), y
    return {x: y, **{z: p}}, [*a, q], a[1:2], {*a}, r
def change(d):
    d['a'] = d.get('a', 0) + 1
    d['b'] = not d['a'] in (1, 2)
    del d['a']
    return d
hot(call, [(1, 2)], [[3]])
hot(text, 1, 2)
hot(unpack, [(1, 2, 3)], [(1,)])
hot(lambda a: change({'a': a}), 1, 5)
""",
    ),
    "assembly": (
        (3, 8),
        """
import json as j
from os.path import join, split as cut
def local():
    a = 1
    if (b := a + 1) > 1:
        a, b = b, a
    a += b
    a **= 2
    assert a, 'none'
    global G
    G = a
    return locals()
def counts(a):
    return [x * y for x in a if x for y in range(x)], {x: -x for x in a}, {x % 2 for x in a}
record((sorted(local().items()), G, join('a', 'b'), cut('a/b'), j.dumps([1])))
hot(counts, [[1, 2]], [[]])
""",
    ),
    "matching": (
        (3, 10),
        """
class Point:
    __match_args__ = ('x', 'y')
    def __init__(self, x, y): self.x, self.y = x, y
def match(a):
    match a:
        case [1, *rest, 2] if rest: return rest
        case {'k': v, **others}: return v, others
        case Point(x, y=3): return x
        case 'a' | None: return 'or'
        case (x, y): return y, x
        case _: return 'none'
hot(match, [[1, 5, 2]], [[1, 2]], [{'k': 1, 'l': 2}], [{}], ['a'], [None], [(7, 8)], [5])
record([match(Point(1, 3)), match(Point(1, 4))])
""",
    ),
    "groups": (
        (3, 11),
        """
def group(a):
    try:
        raise ExceptionGroup('g', [ValueError(a), KeyError(a)])
    except* ValueError as error:
        record(str(error.exceptions))
    except* TypeError:
        record('type')
    return 1
hot(group, 1)
""",
    ),
    "types": (
        (3, 12),
        """
class Box[T]:
    item: T
    def get[U](self, x: U) -> T:
        return [self for y in [x]][0] is self
type Alias[T] = list[T]
def outer(a):
    x = [lambda: i for i in a]
    return [f() for f in x], [[j * i for j in a] for i in a]
record((Box.__type_params__[0].__name__, Box().get(1), Alias.__value__.__origin__.__name__))
hot(outer, [[1, 2]])
""",
    ),
}
