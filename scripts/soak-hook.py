#!/usr/bin/env python3
"""Make ten million calls under a frame hook, and see that memory stays where it was.

    PYTHONPATH=target/python pythonX.Y scripts/soak-hook.py [--calls N] [--every N]

Most calls are of code that the hook leaves, some are of functions, methods, closures, generators and functions that
raise, all of which it redirects. Memory is taken after a tenth of the calls, and may grow by no more than a megabyte
from there.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterator

import lancehead

#: Growth that is allowed, in bytes.
SLACK = 1 << 20


def left(x: int) -> int:
    """A function that the hook leaves."""
    return x + 1


def plain(x: int, *rest: int, step: int = 1) -> int:
    """A function that the hook redirects."""
    return x - step


def other_plain(x: int, *rest: int, step: int = 1) -> int:
    """What runs in its place."""
    return x + step


def generator(n: int) -> Iterator[int]:
    """A generator that the hook redirects, where it can."""
    yield from reversed(range(n))


def other_generator(n: int) -> Iterator[int]:
    """What runs in its place."""
    yield from range(n)


def raising(x: int) -> int:
    """A function that the hook redirects to one that raises."""
    return x


def other_raising(x: int) -> int:
    """What runs in its place."""
    raise KeyError(x)


class Thing:
    """Something with a method that the hook redirects."""

    def method(self, x: int) -> int:
        """Give a number."""
        return x

    def other_method(self, x: int) -> int:
        """What runs in its place."""
        return (lambda: x + 1)()


def redirected(thing: Thing) -> int:
    """Eight calls, most of which are redirected."""
    total = plain(1) + plain(2, 3, step=2) + thing.method(3) + sum(generator(2))
    try:
        raising(0)
    except KeyError:
        total += 1
    return total


def resident() -> int:
    """Bytes of memory in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--calls", type=int, default=10_000_000, help="how many calls to make")
    parser.add_argument("--every", type=int, default=20, help="redirect calls once in so many rounds of a hundred")
    options = parser.parse_args()
    pairs = [(plain, other_plain), (generator, other_generator), (raising, other_raising)]
    chosen = {old.__code__: new.__code__ for old, new in pairs}
    chosen[Thing.method.__code__] = Thing.other_method.__code__
    thing, calls, rounds, start, wrong = Thing(), 0, 0, None, 0
    began = time.perf_counter()
    with lancehead.frame_hook(chosen.get):
        while calls < options.calls:
            for i in range(100):
                left(i)
            calls += 100
            if rounds % options.every == 0:
                for _ in range(10):
                    wrong += redirected(thing) != 2 + 4 + 4 + 1 + 1
                calls += 80
            rounds += 1
            if start is None and calls * 10 >= options.calls:
                gc.collect()
                start = resident()
    seconds = time.perf_counter() - began
    gc.collect()
    grown = resident() - (start or 0)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    print(f"{version}: {calls} calls in {seconds:.1f} s, {wrong} wrong, memory grew by {grown // 1024} KiB")
    return int(wrong > 0 or grown > SLACK)


if __name__ == "__main__":
    sys.exit(main())
