"""`instrument`: the hook is called where a tracer says that control is."""

import itertools
import sys
import textwrap
import types
import unittest

import lancehead


def classify(number):
    if number < 0:
        return "negative"
    for divisor in range(2, number):
        if number % divisor == 0:
            return "composite"
    return "prime"


def squares(n):
    for i in range(n):
        yield i * i


class Counter:
    """What a hook may be: something that can be called."""

    def __init__(self):
        self.calls = []

    def __call__(self, number):
        self.calls.append(number)


def changes(lines):
    return [line for line, _ in itertools.groupby(lines)]


def with_hook(function, instrumented, hook):
    names = {**function.__globals__, "__hook__": hook}
    return types.FunctionType(instrumented.code.to_code(), names)


class Instrument(unittest.TestCase):
    def test_lines_are_those_of_a_trace(self):
        instrumented = lancehead.instrument(classify)
        for number in (-1, 2, 7, 9):
            hook, traced = Counter(), []

            def tracer(frame, event, argument, traced=traced):
                if frame.f_code is not classify.__code__:
                    return None
                if event == "line":
                    traced.append(frame.f_lineno)
                return tracer

            result = with_hook(classify, instrumented, hook)(number)
            before = sys.gettrace()
            sys.settrace(tracer)
            try:
                self.assertEqual(classify(number), result)
            finally:
                sys.settrace(before)
            # Where control may come from the same line, the hook may be called once more.
            self.assertEqual(changes(instrumented.sites[call].line for call in hook.calls), changes(traced))

    def test_branches_and_starts(self):
        instrumented = lancehead.instrument(classify, lines=False, branches=True, starts=True)
        kinds = [site.kind for site in instrumented.sites]
        self.assertEqual(kinds.count("start"), 1)
        self.assertEqual((kinds.count("stays"), kinds.count("jumps")), (3, 3))
        hook = Counter()
        with_hook(classify, instrumented, hook)(2)
        self.assertEqual(len(hook.calls), 3)
        self.assertIn("6 sites" if len(kinds) == 6 else f"{len(kinds)} sites", repr(instrumented))

    def test_generators(self):
        instrumented = lancehead.instrument(squares, lines=False, starts=True)
        hook = Counter()
        self.assertEqual(list(with_hook(squares, instrumented, hook)(4)), [0, 1, 4, 9])
        self.assertEqual(hook.calls, [0])

    def test_modules(self):
        instrumented = lancehead.instrument(textwrap)
        hook = Counter()
        names = {"__name__": "textwrap", "__hook__": hook}
        exec(instrumented.code.to_code(), names)
        self.assertEqual(names["dedent"]("  a\n  b"), "a\nb")
        paths = {instrumented.sites[call].path for call in hook.calls}
        self.assertIn("<module>.TextWrapper", paths)
        self.assertIn("<module>.dedent", paths)
        self.assertNotIn("<module>.shorten", paths)

    def test_what_the_hook_raises(self):
        def hook(number):
            raise KeyError(number)

        with self.assertRaises(KeyError):
            with_hook(classify, lancehead.instrument(classify), hook)(1)


if __name__ == "__main__":
    unittest.main()
