"""`frame_hook` and `patch`."""

import asyncio
import gc
import os
import statistics
import sys
import threading
import unittest

import lancehead

#: Before 3.11, no frame is evaluated when a generator is made.
GENERATORS = sys.version_info >= (3, 11)


def add(a, b=2, *rest, c=3, **more):
    return "add", a, b, rest, c, more


def other_add(a, b=2, *rest, c=3, **more):
    return "other", a, b, rest, c, more


def count(n):
    yield from range(n)


def other_count(n):
    for i in range(n):
        yield -i


async def wait(x):
    return x


async def other_wait(x):
    await asyncio.sleep(0)
    return -x


def factorial(n):
    return 1 if n == 0 else n * factorial(n - 1)


def other_factorial(n):
    return 0 if n == 0 else 1 + factorial(n - 1)


class Thing:
    def method(self, x):
        return lambda: (self, x)

    def other_method(self, x):
        return lambda: (x, self)


def swap(*functions):
    codes = {first.__code__: second.__code__ for first, second in zip(functions[::2], functions[1::2])}
    return codes.get


class Hook(unittest.TestCase):
    def test_arguments(self):
        with lancehead.frame_hook(swap(add, other_add)):
            self.assertEqual(add(1), ("other", 1, 2, (), 3, {}))
            self.assertEqual(add(1, 5, 6, 7, c=8, d=9), ("other", 1, 5, (6, 7), 8, {"d": 9}))
            self.assertEqual([row[0] for row in map(add, [1, 2])], ["other", "other"])
        self.assertEqual(add(1)[0], "add")

    def test_recursion(self):
        with lancehead.frame_hook(swap(factorial, other_factorial)):
            self.assertEqual(factorial(50), 50)
        self.assertEqual(factorial(5), 120)

    def test_cells_in_arguments(self):
        thing = Thing()
        with lancehead.frame_hook(swap(Thing.method, Thing.other_method)):
            self.assertEqual(thing.method(5)(), (5, thing))

    def test_closures(self):
        def make(value):
            def inner(step):
                nonlocal value
                value += step
                return value

            def other(step):
                nonlocal value
                value += 100 * step
                return value

            return inner, other

        (first, other), (second, _) = make(1), make(1)
        with lancehead.frame_hook(swap(first, other)):
            self.assertEqual((first(1), first(1), second(2)), (101, 201, 201))
        self.assertEqual((first(1), second(1)), (202, 202))

    def test_exceptions(self):
        def quiet(x):
            return x

        def loud(x):
            raise KeyError(x)

        with lancehead.frame_hook(swap(quiet, loud)):
            with self.assertRaises(KeyError) as caught:
                quiet(3)
            self.assertIsNone(caught.exception.__context__)
        self.assertEqual(quiet(3), 3)

    @unittest.skipUnless(GENERATORS, "generators run their own code before 3.11")
    def test_generators_and_coroutines(self):
        with lancehead.frame_hook(swap(count, other_count, wait, other_wait)):
            self.assertEqual(list(count(3)), [0, -1, -2])
            self.assertEqual(asyncio.run(wait(5)), -5)
        self.assertEqual(list(count(3)), [0, 1, 2])

    def test_generators_that_have_begun_go_on(self):
        generator = count(3)
        next(generator)
        with lancehead.frame_hook(swap(count, other_count)):
            self.assertEqual(list(generator), [1, 2])

    def test_threads(self):
        seen = []
        with lancehead.frame_hook(swap(add, other_add)):
            threads = [threading.Thread(target=lambda: seen.append(add(0)[0])) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(seen, ["other"] * 8)

    def test_nested_hooks(self):
        with lancehead.frame_hook(swap(add, other_add)):
            with lancehead.frame_hook(swap(factorial, other_factorial)):
                self.assertEqual((add(1)[0], factorial(3)), ("other", 3))
            self.assertEqual((add(1)[0], factorial(3)), ("other", 6))

    def test_asked_once(self):
        asked = []

        def callback(code):
            asked.append(code)
            return None

        with lancehead.frame_hook(callback):
            for _ in range(5):
                add(1)
        self.assertEqual(asked.count(add.__code__), 1)

    def test_what_does_not_fit_is_refused(self):
        for wrong in (factorial.__code__, count.__code__, 5):
            with self.assertRaises((ValueError, TypeError)):
                with lancehead.frame_hook(lambda code, wrong=wrong: wrong if code is add.__code__ else None):
                    self.assertEqual(add(1)[0], "add")
        self.assertEqual(add(1)[0], "add")

    def test_what_a_callback_raises_is_kept_from_the_program(self):
        def callback(code):
            if code is add.__code__:
                raise KeyError("callback")

        results = []
        with self.assertRaisesRegex(KeyError, "callback"):
            with lancehead.frame_hook(callback):
                results += [add(1)[0], add(1)[0]]
        self.assertEqual(results, ["add", "add"])
        with self.assertWarns(RuntimeWarning), self.assertRaises(ZeroDivisionError):
            with lancehead.frame_hook(callback):
                add(1)
                1 / 0

    def test_what_interrupts_the_program_goes_on(self):
        def callback(code):
            if code is add.__code__:
                raise KeyboardInterrupt

        with lancehead.frame_hook(callback):
            with self.assertRaises(KeyboardInterrupt):
                add(1)
        self.assertEqual(add(1)[0], "add")

    def test_results_keep_their_identity(self):
        """A generator that was made before the hook is not exchanged when a function returns it."""
        generator = count(2)

        def same(item):
            return item

        with lancehead.frame_hook(swap(count, other_count)):
            self.assertIs(same(generator), generator)
        self.assertEqual(list(generator), [0, 1])

    def test_deep_recursion_ends_in_an_exception(self):
        def deep(n):
            return 0 if n == 0 else 1 + deep(n - 1)

        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(10_000_000)
        try:
            with lancehead.frame_hook(swap(factorial, other_factorial)):
                for function in (deep, factorial):
                    self.assertEqual(function(50), 50)
                    if GENERATORS:
                        with self.assertRaises((RecursionError, MemoryError)):
                            function(5_000_000)
        finally:
            sys.setrecursionlimit(limit)

    def test_code_objects_do_not_pile_up(self):
        from lancehead import _hook

        with lancehead.frame_hook(lambda code: None):
            for i in range(2000):
                exec(compile(f"def f(): return {i}\nf()", "made", "exec"), {})
            self.assertLess(len(_hook._state.decisions), 500)

    def test_a_strange_interpreter_switches_the_hook_off(self):
        from lancehead import _hook

        trouble, _hook._state.trouble = _hook._state.trouble, "frames are made of cheese"
        try:
            with self.assertWarnsRegex(RuntimeWarning, "cheese"):
                with lancehead.frame_hook(swap(add, other_add)):
                    self.assertEqual(add(1)[0], "add")
        finally:
            _hook._state.trouble = trouble

    def test_many_calls(self):
        def step(x):
            return x + 1

        def other(x):
            return x + 2

        def loop(n):
            total = 0
            for _ in range(n):
                total = step(total)
            return total

        with lancehead.frame_hook(swap(step, other)):
            self.assertEqual(loop(20000), 40000)
        self.assertEqual(loop(20000), 20000)

    @unittest.skipUnless(os.path.exists("/proc/self/statm"), "memory is read from /proc")
    def test_memory_stays(self):
        def resident():
            gc.collect()
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * 4096

        calls = 50_000
        with lancehead.frame_hook(swap(factorial, other_factorial)):
            sizes = []
            for _ in range(8):
                for _ in range(calls):
                    factorial(0)
                sizes.append(resident())
        # A leak, such as one of eight bytes a call, grows in every round; what an allocator keeps for later does not.
        growth = statistics.median(after - before for before, after in zip(sizes, sizes[1:]))
        self.assertLess(growth, 2 * calls)


class Patch(unittest.TestCase):
    def test_patch(self):
        with lancehead.patch(add, other_add.__code__) as patch:
            self.assertEqual(add(1)[0], "other")
            self.assertIn("add", repr(patch))
        self.assertEqual(add(1)[0], "add")
        patch = lancehead.patch(Thing().method, Thing.other_method.__code__)
        self.assertEqual(Thing().method(1)()[0], 1)
        patch.undo()

    def test_what_does_not_fit_is_refused(self):
        with self.assertRaises(ValueError):
            lancehead.patch(add, factorial.__code__)
        broken = lancehead.Code(other_add).replace(stacksize=0).to_code(verify=False)
        with self.assertRaises(lancehead.VerificationError):
            lancehead.patch(add, broken)


if __name__ == "__main__":
    unittest.main()
