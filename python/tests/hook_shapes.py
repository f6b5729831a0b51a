"""Ways in which functions are called, for the tests of `frame_hook`: each shape makes `n` calls of `target` code.

A shape is a function of `n` that returns something that says what happened; `CODES` of it are the code objects that are
called once for each of the `n` rounds.
"""

import asyncio
import copy
import functools
import operator
import sys

SHAPES = []


def shape(*functions, since=(3, 9), until=(4, 0), later=False):
    """Register a shape with the functions that it calls once a round. ``later``: generators and coroutines."""

    def register(run):
        if since <= sys.version_info < until:
            SHAPES.append((run.__name__, run, [function.__code__ for function in functions], later))
        return run

    return register


class Plain:
    def __init__(self, n):
        self.n = n


class Defaults:
    def __init__(self, n, m=3, *rest, k=4, **more):
        self.n = n, m, rest, k, more


class Slots:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n


class Base:
    def __init__(self, n):
        self.n = n

    def method(self, n):
        return n


class Derived(Base):
    def __init__(self, n):
        super().__init__(n)

    def method(self, n):
        return super().method(n) + 1

    @classmethod
    def make(cls, n):
        return cls(n)

    @staticmethod
    def static(n):
        return n + 2


class New:
    def __new__(cls, n):
        self = super().__new__(cls)
        self.n = n
        return self

    def __init__(self, n):
        self.m = n


class Meta(type):
    def __call__(cls, n):
        return super().__call__(n)


class WithMeta(metaclass=Meta):
    def __init__(self, n):
        self.n = n


class Special:
    """Slots, descriptors and attribute look-up in Python."""

    def __getitem__(self, n):
        return n

    def __setitem__(self, n, value):
        self.last = n, value

    def __len__(self):
        return 3

    def __bool__(self):
        return True

    def __call__(self, n):
        return n

    def __add__(self, n):
        return n

    def __eq__(self, other):
        return other == 1

    def __lt__(self, other):
        return other == 1

    def __contains__(self, n):
        return n == 1

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        return True

    def __iter__(self):
        return iter((1, 2))

    def __hash__(self):
        return 5

    def __repr__(self):
        return "special"

    def __getattr__(self, name):
        return name

    @property
    def prop(self):
        return 4


class Lookup:
    def __getattribute__(self, name):
        return name


class Descriptor:
    def __get__(self, instance, owner):
        return 3

    def __set__(self, instance, value):
        pass


class Described:
    field = Descriptor()


class Dies:
    dead = 0

    def __del__(self):
        Dies.dead += 1


def add(a, b=2, *rest, c=3, **more):
    return a, b, rest, c, sorted(more)


def positional(a, /, b):
    return a + b


def raising(n):
    raise KeyError(n)


def catching(n):
    try:
        raising(n)
    except KeyError as error:
        return error.args[0]


def finishing(n):
    try:
        return n
    finally:
        n += 1


def closing(n):
    def inner():
        return n

    return inner


def recursive(n):
    return 0 if n == 0 else 1 + recursive(n - 1)


def listed(n):
    return [x + n for x in range(2)]


def numbers(n):
    yield n
    return n + 1


def delegating(n):
    got = yield from numbers(n)
    yield got


async def awaited(n):
    return n


async def awaiting(n):
    return await awaited(n)


async def several(n):
    yield n


@functools.lru_cache(maxsize=None)
def cached(n):
    return n


cached_function = cached.__wrapped__


@shape(Plain.__init__)
def constructors(n):
    return sum(Plain(i).n for i in range(n))


@shape(Plain.__init__)
def constructors_from_one_place(n):
    def make(i):
        return Plain(i)

    return sum(make(i).n for i in range(n))


@shape(Defaults.__init__)
def constructors_with_defaults(n):
    return [Defaults(i, 1, 2, k=3, z=4).n for i in range(n)][-1]


@shape(Slots.__init__)
def constructors_with_slots(n):
    return sum(Slots(i).n for i in range(n))


@shape(Base.__init__, Derived.__init__)
def constructors_with_super(n):
    return sum(Derived(i).n for i in range(n))


@shape(New.__new__, New.__init__)
def constructors_with_new(n):
    return sum(New(i).n + New.__dict__.get("x", 0) for i in range(n))


@shape(Meta.__call__, WithMeta.__init__)
def constructors_of_metaclasses(n):
    return sum(WithMeta(i).n for i in range(n))


@shape(Plain.__init__)
def constructors_called_from_c(n):
    return sum(item.n for item in map(Plain, range(n)))


@shape(Base.method, Derived.method)
def methods_with_super(n):
    thing = Derived(1)
    return sum(thing.method(i) for i in range(n))


@shape(Derived.make.__func__, Derived.static)
def methods_of_classes(n):
    return sum(Derived.make(i).n + Derived.static(i) for i in range(n))


@shape(Base.method)
def bound_methods(n):
    method = Base(1).method
    return sum(method(i) for i in range(n))


@shape(Special.__getitem__)
def subscripts(n):
    special = Special()
    return sum(special[i] for i in range(n))


@shape(Special.__setitem__, Special.__len__, Special.__bool__, Special.__call__, Special.__add__)
def slots(n):
    special, total = Special(), 0
    for i in range(n):
        special[i] = i
        total += len(special) + bool(special) + special(i) + (special + i)
    return total


@shape(Special.__eq__, Special.__lt__, Special.__contains__, Special.__hash__, Special.__repr__)
def more_slots(n):
    special, total = Special(), 0
    for i in range(n):
        total += (special == i) + (special < i) + (i in special) + hash(special) + len(repr(special))
    return total


@shape(Special.__enter__, Special.__exit__, Special.__iter__)
def blocks(n):
    special, total = Special(), 0
    for i in range(n):
        with special:
            total += sum(special)
            raise KeyError(i)
    return total


@shape(Special.prop.fget, Special.__getattr__)
def attributes(n):
    special, total = Special(), 0
    for _ in range(n):
        total += special.prop + len(special.missing)
    return total


@shape(Lookup.__getattribute__)
def attribute_lookup(n):
    lookup, total = Lookup(), 0
    for _ in range(n):
        total += len(lookup.some)
    return total


@shape(Descriptor.__get__, Descriptor.__set__)
def descriptors(n):
    described, total = Described(), 0
    for _ in range(n):
        described.field = 1
        total += described.field
    return total


@shape(Dies.__del__)
def finalizers(n):
    before = Dies.dead
    for _ in range(n):
        Dies()
    return Dies.dead - before


@shape(add)
def plain_calls(n):
    return [add(i) for i in range(n)][-1]


@shape(add)
def calls_with_everything(n):
    args, kwargs = (1, 2, 3), {"c": 4, "d": 5}
    return [add(*args, **kwargs) for i in range(n)][-1]


@shape(add)
def calls_with_names(n):
    return [add(a=1, c=i, z=3) for i in range(n)][-1]


@shape(positional)
def calls_by_reduce(n):
    return functools.reduce(positional, range(n + 1))


@shape(positional)
def calls_of_partials(n):
    part = functools.partial(positional, 3)
    return sum(part(i) for i in range(n))


@shape(catching, raising)
def exceptions(n):
    return sum(catching(i) for i in range(n))


@shape(finishing)
def finallys(n):
    return sum(finishing(i) for i in range(n))


@shape(closing)
def closures(n):
    return sum(closing(i)() for i in range(n))


@shape(listed)
def comprehensions(n):
    return sum(sum(listed(i)) for i in range(n))


@shape(cached_function)
def caches(n):
    cached.cache_clear()
    return sum(cached(i) for i in range(n))


@shape(Base.method)
def sorted_keys(n):
    return sorted(range(n), key=Base(1).method)[-1]


@shape(Special.__getattr__)
def getters(n):
    get, special = operator.attrgetter("missing"), Special()
    return [get(special) for _ in range(n)][-1]


@shape(numbers, later=True)
def generators(n):
    return sum(sum(numbers(i)) for i in range(n))


@shape(numbers, delegating, later=True)
def delegation(n):
    return sum(sum(delegating(i)) for i in range(n))


@shape(numbers, later=True)
def generators_thrown_into(n):
    total = 0
    for i in range(n):
        generator = numbers(i)
        next(generator)
        try:
            generator.throw(KeyError(i))
        except KeyError as error:
            total += error.args[0]
    return total


@shape(awaited, awaiting, later=True)
def coroutines(n):
    async def run():
        return sum([await awaiting(i) for i in range(n)])

    return asyncio.run(run())


@shape(several, later=True)
def async_generators(n):
    async def run():
        total = 0
        for i in range(n):
            async for item in several(i):
                total += item
        return total

    return asyncio.run(run())


@shape(recursive)
def recursion(n):
    return sum(recursive(0) for _ in range(n))


@shape(Plain.__init__, add)
def alternating_callees(n):
    total = 0
    for i in range(2 * n):
        callee = (Plain, add)[i % 2]
        result = callee(i)
        total += result.n if callee is Plain else result[0]
    return total


@shape(Plain.__init__)
def copies(n):
    return sum(copy.copy(Plain(i)).n for i in range(n))
