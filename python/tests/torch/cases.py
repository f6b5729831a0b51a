"""Functions that Dynamo compiles with and without graph breaks. Each takes one tensor of floats."""

from __future__ import annotations

import contextlib

import torch

COUNT = 0


def straight(x):
    return torch.sin(x) + torch.cos(x) * 2


def print_break(x):
    y = x + 1
    print("here")
    return y * 2


def tensor_condition(x):
    y = x / (torch.abs(x) + 1)
    if y.sum() < 0:
        y = y * -1
    return y * x


def nested_conditions(x):
    if x.sum() > 0:
        if x.max() > 2:
            return x + 1
        return x + 2
    elif x.min() < -2:
        return x - 1
    return x - 2


def loop_break(x):
    for i in range(3):
        x = x + i
        print(i)
    return x


def while_break(x):
    n = 0
    while x.sum() < 20 and n < 5:
        x = x + 1
        n += 1
    return x, n


def no_grad(x):
    with torch.no_grad():
        y = x * 2
    return y + x


def with_break(x):
    with torch.no_grad():
        y = x * 2
        print("inside")
        z = y + 1
    return z - x


def suppress(x):
    with contextlib.suppress(ValueError):
        return x + 1


def try_except(x):
    try:
        y = x + 1
        if y.sum() > 1e9:
            raise ValueError
    except ValueError:
        y = x - 1
    return y


def try_finally(x):
    try:
        y = x.sum().item()
    finally:
        x = x + 1
    return x * y


def closure(x):
    scale = 3

    def inner(t):
        return t * scale

    print("before")
    return inner(x) + scale


def returns_closure(x):
    y = x * 2

    def inner(t):
        return t + y

    return inner(x), inner(y)


def nonlocal_counter(x):
    n = 0

    def step(t):
        nonlocal n
        n += 1
        return t + n

    a = step(x)
    print("mid")
    return step(a), n


def global_write(x):
    global COUNT
    COUNT = COUNT + 1
    return x + COUNT


def mutates_list(x):
    out = []
    for i in range(3):
        out.append(x + i)
        print(len(out))
    return out


def mutates_dict(x):
    d = {"a": x}
    d["b"] = x + 1
    print(sorted(d))
    d.update(c=d["a"] + d["b"])
    return d


def generator(x):
    return sum(t * 2 for t in (x, x + 1, x + 2))


def list_comprehension(x):
    parts = [x + i for i in range(4) if i % 2]
    print(len(parts))
    return [p * 2 for p in parts]


def in_place(x):
    y = x.clone()
    y.add_(1)
    y[0] = 5
    print("set")
    y[1:3] *= 2
    return y


def item_break(x):
    return x * x.sum().item()


def f_string(x):
    print(f"{x.shape!r:>20} {x.sum().item():.2f}")
    return x + 1


def swap(x):
    a, b = x, x + 1
    print("swap")
    a, b = b, a
    return a - b * 2


def keywords(x, *, scale=2, **options):
    print(options)
    return x * scale


def star_arguments(x, *rest):
    print(rest)
    return torch.stack([x, *rest])


def chained_comparison(x):
    if 0 < x.sum() < 10:
        return x
    return -x


def boolean_operators(x):
    return (x.sum() > 0 and x + 1) if x.max() > 1 else (x.min() < 0 or x)


def call_within_call(x):
    return torch.add(x, tensor_condition(x) + print_break(x))


def dtype_constants(x):
    y = x.to(torch.float64)
    print(y.dtype)
    return torch.zeros(4, dtype=torch.int64) + y


def slices(x):
    print("slices")
    return x[1:], x[:-1], x[::2], x[None, ..., 0:2]


def raises(x):
    print("raising")
    raise RuntimeError("on purpose")


def backward(x):
    x = x.detach().requires_grad_()
    y = (x * x).sum()
    y.backward()
    return x.grad


CASES = [
    value for value in list(globals().values()) if callable(value) and getattr(value, "__module__", None) == __name__
]
