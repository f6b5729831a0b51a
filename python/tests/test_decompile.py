"""What `decompile` and `decompile_report` take and give."""

import ast
import asyncio
import functools
import importlib.util
import os
import py_compile
import sys
import tempfile
import textwrap as some_module
import typing
import unittest

import lancehead


def plain(a, b=2, *, c=[1], d=len):
    """Documented."""
    total = a + b
    return total * len(c)


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@wrapping
def wrapped(x):
    return x + 1


class Callable:
    factor = 3

    def __init__(self):
        super().__init__()

    def __call__(self, x):
        return self.factor * x

    @classmethod
    def build(cls):
        return cls()

    @property
    def twice(self):
        return self.__hidden * 2

    @twice.setter
    def twice(self, value):
        self.__hidden = value


def numbers(n):
    for i in range(n):
        yield i


async def wait(n):
    await asyncio.sleep(n)


class Odd:
    j: int
    k: int = 4
    static = staticmethod(lambda x: x)
    prop = property(lambda self: 2)

    def plain(self):
        return 1

    @functools.cached_property
    def cached(self):
        return self.k

    @functools.lru_cache(maxsize=None)  # noqa: B019
    def remembered(self):
        return 3

    def twin(self, x):
        return x

    again = twin

    def __private(self):
        return 6

    def hidden(self):
        return self.__private()


class Kinds(unittest.TestCase):
    def gives(self, obj, start):
        report = lancehead.decompile_report(obj)
        self.assertTrue(report.proven, report)
        self.assertEqual(report.source.split("\n")[0], start)
        ast.parse(report.source)
        return report.source

    def test_function(self):
        source = self.gives(plain, self.header(plain))
        self.assertIn("total = a + b\n", source)

    def header(self, obj):
        return lancehead.decompile(obj).split("\n")[0]

    def test_defaults(self):
        report = lancehead.decompile_report(plain)
        self.assertTrue(report.source.startswith("def plain(a, b=2, *, c=[1], d=_default_"))
        self.assertEqual(list(report.placeholders.values()), [len])

    def test_method(self):
        self.gives(Callable().build, "def build(cls):")
        self.gives(Callable.__init__, "def __init__(self):")

    def test_partial(self):
        self.gives(functools.partial(functools.partial(plain, 1), c=3), self.header(plain))

    def test_wrapper_of_a_function_in_c(self):
        @functools.wraps(len)
        def measured(x):
            return -len(x)

        self.assertIn("return -len(x)", self.gives(measured, "def measured(x):"))

    def test_wrapped(self):
        self.gives(wrapped, "def wrapped(x):")

    def test_cached(self):
        self.gives(functools.lru_cache(maxsize=None)(wait), "async def wait(n):")

    def test_callable_object(self):
        self.gives(Callable(), "def __call__(self, x):")

    def test_property(self):
        self.assertIn("self._Callable__hidden", self.gives(Callable.twice, "def twice(self):"))

    def test_lambda(self):
        self.gives(lambda x, *y: (x, y), "lambda x, *y: (x, y)")

    def test_generator(self):
        self.gives(numbers(3), "def numbers(n):")
        self.gives((x for x in [1] if x), "(x for x in iterable if x)")

    def test_coroutine(self):
        coroutine = wait(1)
        self.gives(coroutine, "async def wait(n):")
        coroutine.close()

    def test_frame(self):
        def here():
            return sys._getframe()

        self.gives(here(), "def here():")

    def test_traceback(self):
        def failing(x):
            return 1 / x

        try:
            failing(0)
        except ZeroDivisionError as error:
            self.gives(error.__traceback__, "def failing(x):")
            self.gives(error, "def failing(x):")

    def test_closure(self):
        count = 0

        def inner(step):
            nonlocal count
            count += step
            return count

        self.assertIn("    nonlocal count\n", self.gives(inner, "def inner(step):"))

    def test_class(self):
        source = lancehead.decompile(Callable)
        names = {}
        exec(source, names)
        self.assertEqual(names["Callable"]()(5), 15)
        self.assertIn("    @twice.setter\n", source)

    def test_class_of_odd_parts(self):
        source = lancehead.decompile(Odd)
        names = {"functools": functools}
        exec(source, names)
        odd = names["Odd"]
        self.assertEqual((odd.static(3), odd().plain(), odd().prop, odd().cached), (3, 1, 2, 4))
        self.assertEqual((odd().again(5), odd().hidden(), odd.k), (5, 6, 4))
        self.assertIn("    j: int\n    k: int = 4\n", source)
        self.assertIn("_lru_cache_wrapper'>:\n", source)
        self.assertEqual(source.count("def twin"), 1)

    def test_named_tuple(self):
        source = lancehead.decompile(typing.NamedTuple("Pair", [("a", int)]))
        ast.parse(source)
        self.assertIn("    __new__ = staticmethod(lambda _cls, a: ", source)

    def test_class_in_c(self):
        for cls in (int, object, type(len)):
            with self.assertRaises(TypeError):
                lancehead.decompile(cls)

    def test_module(self):
        report = lancehead.decompile_report(some_module)
        self.assertTrue(report.complete)
        self.assertIn("class TextWrapper:", report.source)

    def test_pyc(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.py")
            with open(path, "w") as file:
                file.write("x = 1\ndef f(y):\n    return x + y\n")
            pyc = py_compile.compile(path, cfile=os.path.join(folder, "a.pyc"))
            with open(pyc, "rb") as file:
                data = file.read()
            for obj in (pyc, data):
                report = lancehead.decompile_report(obj)
                self.assertTrue(report.proven)
                self.assertIn("def f(y):", report.source)

    def test_none(self):
        for obj in (len, 3, None, object()):
            with self.assertRaises(TypeError):
                lancehead.decompile(obj)

    def test_rubbish(self):
        for data in (b"", b"\0" * 100, importlib.util.MAGIC_NUMBER + b"\0" * 12 + b"\xe3"):
            with self.assertRaises(ValueError):
                lancehead.decompile(data)


class Options(unittest.TestCase):
    def test_lines(self):
        line = plain.__code__.co_firstlineno
        source = lancehead.decompile(plain, layout="lines").split("\n")
        self.assertTrue(source[line - 1].startswith("def plain("), source[line - 1])
        with self.assertRaises(ValueError):
            lancehead.decompile(plain, layout="none")

    def test_line_map(self):
        report = lancehead.decompile_report(plain)
        text = report.source.split("\n")
        with open(__file__) as file:
            original = file.read().split("\n")
        compared = [(text[now - 1].strip(), original[then - 1].strip()) for now, then in report.line_map.items()]
        self.assertIn(("total = a + b", "total = a + b"), compared)
        self.assertIn(("return total * len(c)", "return total * len(c)"), compared)

    def test_unchecked(self):
        fates = {function.fate for function in lancehead.decompile_report(plain, check=False).functions}
        self.assertEqual(fates, {"unchecked"})

    def test_strict(self):
        self.assertEqual(lancehead.decompile(plain, strict=True), lancehead.decompile(plain))
        with self.assertRaises(lancehead.DecompilationError):
            lancehead.decompile(unrecoverable(), strict=True)

    def test_not_recovered(self):
        report = lancehead.decompile_report(unrecoverable())
        self.assertFalse(report.complete)
        compile(report.source, "source", "exec")


def unrecoverable():
    """Code that no source has: it leaves through the end."""
    code = plain.__code__
    return code.replace(co_code=code.co_code[: len(code.co_code) // 4 * 2])


class Placeholders(unittest.TestCase):
    def test_objects(self):
        class Thing:
            pass

        thing, shared = Thing(), [1, 2]

        def function(x):
            return x, 123456, "shared", -987

        replaced = {123456: thing, "shared": shared, -987: (thing, plain.__code__)}
        consts = tuple(replaced.get(const, const) for const in function.__code__.co_consts)
        code = function.__code__.replace(co_consts=consts)
        report = lancehead.decompile_report(code)
        self.assertTrue(report.proven, report.functions)
        self.assertEqual(len(report.placeholders), 3)
        self.assertIs(report.placeholders["_const_0"], thing)
        self.assertIn("return x, _const_0, _const_1, _const_2", report.source)
        with tempfile.TemporaryDirectory() as folder:
            function.__code__ = lancehead.recompile(code, filename=os.path.join(folder, "a.py"))
        result = function(5)
        self.assertIs(result[1], thing)
        self.assertIs(result[2], shared)
        self.assertIs(result[3][1], plain.__code__)

    def test_names_that_are_taken(self):
        def function(_const_0):
            return _const_0, 123456

        consts = tuple(print if const == 123456 else const for const in function.__code__.co_consts)
        report = lancehead.decompile_report(function.__code__.replace(co_consts=consts))
        self.assertEqual(report.placeholders, {"_const_1": print})

    def test_many(self):
        reports = list(lancehead.decompile_many([plain, wrapped, Callable], jobs=2))
        self.assertEqual([report.source for report in reports][0], lancehead.decompile(plain))
        self.assertEqual(len(reports), 3)


if __name__ == "__main__":
    unittest.main()
