"""`frame_hook` with calls of all shapes, in loops that are long enough for CPython to specialise what they run."""

import builtins
import sys
import threading
import unittest

import lancehead

from . import hook_shapes

ROUNDS = 3000
#: Before 3.11, no frame is evaluated when a generator is made.
GENERATORS = sys.version_info >= (3, 11)


class Counted:
    """A hook that replaces functions of the shapes by themselves with a call at their start."""

    def __init__(self, everything=False):
        self.everything = everything
        self.counts = {}
        self.codes = []

    def __enter__(self):
        builtins.__count__ = self.count
        return self

    def __exit__(self, *_exception):
        del builtins.__count__

    def count(self, number):
        self.counts[number] = self.counts.get(number, 0) + 1

    def choose(self, wanted):
        def choose(code):
            if not (code in wanted if not self.everything else code.co_filename == hook_shapes.__file__):
                return None
            hook = f"__count_{len(self.codes)}__"
            number = len(self.codes)
            instrumented = lancehead.instrument(code, hook=hook, lines=False, starts=True)
            own = {at for at, site in enumerate(instrumented.sites) if site.path == code.co_name}
            setattr(builtins, hook, lambda site: self.count(number) if site in own else None)
            self.codes.append(code)
            return instrumented.code.to_code()

        return choose


class Shapes(unittest.TestCase):
    def run_shapes(self, test):
        for name, run, codes, later in hook_shapes.SHAPES:
            with self.subTest(shape=name):
                test(run, codes, later)

    def test_nothing_changes_under_a_hook_that_changes_nothing(self):
        def test(run, codes, later):
            expected = run(ROUNDS)
            with lancehead.frame_hook(lambda code: None):
                self.assertEqual(run(ROUNDS), expected)
            self.assertEqual(run(ROUNDS), expected)

        self.run_shapes(test)

    def test_each_call_runs_what_was_chosen(self):
        """Specialised before the hook, under it, and after."""

        def test(run, codes, later):
            expected = run(ROUNDS)
            with Counted() as counted:
                with lancehead.frame_hook(counted.choose(codes)):
                    self.assertEqual(run(ROUNDS), expected)
                if GENERATORS or not later:
                    counts = {counted.codes[number].co_name: count for number, count in counted.counts.items()}
                    self.assertEqual(counts, {code.co_name: ROUNDS for code in codes})
                before = dict(counted.counts)
                self.assertEqual(run(ROUNDS), expected)
                self.assertEqual(counted.counts, before)

        self.run_shapes(test)

    def test_everything_is_replaced(self):
        def test(run, codes, later):
            expected = run(ROUNDS)
            with Counted(everything=True) as counted, lancehead.frame_hook(counted.choose(())):
                self.assertEqual(run(ROUNDS), expected)

        self.run_shapes(test)

    def test_beside_a_tracer_and_a_profiler(self):
        def test(run, codes, later):
            expected = run(30)
            for install in (sys.settrace, sys.setprofile):
                events = []

                def watch(frame, event, argument):
                    if frame.f_code.co_filename != __file__:
                        name = argument.__name__ if event.startswith("c_") else None
                        name = argument[0].__name__ if event == "exception" else name
                        events.append((event, frame.f_code.co_name, frame.f_lineno, name))
                    return watch

                def watched(watch=watch, events=events, install=install):
                    install(watch)
                    try:
                        return run(30), list(events)
                    finally:
                        install(None)
                        events.clear()

                watched()
                _, plain = watched()
                with lancehead.frame_hook(lambda code: None):
                    result, passed = watched()
                self.assertEqual(result, expected)
                copies = {code: code.replace() for code in codes}
                with lancehead.frame_hook(copies.get):
                    result, seen = watched()
                self.assertEqual(result, expected)
                self.assertEqual(seen, passed)
                # Under any evaluation function, 3.12 to 3.14 tell a tracer twice of the end of what is delegated to.
                if not later:
                    self.assertEqual(seen, plain)

        self.run_shapes(test)

    def test_threads(self):
        results = []

        def work(run, expected):
            try:
                results.append(run(300) == expected)
            except BaseException as error:
                results.append(error)

        def test(run, codes, later):
            if run.__name__ in ("caches", "finalizers"):
                return
            expected = run(300)
            with Counted() as counted, lancehead.frame_hook(counted.choose(codes)):
                threads = [threading.Thread(target=work, args=(run, expected)) for _ in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            self.assertEqual(results, [True] * 4)
            results.clear()

        self.run_shapes(test)


if __name__ == "__main__":
    unittest.main()
