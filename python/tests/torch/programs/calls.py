"""Calls, closures, classes and generators across graph breaks. Each function takes one tensor of floats."""

from __future__ import annotations

import functools
import math
import operator

import torch
from torch._dynamo import disable, graph_break

FACTOR = 2.5


def helper(t, scale=2, *rest, shift=0, **options):
    print(len(rest), sorted(options))
    return t * scale + shift


@disable
def outside(t, *rest, **options):
    return t + len(rest) + len(options)


class Callable:
    kind = "class"

    def __init__(self, scale):
        self.scale = scale

    def __call__(self, t):
        print(self.kind)
        return t * self.scale

    def method(self, t, n=1):
        print("method")
        return t + n * self.scale

    @staticmethod
    def static(t):
        print("static")
        return t - 1

    @classmethod
    def of_class(cls, t):
        print(cls.kind)
        return t + 1

    @property
    def twice(self):
        return self.scale * 2


class Derived(Callable):
    def method(self, t, n=1):
        return super().method(t, n) * 2


CALLABLE = Callable(3)


def explicit_break(x):
    x = x + 1
    graph_break()
    return x * 2


def break_in_callee(x):
    return helper(x + 1) * 2


def break_in_nested_callee(x):
    def middle(t):
        return helper(t - 1, 3) + 1

    return middle(x + 1) * 2


def positional_and_keyword(x):
    return helper(x, 3, 4, 5, shift=6, extra=7)


def star_call(x):
    arguments, options = (3, 4), {"shift": 1, "other": 2}
    return helper(x, *arguments, **options)


def disabled_call(x):
    return outside(x * 2) + 1


def disabled_call_with_all(x):
    return outside(x * 2, 1, 2, a=3, **{"b": 4}) + 1


def disabled_calls_in_expression(x):
    return outside(x) * outside(x + 1) - outside(x + 2)


def disabled_call_in_list(x):
    return [x, outside(x), x + 1, outside(x, 1)]


def disabled_call_in_dict(x):
    return {"a": outside(x), "b": x + 1}


def disabled_call_in_subscript(x):
    table = [x, x + 1, x + 2]
    return table[outside(1)]


def disabled_call_as_condition(x):
    if outside(x).sum() > 0:
        return outside(x, 1)
    return outside(x, 1, 2)


def disabled_call_in_fstring(x):
    text = f"<{outside(1)!r:>4}|{outside(2)}>"
    return x + len(text), text


def callable_object(x):
    return CALLABLE(x) + 1


def method_call(x):
    return CALLABLE.method(x, n=2) * 2


def static_and_class_method(x):
    return CALLABLE.static(x) + Callable.of_class(x)


def super_method(x):
    return Derived(2).method(x, 3)


def property_and_class_attribute(x):
    print(Callable.kind)
    return x * CALLABLE.twice


def partial_call(x):
    return functools.partial(helper, scale=4)(x, shift=2)


def lambda_call(x):
    double = lambda t: t * 2
    print("lambda")
    return double(x) + double(x + 1)


def closure_over_tensor(x):
    y = x + 1

    def inner(t):
        print("inner")
        return t * y

    return inner(x) + inner(y)


def closure_over_loop(x):
    functions = [lambda t, i=i: t + i for i in range(3)]
    print(len(functions))
    return [f(x) for f in functions]


def closure_that_rebinds(x):
    total = x

    def add(n):
        nonlocal total
        total = total + n

    add(1)
    print("between")
    add(2)
    return total


def closure_returned(x):
    scale = 3

    def inner(t):
        return t * scale + FACTOR

    print("made")
    scale = 4
    return inner(x), inner.__name__


def two_cells(x):
    a, b = 1, x * 2

    def first(t):
        return t + a

    def second(t):
        return t * b + a

    print("cells")
    a = 5
    return first(x), second(x)


def deep_closure(x):
    a = 2

    def outer():
        b = 3

        def inner():
            nonlocal a
            a += b
            return x * a

        print("deep")
        return inner() + inner()

    return outer(), a


def recursion(x):
    def down(t, n):
        if n == 0:
            return t
        return down(t + n, n - 1)

    print("recursion")
    return down(x, 3)


def generator_expression(x):
    total = sum(x * i for i in range(3))
    print("summed")
    return total


def generator_function(x):
    def parts():
        for i in range(3):
            yield x + i

    made = list(parts())
    print(len(made))
    return torch.stack(made)


def generator_over_break(x):
    def parts():
        yield x
        print("paused")
        yield x + 1

    a, b = parts()
    return a * b


def map_and_filter(x):
    values = list(map(lambda v: v * 2, filter(lambda v: v % 2, range(6))))
    print(values)
    return x + values[1]


def reduce_call(x):
    print("reduce")
    return functools.reduce(operator.mul, [x, x + 1, x + 2])


def builtins_used(x):
    values = [abs(-3), max(1, 5), min(2, 0), round(2.6), len("four"), int("5"), bool(0), divmod(7, 2)]
    print(values)
    return x + values[1]


def math_on_numbers(x):
    print(math.sqrt(16.0))
    return x * math.floor(2.7) + math.pi


def walrus(x):
    if (y := x.sum()) > 0:
        return x + y
    return x - y


def type_checks(x):
    print(type(x).__name__, isinstance(x, torch.Tensor))
    return x + (1 if hasattr(x, "shape") else 2)


def default_arguments(x, scale=3, *, shift=1):
    print(scale)
    return x * scale + shift


def global_read(x):
    print(FACTOR)
    return x * FACTOR


def imports_inside(x):
    import statistics

    print(statistics.mean([1, 2, 3]))
    return x + 1


def _long_named():
    # The name alone is longer than a file's name may be.
    made = {}
    exec(f"def {'long_' * 60}name(x):\n    print('long')\n    return x + 1\n", made | {"__name__": __name__}, made)
    return made.popitem()[1]


long_named = _long_named()
