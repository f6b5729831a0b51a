"""A program that uses much of the language that all versions have, and tells what it did."""

import contextlib

LOG = []


def counted(limit):
    total = 0
    for i in range(limit):
        if i % 2:
            total += i
    return total


def loops(n):
    found = []
    while n:
        n -= 1
        if n == 3:
            continue
        for k in range(n):
            if k == 2:
                break
            found.append((n, k))
        else:
            found.append(n)
    return found


def handlers(value):
    try:
        try:
            result = 10 / value
        except TypeError as error:
            return "type " + type(error).__name__
        else:
            result += 1
        finally:
            LOG.append("inner")
    except ZeroDivisionError:
        result = None
    finally:
        LOG.append("outer")
    for attempt in (1, 2):
        try:
            if attempt == 1:
                continue
            return result
        finally:
            LOG.append(attempt)


@contextlib.contextmanager
def managed(name):
    LOG.append("enter " + name)
    try:
        yield name
    except KeyError:
        LOG.append("swallowed")
    finally:
        LOG.append("exit " + name)


def managers():
    with managed("a") as a, managed("b") as b:
        LOG.append(a + b)
        raise KeyError(a)
    return "after"


def generator(n):
    sent = None
    for i in range(n):
        sent = yield i if sent is None else sent
    return "done"


def delegating():
    result = yield from generator(3)
    LOG.append(result)
    try:
        yield result
    except ValueError:
        yield "thrown"


class Counter:
    """Counts."""

    step = 2
    if step > 1:
        kind = "big"
    else:
        kind = "small"

    def __init__(self, start=0, *, by=step):
        self.value = start
        self.by = by

    def __iter__(self):
        return self

    def __next__(self):
        self.value += self.by
        if self.value > 9:
            raise StopIteration
        return self.value

    @property
    def twice(self):
        return self.value * 2

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return exception[0] is ValueError


def closures():
    seen = []

    def outer(x):
        def inner(y):
            nonlocal x
            x += y
            seen.append(x)
            return x

        return inner

    add = outer(1)
    return [add(n) for n in range(4)], seen, (lambda z: z + len(seen))(1)


def expressions(a, b=None, *rest, **named):
    first = a if b is None else b
    both = a and b or rest
    chain = 0 < len(rest) < 3
    mapped = {key: value for key, value in named.items() if value}
    made = {
        "first": first,
        "both": both,
        "text": "%s %r" % (a, b),
        **mapped,
    }
    made["calls"] = max(
        a,
        first,
        key=lambda item: str(item),
    )
    del mapped
    return chain, sorted(made.items(), key=str), f"{a!r:>5}{first}"


async def awaited(n):
    LOG.append("await")
    return n


class Ticker:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        return self.n

    async def __aenter__(self):
        return await awaited("in")

    async def __aexit__(self, *exception):
        return True


async def asynchronous():
    got = []
    async for tick in Ticker(3):
        got.append(await awaited(tick))
    async with Ticker(0) as inside:
        got.append(inside)
        raise OSError
    got.extend([x async for x in agenerator()])
    return got


async def agenerator():
    for n in range(2):
        yield await awaited(n)


def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def unpacking():
    (a, *b), c = [1, 2, 3], {"x": 1}
    a, c = c, a
    assert a, "never"
    d = e = [*b, *c] if isinstance(c, list) else [*b]
    d[0] += 1
    return a, b, c, d is e


def main():
    results = [counted(5), loops(5)]
    results += [handlers(v) for v in (2, 0, "x")]
    results.append(managers())
    g = delegating()
    results += [next(g), g.send(7), g.send(None), next(g), g.throw(ValueError())]
    g.close()
    counter = Counter(1, by=3)
    with counter:
        results += list(counter)
        raise ValueError
    results += [counter.twice, Counter.kind]
    results += closures()
    results.append(expressions(1))
    results.append(expressions(2, 3, 4, 5, six=7, eight=0))
    results.append(drive(asynchronous()))
    results.append(unpacking())
    try:
        expressions()
    except TypeError as error:
        results.append(str(error))
    return results, LOG


RESULT = main()
